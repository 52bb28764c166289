//! Passwords in SQL statements: `PASSWORD '…'` (PostgreSQL's `ALTER ROLE`), `IDENTIFIED BY '…'` and `PASSWORD('…')`
//! (MySQL's `CREATE USER`, `SET PASSWORD`).

use super::Spans;
use super::signs::said;
use memchr::memchr_iter;

/// Finds quoted passwords. Whether a quote opens or closes a string is not asked: in statements that fail, and in texts
/// around them, quotes stand alone as well.
pub(super) fn passwords(bytes: &[u8], spans: &mut Spans) {
    let (mut since, mut ended) = (0, 0);
    for at in memchr_iter(b'\'', bytes) {
        let before = &bytes[since..at];
        since = at + 1;
        // Behind a letter or digit it is an apostrophe, or closes.
        if at < ended || before.last().is_some_and(u8::is_ascii_alphanumeric) || !asks_for_password(before) {
            continue;
        }
        ended = string_end(bytes, at + 1);
        if ended > at + 1 {
            spans.push((at + 1, ended));
        }
    }
}

/// May a part of the text hold a quoted password?
pub(super) fn may_be_in(bytes: &[u8]) -> bool {
    memchr_iter(b'\'', bytes).any(|at| {
        let Some(before) = said(&bytes[..at]) else { return true };
        let ends = |word: &[u8]| {
            before.len().checked_sub(word.len()).is_some_and(|n| before[n..].eq_ignore_ascii_case(word))
        };
        ends(b"password") || ends(b"by")
    })
}

/// Does what stands before a string say that it is a password?
fn asks_for_password(before: &[u8]) -> bool {
    let trimmed = |text: &'_ [u8], end: &[u8]| {
        let text = text.trim_ascii_end();
        text.strip_suffix(end).unwrap_or(text).trim_ascii_end().len()
    };
    let before = &before[..trimmed(before, b"(")];
    let before = &before[..trimmed(before, b"=")];
    let starts = before.iter().rposition(|b| !b.is_ascii_alphabetic()).map_or(0, |n| n + 1);
    let word = &before[starts..];
    if word.eq_ignore_ascii_case(b"by") {
        let earlier = before[..starts].trim_ascii_end();
        let last = &earlier[earlier.len().saturating_sub(10)..];
        return last.eq_ignore_ascii_case(b"identified");
    }
    word.eq_ignore_ascii_case(b"password")
}

/// Place of the closing quote: one that is neither doubled nor behind a backslash.
fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr::memchr2(b'\'', b'\\', &bytes[at..]).map(|n| at + n) {
        let doubled = bytes.get(found + 1) == Some(&b'\'');
        if bytes[found] == b'\'' && !doubled {
            return found;
        }
        at = (found + 2).min(bytes.len());
    }
    bytes.len()
}
