//! Reads tables: CSV (RFC 4180) with two columns, a heading or none, lines with `#` left out; or TOML, a line
//! `"192.0.2.0/24" = "Library"` each.

use catchwater_schemas::config::WhoTables;
use catchwater_transforms::identity::tables::{Draft, Tables};
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Mistakes of one file that are told.
const MOST_TOLD: usize = 20;

/// What is wrong with a table.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its key in the configuration.
    pub key: &'static str,
    /// The file.
    pub file: PathBuf,
    /// Line, from 1; `None`: the file as a whole.
    pub line: Option<usize>,
    /// What is wrong and how it would be right.
    pub message: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.message),
            None => write!(f, "{}: {}", self.file.display(), self.message),
        }
    }
}

/// Tables that cannot be used; a line for each mistake.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(Wrong::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Unusable(pub Vec<Wrong>);

/// Puts a row into the tables.
type Add = fn(&mut Draft, &str, &str) -> Result<(), String>;

/// The columns of the table under this key, and what takes a row.
fn columns(key: &str) -> ([&'static str; 2], Add) {
    match key {
        "organizations" => (["cidr", "name"], Draft::add_organization),
        "applications" => (["key", "name"], Draft::add_application),
        _ => (["who", "class"], Draft::add_class),
    }
}

/// Reads all tables that are given.
pub fn load(files: &WhoTables) -> Result<Tables, Unusable> {
    let (mut draft, mut wrong) = (Draft::default(), Vec::new());
    for (key, file) in files.files() {
        let Some(file) = file.map(Path::new) else { continue };
        let mut tell = |line: Option<usize>, message: String| {
            wrong.push(Wrong { key, file: file.to_path_buf(), line, message });
            wrong.iter().filter(|wrong| wrong.key == key).count() < MOST_TOLD
        };
        match std::fs::read_to_string(file) {
            Ok(text) if file.extension().is_some_and(|e| e == "toml") => {
                read_toml(&text, columns(key), &mut draft, &mut tell);
            }
            Ok(text) => read_csv(&text, columns(key), &mut draft, &mut tell),
            Err(error) => {
                tell(None, format!("cannot be read: {error}; put the file there or take `{key}` out"));
            }
        }
    }
    if wrong.is_empty() { Ok(draft.finish()) } else { Err(Unusable(wrong)) }
}

fn read_csv(
    text: &str,
    ([first, second], add): ([&str; 2], Add),
    draft: &mut Draft,
    tell: &mut impl FnMut(Option<usize>, String) -> bool,
) {
    let mut builder = csv::ReaderBuilder::new();
    let builder = builder.has_headers(false).flexible(true).comment(Some(b'#')).trim(csv::Trim::All);
    // A mark of UTF-8 that spreadsheets write in front.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    for (n, record) in builder.from_reader(text.as_bytes()).into_records().enumerate() {
        let line = |position: Option<&csv::Position>| position.map(|p| line_at(text, p.byte() as usize));
        let (line, row) = match record {
            Ok(record) if n == 0 && record.get(0) == Some(first) => continue,
            Ok(record) => {
                let line = line(record.position());
                match (record.len(), record.get(0), record.get(1)) {
                    (2, Some(a), Some(b)) => (line, add(draft, a, b)),
                    (count, ..) => {
                        let hint = "a comma in a name needs quotation marks around it";
                        (line, Err(format!("{count} columns instead of 2, `{first},{second}`; {hint}")))
                    }
                }
            }
            Err(error) => (line(error.position()), Err(error.to_string())),
        };
        if let Err(message) = row
            && !tell(line, message)
        {
            return;
        }
    }
}

/// The line of the row that is read from this byte on: crate `csv` counts from where it began to look for it, before blank
/// lines and remarks.
fn line_at(text: &str, byte: usize) -> usize {
    let (before, after) = text.split_at_checked(byte).unwrap_or((text, ""));
    let is_none = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    before.matches('\n').count() + after.lines().take_while(is_none).count() + 1
}

fn read_toml(
    text: &str,
    (_, add): ([&str; 2], Add),
    draft: &mut Draft,
    tell: &mut impl FnMut(Option<usize>, String) -> bool,
) {
    let line = |offset: usize| Some(text[..offset.min(text.len())].matches('\n').count() + 1);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            tell(line(error.span().map_or(0, |span| span.start)), error.message().to_string());
            return;
        }
    };
    for (key, value) in table.get_ref() {
        let row = match value.get_ref() {
            DeValue::String(name) => add(draft, key.get_ref(), name),
            _ => Err(format!("`{}` needs a text: \"{0}\" = \"name\"", key.get_ref())),
        };
        if let Err(message) = row
            && !tell(line(key.span().start), message)
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, text: &str) -> Result<Tables, Unusable> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let file = Some(file.display().to_string());
        load(&WhoTables { organizations: file, ..WhoTables::default() })
    }

    fn lines(result: Result<Tables, Unusable>) -> Vec<(Option<usize>, String)> {
        result.unwrap_err().0.into_iter().map(|wrong| (wrong.line, wrong.message)).collect()
    }

    #[test]
    fn csv_and_toml_say_the_same() {
        let csv = "\u{FEFF}cidr,name\r\n# ours\r\n192.0.2.0/24,\"Library, main\"\r\n2001:db8::/32,Campus\r\n";
        let toml = "# ours\n\"192.0.2.0/24\" = \"Library, main\"\n\"2001:db8::/32\" = \"Campus\"\n";
        for tables in [table("orgs.csv", csv).unwrap(), table("orgs.toml", toml).unwrap()] {
            assert_eq!(tables.organization("192.0.2.7"), Some("Library, main"));
            assert_eq!(tables.organization("2001:db8::7"), Some("Campus"));
        }
    }

    #[test]
    fn mistakes_have_their_line_and_what_would_be_right() {
        let wrong =
            lines(table("orgs.csv", "192.0.2.0/24,a\n192.0.2/24,b\n\n10.0.0.0/8,a,b\n192.0.2.0/24,c\n"));
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [Some(2), Some(4), Some(5)]);
        assert!(wrong[0].1.contains("is no network such as") && wrong[1].1.contains("quotation marks"));
        assert!(wrong[2].1.contains("stands twice"));
        let wrong = lines(table("orgs.toml", "\"192.0.2.0/24\" = \"a\"\n\"10.0.0.0/8\" = 7\n"));
        assert_eq!((wrong.len(), wrong[0].0), (1, Some(2)));
        assert_eq!(lines(table("orgs.toml", "a = \n"))[0].0, Some(1));
        let many = "x,y\n".repeat(100);
        assert_eq!(lines(table("orgs.csv", &many)).len(), MOST_TOLD);
        let absent = WhoTables { classes: Some("no/such/file".into()), ..WhoTables::default() };
        let wrong = load(&absent).unwrap_err().0;
        assert!(wrong[0].to_string().starts_with("no/such/file: cannot be read"), "{wrong:?}");
    }
}
