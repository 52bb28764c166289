//! `<AUDIT_RECORD …/>` with attributes (old style) and `<AUDIT_RECORD>` with elements (new style), both flat.

use super::record::Record;
use crate::formats::Refusal;
use std::borrow::Cow;

/// Reads a record.
pub(super) fn read(text: &str) -> Result<Record<'_>, Refusal> {
    let cut = Refusal("audit_record_cut");
    let mut record = Record::default();
    let rest = text.strip_prefix("<AUDIT_RECORD").ok_or(cut)?;
    match rest.strip_prefix('>') {
        Some(elements) => read_elements(elements, &mut record).ok_or(cut)?,
        None => read_attributes(rest, &mut record).ok_or(cut)?,
    }
    if record.time.is_some() && !record.action.is_empty() { Ok(record) } else { Err(cut) }
}

/// ` NAME="Query"⏎ STATUS="0" …/>`
fn read_attributes<'a>(mut rest: &'a str, record: &mut Record<'a>) -> Option<()> {
    loop {
        rest = rest.trim_start();
        if rest.starts_with("/>") || rest.starts_with('>') {
            return Some(());
        }
        let (name, behind) = rest.split_once("=\"")?;
        let (value, behind) = behind.split_once('"')?;
        put(name, value, record)?;
        rest = behind;
    }
}

/// `<NAME>Query</NAME>⏎ <OS_LOGIN/> …</AUDIT_RECORD>`; elements in elements (attributes of a connection) are passed over.
fn read_elements<'a>(mut rest: &'a str, record: &mut Record<'a>) -> Option<()> {
    loop {
        rest = rest.trim_start().strip_prefix('<')?;
        if rest.starts_with("/AUDIT_RECORD>") {
            return Some(());
        }
        let (name, behind) = rest.split_once('>')?;
        if name.ends_with('/') {
            rest = behind;
            continue;
        }
        if !is_name(name) {
            return None;
        }
        let closing = format!("</{name}>");
        let end = memchr::memmem::find(behind.as_bytes(), closing.as_bytes())?;
        let value = &behind[..end];
        if !value.contains('<') {
            put(name, value, record)?;
        }
        rest = &behind[end + closing.len()..];
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

fn put<'a>(name: &str, value: &'a str, record: &mut Record<'a>) -> Option<()> {
    is_name(name).then(|| record.put(Cow::Owned(name.to_ascii_lowercase()), unescape(value)))
}

/// Reads entities and references to characters; leaves what is none.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let name = behind.bytes().take(10).position(|c| c == b';').map(|end| &behind[..end]);
        match name.and_then(|name| Some((name, entity(name)?))) {
            Some((name, character)) => {
                out.push(character);
                rest = &behind[name.len() + 1..];
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entities() {
        assert_eq!(unescape("a &lt; &quot;b&quot; &#10;&#x41;&amp;amp;"), "a < \"b\" \nA&amp;");
        for kept in ["a & b", "&nosuch;", "&#xZZ;", "&é;", "&", "&#1114112;"] {
            assert_eq!(unescape(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn any_record(text in "(<AUDIT_RECORD)?([ >]|<A>|</A>|<B/>|A=\"|\"|/>|é|&#1;|</AUDIT_RECORD>){0,20}") {
            let _ = read(&text);
        }
    }
}
