//! Colours and other attributes that loggers write for terminals (ECMA-48, 8.3.117, SGR: `ESC [ 1;36 m`).

use memchr::memchr;
use std::borrow::Cow;

const ESCAPE: u8 = 0x1b;

/// The text without them.
pub fn stripped(text: &str) -> Cow<'_, str> {
    let Some(mut at) = memchr(ESCAPE, text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    loop {
        let length = sequence(&text.as_bytes()[at..]);
        if length > 0 {
            out.push_str(&text[from..at]);
            from = at + length;
        }
        let next = at + length.max(1);
        match memchr(ESCAPE, &text.as_bytes()[next..]) {
            Some(found) => at = next + found,
            None => break,
        }
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// Length of the sequence at the front; 0 if it is none that sets attributes.
fn sequence(bytes: &[u8]) -> usize {
    let Some(rest) = bytes.strip_prefix(b"\x1b[") else { return 0 };
    let parameters = rest.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count();
    if rest.get(parameters) == Some(&b'm') { parameters + 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn attributes_go_and_all_else_stays() {
        assert_eq!(stripped("a\x1b[4;36;1mUser Load\x1b[0m é\x1b[m"), "aUser Load é");
        for kept in ["plain", "\x1b", "\x1b[", "\x1b[2K", "\x1b[1", "\x1b\x1b"] {
            assert_eq!(stripped(kept), kept);
        }
        assert_eq!(stripped("\x1b\x1b[1mx"), "\x1bx");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_grows(text in "[\x1b\\[0-9;mé]{0,30}") {
            prop_assert!(stripped(&text).len() <= text.len());
        }
    }
}
