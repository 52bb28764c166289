//! This program's configuration: from a file, from what Terraform says of a deployed pipeline, or the embedded defaults.

use crate::sinks::Sinks;
use crate::terraform_output;
use anyhow::{Context, Result, bail};
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::secrets::Environment;
use catchwater_schemas::config;
use catchwater_transforms::identity::tables::SharedTables;
use catchwater_transforms::transform::Parts;
use std::path::Path;

pub use catchwater_settings::Mistake;

/// The configuration of this program.
pub type Config = config::Config<Sinks>;

/// What `catchwater up` does without a configuration of one's own.
pub const DEFAULT: &str = include_str!("default.toml");

/// Reads the file, or takes the embedded defaults; refuses a configuration with any mistake. See [`check`] for the keyring.
pub fn load(file: Option<&Path>, keyring: Option<&Keyring>) -> Result<Config> {
    let text = match file {
        None => {
            Text { name: "embedded defaults".into(), toml: DEFAULT.into(), deployed: false, region: None }
        }
        Some(path) => read(path)?,
    };
    match check(&text.toml, folder_of(file), keyring) {
        Ok(config) => Ok(config),
        Err(mistakes) => bail!("the configuration cannot be used\n  {}", text.told(&mistakes).join("\n  ")),
    }
}

/// Parses and checks a configuration; all mistakes are told at once. Paths in it are seen from `folder`. The sinks'
/// secrets and certificates are looked for in the keyring, if one is given: who does not speak to the stores needs neither.
pub fn check(text: &str, folder: &Path, keyring: Option<&Keyring>) -> Result<Config, Vec<Mistake>> {
    catchwater_settings::check(text, folder, &Environment, keyring)
}

/// What the transform needs of the configuration, which was checked, and the tables.
pub fn parts(config: &Config, tables: SharedTables) -> Result<Parts> {
    Ok(catchwater_settings::parts(config, tables, &Environment)?)
}

/// The text of a configuration, and where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// What its mistakes are told under.
    pub name: String,
    /// The configuration.
    pub toml: String,
    /// It is that of a deployed pipeline, whose functions have its secrets.
    pub deployed: bool,
    /// The AWS region of a deployed pipeline.
    pub region: Option<String>,
}

impl Text {
    /// Mistakes with their places.
    pub fn told(&self, mistakes: &[Mistake]) -> Vec<String> {
        mistakes.iter().map(|mistake| format!("{}:{mistake}", self.name)).collect()
    }
}

/// Reads a configuration file, or what `terraform output -json` wrote of a deployed pipeline.
pub fn read(path: &Path) -> Result<Text> {
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration {name}"))?;
    if !terraform_output::is_of_terraform(&text) {
        return Ok(Text { name, toml: text, deployed: false, region: None });
    }
    let deployed = terraform_output::read(&text).with_context(|| name.clone())?;
    // Lines and columns are those of the TOML within.
    let name = format!("{name}, output catchwater, configuration");
    Ok(Text { name, toml: deployed.configuration, deployed: true, region: deployed.region })
}

