//! SPARQL 1.1 (<https://www.w3.org/TR/sparql11-query/>): told by its first word, comments dropped, white space folded.

/// Words that a query or update begins with (grammar, rules 2 and 29), and what must stand somewhere behind them: else
/// it is a search for a word.
const BEGINNINGS: [(&str, &str); 10] = [
    ("prefix", "<"),
    ("base", "<"),
    ("select", "{"),
    ("construct", "{"),
    ("ask", "{"),
    ("describe", "<"),
    ("describe", ":"),
    ("describe", "?"),
    ("insert", "{"),
    ("delete", "{"),
];

/// Is it SPARQL?
pub(super) fn is_one(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix('#') {
        rest = comment.split_once('\n').map_or("", |(_, next)| next).trim_start();
    }
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    BEGINNINGS.iter().any(|(begin, then)| word.eq_ignore_ascii_case(begin) && rest.contains(then))
}

/// The normal form.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            rest = rest.split_once('\n').map_or("", |(_, next)| next);
            space = true;
            continue;
        }
        let len = match first {
            '"' | '\'' => string_len(rest, first),
            // An IRI has no space and no `<` (rule 139); else it is "less than".
            '<' => rest[1..].find(|c: char| c <= ' ' || "<\"{}|^`\\>".contains(c)).map_or(1, |at| match rest
                [1 + at..]
                .starts_with('>')
            {
                true => at + 2,
                false => 1,
            }),
            c if c.is_whitespace() => {
                space = true;
                rest = &rest[c.len_utf8()..];
                continue;
            }
            c => c.len_utf8(),
        };
        if std::mem::take(&mut space) && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out
}

/// Length of the string at the front, its quotes counted (rules 156 to 159).
fn string_len(text: &str, quote: char) -> usize {
    let quotes: String = std::iter::repeat_n(quote, 3).collect();
    let end = if text.starts_with(&quotes) { quotes.as_str() } else { &quotes[..1] };
    let mut at = end.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(end) {
            return at + end.len();
        }
        let mut chars = rest.chars();
        let first = chars.next();
        let escaped = if first == Some('\\') { chars.next() } else { None };
        at += [first, escaped].iter().flatten().map(|c| c.len_utf8()).sum::<usize>();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn told_by_its_beginning() {
        for text in [
            "SELECT * WHERE {?s ?p ?o}",
            "# all\n  prefix x: <http://x/>\nselect * {}",
            "ask{?s ?p ?o}",
            "DESCRIBE <http://x/>",
            "INSERT DATA { <a> <b> <c> }",
        ] {
            assert!(is_one(text), "{text}");
        }
        for text in ["", "select", "select committee", "ask me", "describe life", "prefixes <", "#"] {
            assert!(!is_one(text), "{text}");
        }
    }

    #[test]
    fn comments_and_white_space_do_not_count() {
        let text = "PREFIX x: <http://x/a#b>  # why\nSELECT ?s\n WHERE { ?s x:p \"a  # b\" ; x:q '''c\n d''' . FILTER(?n < 5) }";
        let expected = "PREFIX x: <http://x/a#b> SELECT ?s WHERE { ?s x:p \"a  # b\" ; x:q '''c\n d''' . FILTER(?n < 5) }";
        assert_eq!(normal(text), expected);
        assert_eq!(normal(expected), expected);
    }

    proptest! {
        #[test]
        fn never_panics_and_is_its_own_normal_form(text in "([a-z?{}<>#\"'\\\\ \nä]|'''|\\PC){0,40}") {
            let once = normal(&text);
            let _ = is_one(&text);
            prop_assert!(once.len() <= text.len() + 1);
        }
    }
}
