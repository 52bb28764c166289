//! Frames of syslog over TCP whose length stands before them, `123 <34>1 …` (RFC 6587, 3.4.1), as found in files that
//! someone wrote from such a stream: the length is passed over, and frames that follow in one line are split.

use crate::formats::Refusal;

/// Gives each message of the text to `take`, the text itself if no length stands before it. A refusal of one is a refusal
/// of all.
pub fn each<'a>(text: &'a str, mut take: impl FnMut(&'a str) -> Result<(), Refusal>) -> Result<(), Refusal> {
    let mut rest = text;
    while let Some((length, message)) = framed(rest) {
        match split(message, length) {
            Some((message, after)) => {
                take(message)?;
                rest = after;
            }
            None => return take(message),
        }
    }
    take(rest)
}

/// The text without a length before it, where another frame does not follow.
pub fn first(text: &str) -> &str {
    let Some((length, message)) = framed(text) else { return text };
    split(message, length).map_or(message, |(message, _)| message)
}

/// A length, and the text behind it, which is the message and what may follow.
fn framed(text: &str) -> Option<(usize, &str)> {
    let len = text.bytes().take(8).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    let rest = rest.strip_prefix(' ').filter(|rest| rest.starts_with('<') && !digits.starts_with('0'))?;
    Some((digits.parse().ok()?, rest))
}

/// A message of this length, if another frame follows; a length that is another (the sender counted a line break, or a
/// relay changed the text) says nothing.
fn split(text: &str, length: usize) -> Option<(&str, &str)> {
    let (message, after) = text.split_at_checked(length)?;
    let after = after.trim_start_matches('\n');
    framed(after).map(|_| (message.trim_end_matches('\n'), after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let _ = each(text, |message| {
            found.push(message);
            Ok(())
        });
        found
    }

    #[test]
    fn a_length_is_passed_over_and_frames_are_split() {
        assert_eq!(all("<34>1 - x"), ["<34>1 - x"]);
        assert_eq!((all("9 <34>1 - x"), all("10 <34>1 - x")), (vec!["<34>1 - x"], vec!["<34>1 - x"]));
        assert_eq!(all("9 <34>1 - x8 <3>1 - y7 <4>hey"), ["<34>1 - x", "<3>1 - y", "<4>hey"]);
        assert_eq!(all("10 <34>1 - x\n8 <3>1 - y"), ["<34>1 - x", "<3>1 - y"]);
        assert_eq!(all("3 <34>é - x"), ["<34>é - x"]);
        for none in ["", "9", "9 x", "09 <34>x", "999999999 <3>x"] {
            assert_eq!(all(none), [none]);
        }
        assert_eq!((first("9 <34>1 - x8 <3>1 - y"), first("9 <3>x"), first("x")), ("<34>1 - x", "<3>x", "x"));
    }

    proptest! {
        #[test]
        fn any_text(text in "([0-9]{1,3} <[0-9]{1,2}>|[é\n x]{0,3}){0,8}") {
            for message in all(&text) {
                prop_assert!(text.contains(message));
            }
        }
    }
}
