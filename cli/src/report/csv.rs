//! One table as CSV (RFC 4180: CRLF, quotes doubled, a header).
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. Texts come
//! from logs, so such a text gets a `'` before it (<https://owasp.org/www-community/attacks/CSV_Injection>); numbers do
//! not.

use super::harmless::harmless;
use super::values::{Plain, for_programs};
use catchwater_consumer_sqlite::report::Answer;

/// The answer's first table.
pub fn render(answer: &Answer) -> String {
    let Some(section) = answer.sections.first() else { return String::new() };
    let names: Vec<&str> = section.columns.iter().map(|column| column.name).collect();
    let mut out = names.join(",");
    out.push_str("\r\n");
    for row in &section.rows {
        for (n, (cell, column)) in row.iter().zip(section.columns).enumerate() {
            if n > 0 {
                out.push(',');
            }
            match for_programs(cell, column.unit) {
                Plain::Null => {}
                Plain::Text(text) => push_text(&mut out, &text),
                Plain::Time(text) => out.push_str(&text),
                Plain::Whole(number) => out.push_str(&number.to_string()),
                Plain::Real(number) => out.push_str(&number.to_string()),
            }
        }
        out.push_str("\r\n");
    }
    out
}

fn push_text(out: &mut String, text: &str) {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = harmless(text);
    let guard = if is_formula { "'" } else { "" };
    if text.contains([',', '"']) {
        out.push('"');
        out.push_str(guard);
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(guard);
        out.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_guards() {
        let cases = [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("-", "'-"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\tx", "'␉x"),
            ("two\nlines", "two␊lines"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let mut out = String::new();
            push_text(&mut out, text);
            assert_eq!(out, expected);
        }
    }
}
