//! A Ruby hash as `inspect` writes it: `{"q"=>"maps", "page"=>2}`, since Ruby 3.4 `{"q" => "maps", page: 2}`
//! (<https://docs.ruby-lang.org/en/master/Hash.html#method-i-inspect>). Only texts of the first level are read, for nobody
//! asks for more.

use std::borrow::Cow;

/// The text under this key, the last one if it stands there twice; `None` also if the value is no text, or what comes
/// before it is no such hash.
pub fn text<'a>(hash: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let mut rest = hash.strip_prefix('{')?.trim_start();
    let mut found = None;
    while !rest.starts_with('}') {
        let (name, after) = name(rest)?;
        let (value, after) = value(after)?;
        if name == key {
            found = value;
        }
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.starts_with('}') => after,
            None => return None,
        };
    }
    found
}

/// The hash or array at the front of a text and what follows it; `None`: its end is not there.
pub fn cut(text: &str) -> Option<(&str, &str)> {
    text.starts_with(['{', '[']).then(|| text.split_at_checked(whole(text)?)).flatten()
}

/// `"q"=>`, `:q=>` or `q: `.
fn name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let (name, after) = match text.as_bytes().first()? {
        b'"' => string(text)?,
        _ => {
            let start = text.strip_prefix(':').unwrap_or(text);
            let end = start.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '?' | '!')))?;
            (Cow::Borrowed(&start[..end]), &start[end..])
        }
    };
    let after = after.trim_start();
    let value = after.strip_prefix("=>").or_else(|| after.strip_prefix(':'))?;
    (!name.is_empty()).then_some((name, value.trim_start()))
}

/// A value, if it is a text, and what follows it.
fn value(text: &str) -> Option<(Option<Cow<'_, str>>, &str)> {
    if text.starts_with('"') {
        let (value, rest) = string(text)?;
        return Some((Some(value), rest.trim_start()));
    }
    Some((None, text.get(whole(text)?..)?.trim_start()))
}

/// Length of a value up to the comma or bracket that ends it; strings and brackets inside are passed as wholes.
fn whole(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += end_of_string(&bytes[at..])?,
            b'{' | b'[' | b'(' | b'<' => depth += 1,
            // An arrow closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'=' => {}
            b'}' | b']' | b')' | b'>' if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'}' | b']' | b')' | b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the mark stands that ends the string at the front.
fn end_of_string(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

fn string(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = end_of_string(text.as_bytes())?;
    let raw = text.get(1..end)?;
    Some((unescape(raw), &text[end + 1..]))
}

/// Reads the escapes that `String#inspect` writes for text; leaves all others.
fn unescape(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = match rest.as_bytes().get(1) {
            Some(b'n') => ('\n', 2),
            Some(b't') => ('\t', 2),
            Some(b'r') => ('\r', 2),
            Some(c @ (b'"' | b'\\' | b'#')) => (char::from(*c), 2),
            Some(b'e') => ('\u{1b}', 2),
            Some(b'u') => hex(rest).unwrap_or(('\\', 1)),
            _ => ('\\', 1),
        };
        out.push(character);
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// `\u00e9`, `\u{1F600}`.
fn hex(text: &str) -> Option<(char, usize)> {
    let (digits, length) = match text.get(2..)?.strip_prefix('{') {
        Some(inside) => inside.split_once('}').map(|(digits, _)| (digits, digits.len() + 4))?,
        None => (text.get(2..6)?, 6),
    };
    let valid = digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, 16).ok().filter(|_| valid)?;
    Some((char::from_u32(code)?, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_of_the_first_level() {
        let old = r##"{"utf8"=>"✓", "a"=>{"q"=>"no", "x"=>[1, "}"]}, "n"=>nil, "f"=>#<File:0x1 @a="b">, "q"=>"it's \"x\"\n\u00e9 \#{1}"}"##;
        assert_eq!(text(old, "q").as_deref(), Some("it's \"x\"\né #{1}"));
        assert_eq!((text(old, "a"), text(old, "n"), text(old, "z")), (None, None, None));
        let new = r#"{"q" => "maps", page: 2, deep: {q: "no"}, id: "7"}"#;
        assert_eq!((text(new, "q").as_deref(), text(new, "id").as_deref()), (Some("maps"), Some("7")));
        assert_eq!(text(r#"{:q=>"x", :q=>"y"}"#, "q").as_deref(), Some("y"));
        assert_eq!(cut(r#"{"a"=>"}", "b"=>[1]} rest"#), Some((r#"{"a"=>"}", "b"=>[1]}"#, " rest")));
        assert_eq!(cut("{}"), Some(("{}", "")));
    }

    #[test]
    fn what_is_none_has_none() {
        for bad in ["", "{", "q", "{\"q\"}", "{\"q\"=>", "{\"q\"=>\"x", "{\"q\"=>\"x\"", "{q \"x\"}"] {
            assert_eq!(text(bad, "q"), None, "{bad}");
            assert_eq!(cut(bad).is_some(), bad == "{\"q\"}" || bad == "{q \"x\"}", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(hash in "(\\{|\"q\"=>|\"|\\\\|\\\\u|[\\{\\}\\[\\]<>,:é a0-9]){0,30}") {
            let _ = (text(&hash, "q"), cut(&hash), unescape(&hash));
        }
    }
}
