//! Names of formats on the command line: those that are built in, and those that a configuration describes.

use crate::misuse::Misuse;
use catchwater_schemas::config::nearest;
use catchwater_transforms::formats;

/// Is this the name of a format, built in or among `own`? The error names the nearest, and all.
pub fn check<'a>(name: &str, own: impl Iterator<Item = &'a String> + Clone) -> Result<(), Misuse> {
    let own = own.map(String::as_str);
    let built_in = formats::REGISTRY.iter().map(|format| format.name);
    if built_in.clone().chain(own.clone()).any(|known| known == name) {
        return Ok(());
    }
    let meant = nearest(name, own.clone().chain(built_in.clone())).map(|n| format!("; did you mean `{n}`?"));
    let listed = |names: Vec<&str>| names.join(", ");
    let own = match listed(own.collect()) {
        own if own.is_empty() => String::new(),
        own => format!("\n  of the configuration: {own}"),
    };
    let (meant, built_in) = (meant.unwrap_or_default(), listed(built_in.collect()));
    Err(Misuse(format!("there is no format `{name}`{meant}\n  built in: {built_in}{own}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_formats_are_known_and_the_nearest_of_all_is_named() {
        let own = ["door".to_string()];
        assert!(check("door", own.iter()).is_ok() && check("json", own.iter()).is_ok());
        for (given, meant) in [("dor", "`door`"), ("apahce_access", "`apache_access`")] {
            let told = check(given, own.iter()).unwrap_err().to_string();
            assert!(told.contains(&format!("did you mean {meant}?")), "{told}");
            assert!(told.contains("of the configuration: door") && told.contains("nginx_access"), "{told}");
        }
        let told = check("quite another", [].iter()).unwrap_err().to_string();
        assert!(!told.contains("did you mean") && !told.contains("of the configuration"), "{told}");
    }
}
