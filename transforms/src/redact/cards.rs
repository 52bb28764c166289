//! Numbers of payment cards (ISO/IEC 7812): 13 to 19 digits whose last is Luhn's check digit, with an issuer's first
//! digits, in one run or in the groups that stand on cards. Ranges:
//! <https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN)>. UATP (`1…`) and Maestro's
//! wide `50`, `56` to `69` are left out: too many ids and times begin so.

use super::Spans;

/// Digits of a number, fewest.
pub(super) const FEWEST: usize = 13;
/// Digits of a number, most.
const MOST: usize = 19;
/// Groups of digits as cards show them.
const GROUPS: [&[usize]; 5] = [&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 1]];

/// Bytes that are looked at together, and by how many it goes on: a sign is at most 20 bytes long.
const BLOCK: usize = 64;
const STEP: usize = BLOCK - 20;

/// Are there three groups of four digits, one behind the other, in one run or with one or three (`%20`) bytes between the
/// groups that stand on cards? The date in most browsers' names, `Gecko/20100101`, is no sign.
pub(super) fn may_be_in(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(block) = bytes[at..].first_chunk::<BLOCK>() {
        if has_groups(digits(block)) {
            return true;
        }
        at += STEP;
    }
    let mut block = [0; BLOCK];
    let rest = &bytes[at..];
    block[..rest.len()].copy_from_slice(rest);
    has_groups(digits(&block))
}

#[inline]
fn has_groups(digits: u64) -> bool {
    let pairs = digits & digits >> 1;
    let fours = pairs & pairs >> 2;
    let two = fours & (fours >> 5 | fours >> 7);
    // Where the third begins: in one run of 13, in groups of 4 4 4 and 4 6 5, each with one byte between and with three.
    two & (fours >> 9 | fours >> 10 | fours >> 12 | fours >> 14 | fours >> 16) != 0
}

/// A bit for each digit.
#[inline(always)]
fn digits(block: &[u8; BLOCK]) -> u64 {
    let mut flags = [0u8; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(byte.wrapping_sub(b'0') < 10);
    }
    // The product moves the lowest bit of each byte, in order, to the highest byte; no two meet.
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    flags.as_chunks::<8>().0.iter().enumerate().fold(0, |set, (n, eight)| set | bits(eight) << (8 * n))
}

/// Finds numbers of cards.
pub(super) fn find(bytes: &[u8], spans: &mut Spans) {
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let run = run(bytes, at);
        // Of `%204111…` the first two digits are a space.
        let escape = if is_escape(bytes, at) { 2 } else { 0 };
        let start = at + escape.min(run);
        match number(bytes, start) {
            Some(end) if may_start(bytes, start) => {
                spans.push((start, end));
                at = end;
            }
            _ => at += run.max(1),
        }
    }
}

/// Digits from here on.
fn run(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count()
}

/// Do these two characters belong to a byte in hexadecimal?
fn is_escape(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1] == b'%' && bytes.get(at + 1).is_some_and(u8::is_ascii_hexdigit)
}

/// Not within a longer word or number.
fn may_start(bytes: &[u8], start: usize) -> bool {
    let before = |n: usize| start.checked_sub(n).map(|at| bytes[at]);
    match before(1) {
        None => true,
        // `%3D4111…`
        Some(b) if b.is_ascii_alphanumeric() => before(3) == Some(b'%'),
        Some(b'.') => !before(2).is_some_and(|b| b.is_ascii_digit()),
        Some(b) => b != b'_',
    }
}

/// End of the number that begins here.
fn number(bytes: &[u8], start: usize) -> Option<usize> {
    let whole = run(&bytes[..bytes.len().min(start + MOST + 1)], start);
    if whole >= FEWEST {
        return (whole <= MOST
            && may_end(bytes, start + whole, None)
            && is_card(&bytes[start..start + whole], false))
        .then_some(start + whole);
    }
    if whole != 4 {
        return None;
    }
    let separator: &[u8] = match &bytes[start + 4..] {
        [b' ' | b'-' | b'+', ..] => &bytes[start + 4..start + 5],
        [b'%', b'2', b'0', ..] => b"%20",
        _ => return None,
    };
    GROUPS.iter().find_map(|groups| grouped(bytes, start, groups, separator))
}

fn grouped(bytes: &[u8], start: usize, groups: &[usize], separator: &[u8]) -> Option<usize> {
    let (mut digits, mut len, mut at) = ([0; MOST], 0, start);
    for (n, group) in groups.iter().enumerate() {
        if n > 0 {
            bytes[at..].starts_with(separator).then_some(())?;
            at += separator.len();
        }
        let found = bytes.get(at..at + group)?;
        found.iter().all(u8::is_ascii_digit).then_some(())?;
        digits[len..len + group].copy_from_slice(found);
        len += group;
        at += group;
    }
    (may_end(bytes, at, Some(separator)) && is_card(&digits[..len], true)).then_some(at)
}

/// Not within a longer word or number, nor before one more group.
fn may_end(bytes: &[u8], end: usize, separator: Option<&[u8]>) -> bool {
    let rest = &bytes[end..];
    match rest {
        [b'.' | b'-', b'0'..=b'9', ..] => false,
        [b, ..] if b.is_ascii_alphanumeric() || *b == b'_' => false,
        _ => separator.is_none_or(|s| {
            let next = rest.strip_prefix(s).map_or(0, |next| run(next, 0));
            next != 4
        }),
    }
}

/// Has an issuer's first digits, a length that it gives, and the right check digit? In one run, 19 digits are more often
/// a number of 63 bits (ids of queries, snowflakes) than a card; but UnionPay's have as many.
fn is_card(digits: &[u8], grouped: bool) -> bool {
    let first = |n: usize| digits[..n].iter().fold(0u32, |number, d| number * 10 + u32::from(d - b'0'));
    let of_issuer = matches!(
        (first(4), digits.len()),
        (4000..=4999, 13 | 16)
            | (5100..=5599 | 2221..=2720 | 3528..=3589, 16)
            | (3400..=3499 | 3700..=3799, 15)
            | (6011 | 6440..=6599, 16)
            | (6200..=6299, 16..=19)
            | (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14 | 16)
    ) || grouped
        && matches!((first(4), digits.len()), (4000..=4999 | 6011 | 6440..=6599, 19));
    of_issuer && luhn(digits)
}

/// ISO/IEC 7812-1, annex B: from the right, every second digit is doubled.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| {
            let digit = u32::from(digit - b'0');
            match n % 2 {
                0 => digit,
                _ if digit > 4 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
