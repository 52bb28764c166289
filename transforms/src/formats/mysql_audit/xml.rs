//! `<AUDIT_RECORD …/>` with attributes (old style) and `<AUDIT_RECORD>` with elements (new style), both flat.

use super::record::Record;
use crate::formats::Refusal;
use crate::scan::xml::{Broken, Piece, Xml};
use std::borrow::Cow;

/// Reads a record.
pub(super) fn read(text: &str) -> Result<Record<'_>, Refusal> {
    let cut = Refusal("audit_record_cut");
    let record = elements(text).map_err(|Broken| cut)?;
    if record.time.is_some() && !record.action.is_empty() { Ok(record) } else { Err(cut) }
}

/// `NAME="Query" STATUS="0"` of the record, or `<NAME>Query</NAME> <OS_LOGIN/>` in it; elements in elements (attributes of a
/// connection) are passed over.
fn elements(text: &str) -> Result<Record<'_>, Broken> {
    let mut xml = Xml::new(text);
    let mut record = Record::default();
    let Some(Piece::Open { name: "AUDIT_RECORD", attributes }) = xml.piece()? else { return Err(Broken) };
    for (name, value) in attributes {
        put(name, value, &mut record)?;
    }
    while xml.depth() > 0 {
        if let Some(Piece::Open { name, .. }) = xml.piece()? {
            // Between elements stands nothing but white space.
            let value = xml.text()?;
            put(name, if value.trim().is_empty() { Cow::Borrowed("") } else { value }, &mut record)?;
        }
    }
    Ok(record)
}

fn put<'a>(name: &str, value: Cow<'a, str>, record: &mut Record<'a>) -> Result<(), Broken> {
    let is_name = name.len() <= 64 && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_');
    if !is_name || name.is_empty() {
        return Err(Broken);
    }
    record.put(Cow::Owned(name.to_ascii_lowercase()), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_record(text in "(<AUDIT_RECORD)?([ >]|<A>|</A>|<B/>|A=\"|\"|/>|é|&#1;|</AUDIT_RECORD>){0,20}") {
            let _ = read(&text);
        }
    }
}
