//! GraphQL (<https://spec.graphql.org/October2021/>): told by its beginning, the operation's name, white space, commas
//! and comments folded.

/// Is it a document with an operation?
pub(super) fn is_one(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') && text.trim_end().ends_with('}')
        || keyword(text).is_some_and(|rest| {
            rest.trim_start().starts_with(|c: char| {
                c == '{' || c == '(' || c == '@' || c.is_ascii_alphabetic() || c == '_'
            }) && rest.contains('{')
        })
}

/// Name of the first operation.
pub(super) fn name(text: &str) -> Option<&str> {
    let rest = keyword(text.trim_start())?.trim_start();
    let len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    (len > 0).then(|| &rest[..len])
}

/// What stands behind the word for an operation.
fn keyword(text: &str) -> Option<&str> {
    let rest = ["query", "mutation", "subscription"].iter().find_map(|word| text.strip_prefix(word))?;
    rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '{' | '(' | '@')).then_some(rest)
}

/// The normal form. Commas are white space (section 2.1.5); strings stay as they are.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let end = match bytes[at] {
            b'#' => {
                space = true;
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
                continue;
            }
            b if b.is_ascii_whitespace() || b == b',' => {
                space = true;
                at += 1;
                continue;
            }
            b'"' => string_end(bytes, at),
            // A character goes as a whole.
            _ => (at + 1..bytes.len()).find(|n| text.is_char_boundary(*n)).unwrap_or(bytes.len()),
        };
        if std::mem::take(&mut space) && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(text.get(at..end).unwrap_or_default());
        at = end;
    }
    out
}

/// End of a string or block string, its quotes counted.
fn string_end(bytes: &[u8], start: usize) -> usize {
    if bytes[start..].starts_with(b"\"\"\"") {
        return memchr::memmem::find(&bytes[start + 3..], b"\"\"\"").map_or(bytes.len(), |n| start + n + 6);
    }
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &bytes[at.min(bytes.len())..]).map(|n| at + n) {
        if bytes[found] == b'"' {
            return found + 1;
        }
        // An escaped character that is not ASCII is passed whole: its later bytes are no quotes.
        at = found + 2;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn told_and_named() {
        assert!(is_one("{ a }") && is_one("query{a}") && is_one(" mutation Add($x: Int) { a }"));
        assert!(!is_one("query") && !is_one("query logs") && !is_one("{a") && !is_one("querying {"));
        assert_eq!(name("query Item($id: ID) {a}"), Some("Item"));
        assert_eq!(name("query {a}"), None);
        assert_eq!(name("{a}"), None);
    }

    #[test]
    fn white_space_commas_and_comments_do_not_count() {
        let text = "query A(\n  $a: Int, $b: Int) # c\n{ x(s: \"a,  #b\") \"\"\"d\n e\"\"\" }";
        assert_eq!(normal(text), "query A( $a: Int $b: Int) { x(s: \"a,  #b\") \"\"\"d\n e\"\"\" }");
    }

    proptest! {
        #[test]
        fn never_panics(text in "([a-z{}#\"\\\\, \nä(]|\"\"\"){0,40}") {
            prop_assert!(normal(&text).len() <= text.len());
            let _ = (is_one(&text), name(&text));
        }
    }
}
