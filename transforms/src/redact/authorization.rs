//! Credentials behind `Bearer` (RFC 6750, section 2.1) and `Basic` (RFC 7617), where no header's name stands before.

use super::Spans;
use memchr::memchr2_iter;

/// Bytes of what follows that tell whether it is a credential.
const LOOKED_AT: usize = 256;

/// Is this what stands behind the word?
type IsSecret = fn(&[u8]) -> bool;

/// Finds credentials.
pub(super) fn find(bytes: &[u8], spans: &mut Spans) {
    // Behind one that was found nothing is looked at twice.
    let mut done = 0;
    for at in memchr2_iter(b'b', b'B', bytes) {
        if at < done {
            continue;
        }
        let rest = &bytes[at..];
        let (word, is): (&[u8], IsSecret) = match rest.get(1) {
            Some(b'e' | b'E') => (b"bearer", is_bearer_token),
            Some(b'a' | b'A') => (b"basic", is_user_and_password),
            _ => continue,
        };
        let Some((found, rest)) = rest.split_at_checked(word.len()) else { continue };
        if !found.eq_ignore_ascii_case(word) {
            continue;
        }
        let space = match rest {
            [b' ' | b'+', ..] => 1,
            [b'%', b'2', b'0', ..] => 3,
            _ => continue,
        };
        let token = &rest[space..];
        let len = |most: usize| token.iter().take(most).take_while(|b| is_token(**b)).count();
        if is(&token[..len(LOOKED_AT)]) {
            let start = at + word.len() + space;
            done = start + len(usize::MAX);
            spans.push((start, done));
        }
    }
}

/// RFC 6750, section 2.1, `b64token`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=' | b'%')
}

/// "Bearer authentication" is none: a token has a digit, or is longer than any word.
fn is_bearer_token(token: &[u8]) -> bool {
    token.len() >= 24 || token.len() >= 8 && token.iter().any(u8::is_ascii_digit)
}

/// "Basic support" is none: in base64 stand a user, a colon and a password.
fn is_user_and_password(token: &[u8]) -> bool {
    let digits = token.split(|b| matches!(b, b'=' | b'%')).next().unwrap_or_default();
    let (mut bits, mut have, mut colon) = (0u32, 0, false);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return false,
        };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            let byte = (bits >> have) as u8;
            if byte < 0x20 {
                return false;
            }
            colon |= byte == b':';
        }
    }
    colon
}
