//! What RFC 5424 has between host and message (section 6): `APP-NAME PROCID MSGID STRUCTURED-DATA`, each perhaps `-`.

use super::structured_data;
use crate::scan::token;

/// The parts; `-` where one is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail<'a> {
    /// APP-NAME.
    pub program: &'a str,
    /// PROCID.
    pub procid: &'a str,
    /// MSGID.
    pub msgid: &'a str,
    /// The text of STRUCTURED-DATA; empty if there is none.
    pub elements: &'a str,
    /// The message, without the mark of byte order that may stand before it.
    pub message: &'a str,
}

/// Why a tail is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The text ends before it.
    Cut,
    /// It is not as the grammar has it.
    Malformed,
}

/// Reads a tail.
pub fn read(text: &str) -> Result<Tail<'_>, Wrong> {
    let (program, rest) = part(text, 48)?;
    let (procid, rest) = part(rest, 128)?;
    let (msgid, rest) = part(rest, 32)?;
    let (elements, rest) = match rest.strip_prefix('-') {
        Some(rest) => ("", rest),
        None if rest.is_empty() => return Err(Wrong::Cut),
        None => structured_data::take(rest).ok_or(Wrong::Malformed)?,
    };
    let message = match rest.strip_prefix(' ') {
        Some(message) => message,
        None if rest.is_empty() => rest,
        None => return Err(Wrong::Malformed),
    };
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    Ok(Tail { program, procid, msgid, elements, message })
}

/// One part of printable ASCII and of so many bytes at most, and what stands behind the space.
pub fn part(text: &str, most: usize) -> Result<(&str, &str), Wrong> {
    let (part, rest) = token::first(text);
    if part.len() == text.len() {
        return Err(Wrong::Cut);
    }
    let valid = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_graphic());
    if valid { Ok((part, rest)) } else { Err(Wrong::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_may_be_absent_and_must_not_be_longer_than_they_may() {
        let tail = read("su - ID47 - \u{feff}'su root' failed").unwrap();
        assert_eq!((tail.program, tail.procid, tail.msgid), ("su", "-", "ID47"));
        assert_eq!((tail.elements, tail.message), ("", "'su root' failed"));
        assert_eq!(read("- - - [a b=\"c\"]").unwrap().elements, "[a b=\"c\"]");
        for cut in ["", "a", "a b", "a b c", "a b c "] {
            assert_eq!(read(cut), Err(Wrong::Cut), "{cut}");
        }
        let long = format!("{} - - - x", "a".repeat(49));
        for bad in ["a  b c - x", "é b c - x", "a b c -x", "a b c [d", "a b c [d]x", "a b c d", &long] {
            assert_eq!(read(bad), Err(Wrong::Malformed), "{bad}");
        }
    }
}