/// The folder that paths in a configuration are seen from.
pub fn folder_of(file: Option<&Path>) -> &Path {
    file.and_then(Path::parent).unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_defaults_have_no_mistake() {
        check(DEFAULT, Path::new(""), None).unwrap();
    }

    #[test]
    fn every_mistake_is_told_with_its_place_and_what_was_meant() {
        let text = "[listen]\npage = \"8080\"\n\n[[route]]\nformat = \"ngnix_access\"\ntimezone = \"CET\"\n\n[mapping.sqlit]\nbatch_size = 0\n\n[streams.raw]\nshards = 0\n";
        let told: Vec<String> =
            check(text, Path::new(""), None).unwrap_err().iter().map(Mistake::to_string).collect();
        assert_eq!(told.len(), 6, "{told:#?}");
        for (line, message) in [
            (2, "no address"),
            (5, "did you mean `nginx_access`"),
            (6, "offset from UTC"),
            (8, "did you mean `sqlite`"),
            (9, "1 to 10,000"),
            (12, "1 to 256"),
        ] {
            let found = told.iter().any(|t| t.starts_with(&format!("{line}:")) && t.contains(message));
            assert!(found, "{line} {message}: {told:#?}");
        }
    }

    #[test]
    fn rules_that_cannot_be_compiled_are_told_with_their_line() {
        let text = "[[operation]]\npattern = \"/a(\"\noperation = \"o\"\n\n[[operation]]\nservice = \"x\"\n\n[[operation]]\ntemplate = \"/a/{b\"\n\n[[redact.pattern]]\nname = \"n\"\npattern = \"[a\"\n";
        let told: Vec<String> =
            check(text, Path::new(""), None).unwrap_err().iter().map(Mistake::to_string).collect();
        let expected =
            [(2, "no regular expression"), (5, "template"), (9, "is not closed"), (13, "no regular")];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, message), told) in expected.iter().zip(&told) {
            assert!(
                told.starts_with(&format!("{line}:")) && told.contains(message),
                "{line} {message}: {told}"
            );
        }
        let wrong =
            check("[redact]\nrules = [\"jwts\"]\n", Path::new(""), None).unwrap_err().remove(0).to_string();
        assert!(wrong.starts_with("2:") && wrong.contains("did you mean `jwt`"), "{wrong}");
    }

    #[test]
    fn what_the_documentation_shows_can_be_used() {
        for page in [include_str!("../../docs/meaning.md"), include_str!("../../docs/operations.md")] {
            let blocks: Vec<&str> =
                page.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
            assert!(!blocks.is_empty());
            for block in blocks {
                check(block, Path::new("."), None)
                    .unwrap_or_else(|mistakes| panic!("{mistakes:?} in\n{block}"));
            }
        }
    }

    #[test]
    fn tables_and_keys_that_are_not_there_are_told_with_their_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("orgs.csv"), "cidr,name\n192.0.2/24,Library\n").unwrap();
        let text = "[who]\ntrusted_proxies = [\"10.0.0.0/8\", \"10/8\"]\n\n[who.tables]\norganizations = \"orgs.csv\"\nclasses = \"no.csv\"\n\n[privacy]\nkey_env = \"CATCHWATER_NO_SUCH_VARIABLE\"\n";
        let told: Vec<String> =
            check(text, folder.path(), None).unwrap_err().iter().map(Mistake::to_string).collect();
        let expected = [
            (2, "is no network"),
            (5, "orgs.csv:2: "),
            (6, "cannot be read"),
            (9, "set the environment variable `CATCHWATER_NO_SUCH_VARIABLE`"),
        ];
        assert_eq!(told.len(), expected.len(), "{told:#?}");
        for ((line, message), told) in expected.iter().zip(&told) {
            assert!(
                told.starts_with(&format!("{line}:")) && told.contains(message),
                "{line} {message}: {told}"
            );
        }
        let wrong =
            check("[privacy]\nusers = \"hash\"\n", Path::new(""), None).unwrap_err().remove(0).to_string();
        assert!(wrong.starts_with("1:") && wrong.contains("key_env ="), "{wrong}");
    }

    #[test]
    fn a_sinks_secrets_are_looked_for_only_with_a_keyring_and_its_shape_always() {
        let keyring = Keyring::environment();
        let section = "[sink.influxdb]\ntoken_env = \"CATCHWATER_NO_SUCH_VARIABLE\"\n\n[sink.elasticsearch]\nca_file = \"no/such.pem\"\n";
        check(section, Path::new(""), None).unwrap();
        let told = check(section, Path::new(""), Some(&keyring)).unwrap_err();
        let told: Vec<String> = told.iter().map(Mistake::to_string).collect();
        assert_eq!(told.len(), 2, "{told:#?}");
        assert!(told[0].starts_with("1:") && told[0].contains("set the environment variable"), "{told:#?}");
        assert!(told[1].starts_with("4:") && told[1].contains("no/such.pem"), "{told:#?}");
        for section in ["[sink.influxdb]\nusername = \"u\"\n", "[sink.elasticsearch]\nindex_prefix = \"_\"\n"]
        {
            let told = check(section, Path::new(""), None).unwrap_err();
            assert!(told[0].to_string().starts_with("1:"), "{told:?}");
        }
    }
}
