//! JSON string escaping (RFC 8259, section 7): texts that need none are told fast, for nearly all need none.

/// Appends `text` as the inside of a JSON string: `"`, `\` and control characters escaped, all else as it is.
#[inline]
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
    } else {
        escape_each(text.as_bytes(), out);
    }
}

fn escape_each(bytes: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    while let Some(found) = find_special(&bytes[from..]) {
        let at = from + found;
        out.extend_from_slice(&bytes[from..at]);
        escape_byte(bytes[at], out);
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Appends `text` as a JSON string with its quotes.
pub fn string_into(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape_into(text, out);
    out.push(b'"');
}

fn escape_byte(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        other => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(other >> 4)]);
            out.push(HEX[usize::from(other & 15)]);
        }
    }
}

const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Is there no byte that must be escaped? Sixteen bytes at a time (the compiler makes vector code of the flat loop), the
/// last sixteen overlapping those before; likewise eight or four of shorter texts.
#[inline]
pub(crate) fn is_plain(bytes: &[u8]) -> bool {
    if let Some(last) = bytes.last_chunk::<16>() {
        let before = bytes.as_chunks::<16>().0.as_flattened();
        return !any_special(before) && !any_special(last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        return specials(u64::from_le_bytes(*first)) | specials(u64::from_le_bytes(*last)) == 0;
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let word = u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
        return specials(word) == 0;
    }
    bytes.iter().all(|b| !is_special(*b))
}

/// Looks at every byte, whatever it finds.
#[inline(always)]
fn any_special(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |found, b| found | u8::from(is_special(*b))) != 0
}

/// Not 0 where one of eight bytes must be escaped: the zero-byte test of "Bit Twiddling Hacks".
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    below_space | zero_byte(word ^ (ONES * u64::from(b'"'))) | zero_byte(word ^ (ONES * u64::from(b'\\')))
}

/// Place of the first byte that a JSON string must escape.
fn find_special(bytes: &[u8]) -> Option<usize> {
    let words = bytes.as_chunks::<8>().0.iter();
    let at = 8 * words.take_while(|word| specials(u64::from_le_bytes(**word)) == 0).count();
    bytes[at..].iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').map(|i| at + i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_read_back_by_serde_json(text in any::<String>()) {
            let mut out = Vec::new();
            string_into(&text, &mut out);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn every_byte_at_every_place_of_a_word() {
        for special in (0u8..0x20).chain([b'"', b'\\', 0x7f, b' ']) {
            for place in 0..24 {
                let mut text = vec![b'a'; 24];
                text[place] = special;
                let text = String::from_utf8(text).unwrap();
                let mut out = Vec::new();
                string_into(&text, &mut out);
                assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            }
        }
    }
}
