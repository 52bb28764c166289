//! What kind of id a word looks like.

use std::net::Ipv4Addr;

/// A kind of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// None.
    Other,
    /// A number, or letters and five digits or more.
    Id,
    /// `2024-01-31`, `20240131`, `2024-01`, with a time behind it or not.
    Date,
    /// RFC 9562.
    Uuid,
    /// Stanford's id: `bb123cd4567`.
    Druid,
    /// Twelve hexadecimal digits or more.
    Hash,
    /// Letters and digits without order: base64, a JWT, a session.
    Token,
    /// An IPv4 address.
    Ip,
}

/// Fewest hexadecimal digits of a hash: short ids of containers have as many, and few words do.
const FEWEST_HEX: usize = 12;
/// Fewest characters of a token.
const FEWEST_TOKEN: usize = 20;
/// Fewest digits that make a word an id.
const FEWEST_DIGITS: usize = 5;

/// What a word is.
pub(super) fn of(word: &[u8]) -> Shape {
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == 0 {
        return if word.len() >= 32 && is_hex(word) { Shape::Hash } else { Shape::Other };
    }
    if digits == word.len() {
        let is_date = digits == 8 && year(word) && between(&word[4..6], 1, 12) && between(&word[6..], 1, 31);
        return if is_date { Shape::Date } else { Shape::Id };
    }
    match word.len() {
        7.. if is_date(word) => Shape::Date,
        11 if is_druid(word) => Shape::Druid,
        36 if is_uuid(word) => Shape::Uuid,
        FEWEST_HEX.. if is_hex(word) => Shape::Hash,
        FEWEST_TOKEN.. if is_token(word) => Shape::Token,
        7..=15 if is_ip(word) => Shape::Ip,
        _ if word.iter().all(u8::is_ascii_alphanumeric) && digits >= FEWEST_DIGITS => Shape::Id,
        _ if is_numbers(word, digits) => Shape::Id,
        _ => Shape::Other,
    }
}

/// Coordinates, sizes, numbers of books: digits with marks between. Versions (`1.2.3`) are names.
fn is_numbers(word: &[u8], digits: usize) -> bool {
    let of_numbers = word
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b':' | b'!' | b'^' | b'x'));
    of_numbers
        && word.last() != Some(&b'x')
        && (word.contains(&b',') || digits >= FEWEST_DIGITS && !word.contains(&b'.'))
}

fn is_hex(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_hexdigit)
}

/// RFC 9562, section 4.
fn is_uuid(word: &[u8]) -> bool {
    word.iter().enumerate().all(|(n, b)| match n {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    })
}

/// Two letters, three digits, two letters, four digits; no vowels and no `l`
/// (<https://github.com/sul-dlss/druid-tools>). File names have it in capitals.
fn is_druid(word: &[u8]) -> bool {
    word.iter().enumerate().all(|(n, b)| match n {
        0 | 1 | 5 | 6 => b.is_ascii_alphabetic() && !b"aeiouAEIOUlL".contains(b),
        _ => b.is_ascii_digit(),
    })
}

fn is_ip(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok())
}

fn is_date(word: &[u8]) -> bool {
    let [_, _, _, _, b'-', month @ ..] = word else { return false };
    let Some((month, rest)) = month.split_at_checked(2) else { return false };
    if !year(word) || !between(month, 1, 12) {
        return false;
    }
    match rest {
        [] => true,
        [b'-', a, b] => between(&[*a, *b], 1, 31),
        [b'-', a, b, b'T' | b't' | b'_' | b' ', time @ ..] => {
            between(&[*a, *b], 1, 31)
                && time
                    .iter()
                    .all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'-' | b'+' | b'Z' | b'z'))
        }
        _ => false,
    }
}

/// Does it begin with a year that a log may speak of?
fn year(word: &[u8]) -> bool {
    matches!(word, [b'1', b'9', ..] | [b'2', b'0', ..]) && word[2..4].iter().all(u8::is_ascii_digit)
}

/// Is this part a year?
pub(super) fn is_year(part: &str) -> bool {
    part.len() == 4 && year(part.as_bytes())
}

/// Is this part a number of one or two digits between the two?
pub(super) fn is_between(part: &str, least: u8, most: u8) -> bool {
    between(part.as_bytes(), least, most)
}

fn between(digits: &[u8], least: u8, most: u8) -> bool {
    (1..=2).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
        && (least..=most).contains(&digits.iter().fold(0, |n, d| n * 10 + (d - b'0')))
}

/// Small and capital letters and digits follow each other without order; in words and names they do not.
fn is_token(word: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum Class {
        Small,
        Capital,
        Digit,
        Mark,
    }
    let class = |b: &u8| match b {
        b'a'..=b'z' => Some(Class::Small),
        b'A'..=b'Z' => Some(Class::Capital),
        b'0'..=b'9' => Some(Class::Digit),
        b'-' | b'_' | b'=' | b'+' | b'~' => Some(Class::Mark),
        // Between the parts of a JWT; elsewhere before the extension of a file.
        b'.' if word.starts_with(b"eyJ") => Some(Class::Mark),
        _ => None,
    };
    let mut changes = 0;
    let mut last = Class::Mark;
    for byte in word {
        let Some(class) = class(byte) else { return false };
        // A capital before small letters begins a word.
        let begins = last == Class::Capital && class == Class::Small;
        let at_mark = last == Class::Mark || class == Class::Mark;
        changes += usize::from(!begins && !at_mark && class != last);
        last = class;
    }
    changes * 6 >= word.len()
}

/// One `@` with a name before it and a host behind.
pub(super) fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-');
    !name.is_empty()
        && name.bytes().all(is_name)
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}
