//! Strings: finding their end, checking their escapes, and their text.

use super::Invalid;
use catchwater_schemas::fields::Value;
use std::borrow::Cow;

/// The inside of a JSON string as it was written, its escapes checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonStr<'a> {
    pub(super) raw: &'a str,
    pub(super) marks: Marks,
}

/// What a string's escapes hold. A whole word: two flags of a byte each, written one by one and copied together,
/// would make the processor wait for its own writes at every string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Marks {
    #[default]
    Plain,
    Escapes,
    /// Escapes, half a surrogate pair among them.
    LoneSurrogate,
}

impl<'a> JsonStr<'a> {
    /// What stands between the quotes.
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// What stands between the quotes, halves of surrogate pairs replaced.
    pub(super) fn to_event(self) -> Cow<'a, str> {
        if self.marks == Marks::LoneSurrogate {
            Cow::Owned(mended(self.raw))
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// Are there escapes, so that the text differs from [`JsonStr::raw`]?
    pub fn has_escapes(self) -> bool {
        self.marks != Marks::Plain
    }

    /// Is the text empty?
    pub fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The text. Half a surrogate pair, which no text can hold, comes out as U+FFFD.
    #[inline]
    pub fn text(self) -> Cow<'a, str> {
        if !self.has_escapes() {
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
        if self.has_escapes() {
            unescape(self.raw.as_bytes(), out);
        } else {
            out.extend_from_slice(self.raw.as_bytes());
        }
    }
}

/// A string goes into an event without being unescaped and escaped again.
impl<'a> From<JsonStr<'a>> for Value<'a> {
    fn from(string: JsonStr<'a>) -> Self {
        if string.marks == Marks::LoneSurrogate {
            Value::Text(string.text())
        } else {
            Value::Escaped(string.raw)
        }
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
/// Bytes whose escapes are found together, as many as a word has bits.
const BLOCK: usize = 64;
/// Bytes of input and of output that must lie ahead for a block: itself, an escape's letter, and a copy of a block.
const AHEAD: usize = BLOCK + 2 + BLOCK;

/// Appends the text of the string whose inside starts at the front of `bytes`; answers where it stopped: at the
/// closing quote, a control character, a broken escape or the end.
///
/// Dense escapes (a CloudTrail event in an envelope has one every ten bytes) make each branch on "how far to the next"
/// a coin toss. So the escapes of a block are found together, and whatever their distance, a whole block is copied
/// behind each.
pub(super) fn unescape(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let mut at = 0;
    let mut to = out.len();
    loop {
        out.resize(to + ROOM, 0);
        while let (Some(input), Some(output)) = (bytes[at..].first_chunk(), out[to..].first_chunk_mut()) {
            let (read, written, stop) = unescape_block(input, output);
            at += read;
            to += written;
            if stop {
                break;
            }
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
            // Output room or the last bytes ran out.
            Some(_) => {
                let end = plain_until(bytes, at).min(at + BLOCK);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
            }
        }
        to = out.len();
    }
}

/// Unescapes a block: bytes read, bytes written, and whether it stopped at something other than a one-letter escape.
#[inline(always)]
fn unescape_block(input: &[u8; AHEAD], output: &mut [u8; AHEAD]) -> (usize, usize, bool) {
    output[..BLOCK].copy_from_slice(&input[..BLOCK]);
    let mut left = block_specials(input);
    let (mut read, mut removed) = (BLOCK, 0);
    while left != 0 {
        let found = left.trailing_zeros() as usize % BLOCK;
        let place = (found - removed) % BLOCK;
        let letter = SIMPLE[usize::from(input[found + 1])];
        if (input[found] != b'\\') | (letter == 0) {
            return (found, place, true);
        }
        output[place] = letter;
        output[place + 1..][..BLOCK].copy_from_slice(&input[found + 2..][..BLOCK]);
        removed += 1;
        read = BLOCK.max(found + 2);
        // The letter may be a quote or backslash itself; of the last byte's escape it lies in the next block.
        left &= left - 1;
        left &= !(2 << found);
    }
    (read, read - removed, false)
}

/// A bit for each byte of the block that ends a run of plain characters.
#[inline(always)]
fn block_specials(input: &[u8; AHEAD]) -> u64 {
    let mut flags = [0u8; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(input) {
        *flag = u8::from((*byte == b'"') | (*byte == b'\\') | (*byte < 0x20));
    }
    // The product moves the lowest bit of each byte, in order, to the highest byte; no two meet.
    let bits = |eight: &[u8]| word(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    flags.chunks_exact(8).enumerate().fold(0, |set, (n, eight)| set | bits(eight) << (8 * n))
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
