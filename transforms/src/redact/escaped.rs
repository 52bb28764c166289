//! Secrets behind the escapes of URLs (RFC 3986, section 2.1): `?filter=%7B%22token%22%3A%22…`. What a part holds is only
//! seen when it is decoded, so all of a part with a secret behind a name is hidden, but for the parameter's name. Tokens
//! are found as they stand.

use super::{Redactor, Spans};
use crate::scan::percent::decode_form;
use memchr::{memchr, memchr_iter, memchr2};
use std::borrow::Cow;

/// Is there an escaped quotation mark, apostrophe, colon or equals sign, or an escaped space beside an apostrophe?
pub(super) fn may_be_in(bytes: &[u8]) -> bool {
    memchr_iter(b'%', bytes)
        .any(|at| matches!(&bytes[at + 1..], [b'2', b'2' | b'7', ..] | [b'3', b'A' | b'a' | b'D' | b'd', ..]))
        || memchr(b'\'', bytes).is_some() && memchr2(b'%', b'+', bytes).is_some()
}

/// Finds parts of URLs in which a secret is escaped.
pub(super) fn find(redactor: &Redactor, text: &str, spans: &mut Spans) {
    let is_end =
        |c: char| c.is_ascii_whitespace() || matches!(c, '&' | '?' | '#' | '/' | ';' | '"' | '<' | '>');
    let mut start = 0;
    for part in text.split(is_end) {
        if may_be_in(part.as_bytes()) {
            let plain = decode_form(Cow::Borrowed(part));
            let mut found = Spans::new();
            redactor.named(plain.as_bytes(), true, &mut found);
            if !found.is_empty() {
                let value = memchr(b'=', part.as_bytes()).map_or(0, |at| at + 1);
                spans.push((start + value, start + part.len()));
            }
        }
        start += part.len() + 1;
    }
}
