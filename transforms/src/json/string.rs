//! Strings: finding their end, checking their escapes, and their text.

use super::Invalid;
use catchwater_schemas::fields::Value;
use std::borrow::Cow;

/// The inside of a JSON string as it was written, its escapes checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonStr<'a> {
    pub(super) raw: &'a str,
    pub(super) escaped: bool,
    pub(super) lone: bool,
}

impl<'a> JsonStr<'a> {
    /// What stands between the quotes.
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// What stands between the quotes, halves of surrogate pairs replaced.
    pub(super) fn to_event(self) -> Cow<'a, str> {
        if self.lone { Cow::Owned(mended(self.raw)) } else { Cow::Borrowed(self.raw) }
    }

    /// Are there escapes, so that the text differs from [`JsonStr::raw`]?
    pub fn has_escapes(self) -> bool {
        self.escaped
    }

    /// Is the text empty?
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The text. Half a surrogate pair, which no text can hold, comes out as U+FFFD.
    pub fn text(self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let mut out = Vec::with_capacity(self.raw.len());
        self.unescape_into(&mut out);
        Cow::Owned(
            String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
        )
    }

    /// Appends the text, valid UTF-8.
    pub fn unescape_into(self, out: &mut Vec<u8>) {
        if self.escaped {
            unescape(self.raw.as_bytes(), out);
        } else {
            out.extend_from_slice(self.raw.as_bytes());
        }
    }
}

/// A string goes into an event without being unescaped and escaped again.
impl<'a> From<JsonStr<'a>> for Value<'a> {
    fn from(string: JsonStr<'a>) -> Self {
        if string.lone { Value::Text(string.text()) } else { Value::Escaped(string.raw) }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// High bits of the bytes of `word` that end a run of plain characters (`"`, `\`, controls). Only the lowest set bit
/// is sure: the borrow of a hit may mark its upper neighbour ("Bit Twiddling Hacks", zero byte in a word).
#[inline(always)]
fn specials(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash | control) & HIGH
}

/// The first eight of at least eight bytes.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default())
}

/// Place of the first `"`, `\` or control character from `at` on; the text's length if there is none.
///
/// Sixteen bytes at a time: most keys and values then take one turn, which the branch predictor learns.
#[inline(always)]
pub(super) fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..at + 16) {
        let (low, high) = (specials(word(chunk)), specials(word(&chunk[8..])));
        if low | high != 0 {
            let (found, before) = if low != 0 { (low, at) } else { (high, at + 8) };
            return before + (found.trailing_zeros() >> 3) as usize;
        }
        at += 16;
    }
    while at < bytes.len() && bytes[at] >= 0x20 && bytes[at] != b'"' && bytes[at] != b'\\' {
        at += 1;
    }
    at
}

/// What a one-letter escape stands for; 0 for what is none.
static SIMPLE: [u8; 256] = {
    let mut table = [0; 256];
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 8;
    table[b'f' as usize] = 12;
    table[b'n' as usize] = b'\n';
    table[b'r' as usize] = b'\r';
    table[b't' as usize] = b'\t';
    table
};

/// One escape.
pub(super) struct Escape {
    /// What it stands for.
    pub text: char,
    /// Its length in bytes, 2, 6 or 12.
    pub len: usize,
    /// Is it half a surrogate pair?
    pub lone: bool,
}

/// Reads the escape whose backslash stands at `at`.
pub(super) fn escape(bytes: &[u8], at: usize) -> Result<Escape, Invalid> {
    let letter = bytes.get(at + 1).copied().unwrap_or_default();
    if letter != b'u' {
        return match SIMPLE[usize::from(letter)] {
            0 => Err(Invalid::Syntax(at)),
            plain => Ok(Escape { text: plain.into(), len: 2, lone: false }),
        };
    }
    let first = unit(bytes, at).ok_or(Invalid::Syntax(at))?;
    if let Some(text) = char::from_u32(first) {
        return Ok(Escape { text, len: 6, lone: false });
    }
    let lone = Escape { text: char::REPLACEMENT_CHARACTER, len: 6, lone: true };
    Ok(match unit(bytes, at + 6) {
        Some(second @ 0xDC00..=0xDFFF) if first < 0xDC00 => {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            char::from_u32(code).map_or(lone, |text| Escape { text, len: 12, lone: false })
        }
        _ => lone,
    })
}

/// The UTF-16 unit of `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = bytes.get(at..at + 6)? else { return None };
    digits.iter().try_fold(0, |n, digit| Some(n << 4 | char::from(*digit).to_digit(16)?))
}

/// Room that is made in the output at once: zeroing it must stay cheap beside a short message.
const ROOM: usize = 512;

/// Appends the text of the string whose inside starts at the front of `bytes`; answers where it stopped: at the
/// closing quote, a control character, a broken escape or the end.
///
/// Dense escapes (a CloudTrail event in an envelope has one every ten bytes) make a branch on "is there one among
/// the next eight bytes" a coin toss. So eight bytes are copied each time, and how far to move on is computed.
pub(super) fn unescape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let mut at = 0;
    let mut to = out.len();
    loop {
        out.resize(to + ROOM, 0);
        while let (Some(next), Some(room)) = (bytes.get(at..at + 16), out.get_mut(to..to + 16)) {
            // In text with few escapes this branch is easily foretold, and the next step need not wait for this one.
            let found = specials(word(next));
            if found | specials(word(&next[8..])) == 0 {
                room.copy_from_slice(next);
                at += 16;
                to += 16;
                continue;
            }
            room[..8].copy_from_slice(&next[..8]);
            let plain = (found.trailing_zeros() >> 3) as usize;
            let hit = usize::from(found != 0);
            let letter = SIMPLE[usize::from(next[plain + 1])];
            if hit == 1 && (next[plain] != b'\\' || letter == 0) {
                at += plain;
                to += plain;
                break;
            }
            room[plain] = letter;
            at += plain + 2 * hit;
            to += plain + hit;
        }
        out.truncate(to);
        match bytes.get(at) {
            Some(b'\\') => match escape(bytes, at) {
                Ok(found) => {
                    out.extend_from_slice(found.text.encode_utf8(&mut [0; 4]).as_bytes());
                    at += found.len;
                }
                Err(_) => return at,
            },
            None | Some(b'"' | ..0x20) => return at,
            // Output room or the last few bytes ran out.
            Some(_) => {
                let end = plain_until(bytes, at).min(at + 8);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
            }
        }
        to = out.len();
    }
}

/// Valid JSON with U+FFFD for each half of a surrogate pair (both escapes are six bytes long), and spaces for line
/// breaks, which stand between tokens only: an event is one line.
pub(super) fn mended(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let (mut from, mut at) = (0, 0);
    while let Some(found) = memchr::memchr3(b'\\', b'\n', b'\r', &bytes[at..]) {
        at += found;
        // Valid JSON has backslashes in strings only, each the start of an escape.
        let (len, instead) = match bytes[at] {
            b'\\' => match escape(bytes, at) {
                Ok(escape) => (escape.len, escape.lone.then_some("\\ufffd")),
                Err(_) => break,
            },
            _ => (1, Some(" ")),
        };
        if let Some(instead) = instead {
            out.push_str(&json[from..at]);
            out.push_str(instead);
            from = at + len;
        }
        at += len;
    }
    out.push_str(&json[from..]);
    out
}
