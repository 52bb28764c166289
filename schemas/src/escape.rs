//! JSON string escaping (RFC 8259, section 7): each byte of text is looked at once on its way into an event.

/// Appends `text` as the inside of a JSON string: `"`, `\` and control characters escaped, all else as it is.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
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

/// Place of the first byte that a JSON string must escape: eight bytes at a time with the exact zero-byte test of
/// "Bit Twiddling Hacks" (a false alarm only makes the tail loop look again).
fn find_special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |x: u64| x.wrapping_sub(ONES) & !x & HIGH;
    let mut at = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let quote = zero_byte(word ^ (ONES * u64::from(b'"')));
        let backslash = zero_byte(word ^ (ONES * u64::from(b'\\')));
        if below_space | quote | backslash != 0 {
            break;
        }
        at += 8;
    }
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
