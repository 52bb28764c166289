//! Values from logs in Markdown's tables.

use serde_json::Value;

/// An example is cut to this.
const MOST_CHARS: usize = 60;

/// A value as code in a cell of a table: one line, cut, and nothing in it that Markdown takes for its own.
pub fn example(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), String::from);
    let sign = |c: char| match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut shown: String = text.chars().take(MOST_CHARS).map(sign).collect();
    if text.chars().nth(MOST_CHARS).is_some() {
        shown.push('…');
    }
    code(&shown)
}

/// Text as code in a cell of a table.
pub fn code(text: &str) -> String {
    // Two backticks hold text with one in it; GitHub's tables are cut at bars even there, but for escaped ones.
    let text = text.replace('|', "\\|");
    if text.trim().is_empty() {
        return "(empty)".into();
    }
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// Words as a cell of a table: one line, with nothing in it that is taken for HTML or for a cell's end.
pub fn words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('|', "\\|").replace('<', "&lt;")
}

/// A number with separators of thousands.
pub fn number(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_breaks_out_of_its_cell() {
        assert_eq!(example(&json!("a|b\nc")), "`a\\|b␊c`");
        assert_eq!(example(&json!("SELECT `x`")), "`` SELECT `x` ``");
        assert_eq!(example(&json!(["web"])), "`[\"web\"]`");
        assert_eq!(example(&json!("x".repeat(99))).chars().count(), MOST_CHARS + 3);
        assert_eq!([number(0), number(999), number(12_345_678)], ["0", "999", "12,345,678"]);
    }
}
