//! Names of log levels.

/// Is this word, in capitals, the name of a level in a logger in wide use (syslog, Python, Java, Rust, Go)?
pub fn is_level(word: &str) -> bool {
    matches!(
        word,
        "TRACE"
            | "DEBUG"
            | "INFO"
            | "NOTICE"
            | "WARN"
            | "WARNING"
            | "ERROR"
            | "ERR"
            | "CRITICAL"
            | "CRIT"
            | "SEVERE"
            | "FATAL"
            | "ALERT"
            | "EMERG"
            | "PANIC"
    )
}

/// The level at the start of a text and what follows: `[INFO] …`, `INFO: …`, `INFO\t…`; after a time also `INFO …`,
/// where a first word that is a level is no longer the beginning of a sentence.
pub fn leading(text: &str, after_time: bool) -> Option<(&str, &str)> {
    let (inside, bracket) = match text.strip_prefix('[') {
        Some(inside) => (inside, true),
        None => (text, false),
    };
    let end = inside.bytes().position(|c| !c.is_ascii_uppercase())?;
    let (word, rest) = inside.split_at(end);
    let ends = match rest.as_bytes() {
        [b']', ..] => bracket,
        [b':' | b'\t', ..] => !bracket,
        [b' ', ..] => !bracket && after_time,
        _ => false,
    };
    (ends && is_level(word)).then(|| (word, &rest[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_a_level() {
        assert_eq!(leading("[INFO]\tx", false), Some(("INFO", "\tx")));
        assert_eq!(leading("WARNING: x", false), Some(("WARNING", " x")));
        assert_eq!(leading("ERROR x", true), Some(("ERROR", "x")));
        for no in ["ERROR x", "Info: x", "[INFO x", "INFORMATION: x", "INFO", "", "[é]"] {
            assert_eq!(leading(no, false), None, "{no}");
        }
    }
}
