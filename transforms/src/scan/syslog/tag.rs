//! The program before a message (RFC 3164, 5.3): `sshd[2738]: `, `su: `; without the colon where the brackets say what it
//! is (`sshd[2738] `); launchd's `com.apple.xpc.launchd[1] (com.apple.bird[55]): `.

/// The tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag<'a> {
    /// Name of the program.
    pub name: &'a str,
    /// What stands in brackets, a process's id mostly.
    pub procid: &'a str,
    /// What launchd has in parentheses.
    pub detail: &'a str,
}

/// RFC 3164 has 32; daemons of macOS and containers have longer names.
const MOST_NAME_BYTES: usize = 128;

/// Reads a tag; the message comes without spaces before it.
pub fn read(text: &str) -> Option<(Tag<'_>, &str)> {
    let length = text.bytes().take(MOST_NAME_BYTES + 2).take_while(|b| is_name(*b)).count();
    let (word, rest) = text.split_at(length);
    let (name, procid, rest) = match rest.as_bytes().first() {
        Some(b'[') => {
            let (procid, rest) = bracketed(rest)?;
            (word, procid, rest)
        }
        Some(b' ' | b'\t') | None => (word.strip_suffix(':')?, "", rest),
        _ => return None,
    };
    let named = name.bytes().any(|b| b.is_ascii_alphabetic()) && name.len() <= MOST_NAME_BYTES;
    named.then(|| {
        let (detail, rest) = parenthesised(rest).unwrap_or(("", rest));
        (Tag { name, procid, detail }, rest.trim_start_matches(' '))
    })
}

/// A name alone before a bracket that begins the message: `apache_error [Tue Jun 08 …`.
pub fn before_bracket(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.split_once(' ')?;
    let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/'));
    (named && rest.starts_with('[') && name.starts_with(|c: char| c.is_ascii_alphabetic()))
        .then_some((name, rest))
}

/// Names that have a space, which only a host before them lets tell: `Google Chrome[55]: ` of macOS, `syslogd 1.4.1: `.
pub fn with_spaces(text: &str) -> Option<(Tag<'_>, &str)> {
    if let Some((name, rest)) = text.split_once(' ')
        && name.ends_with("logd")
        && let Some((version, message)) = rest.split_once(": ")
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
    {
        return Some((Tag { name, ..Tag::default() }, message));
    }
    let length = text.bytes().take(64).position(|b| b == b'[')?;
    let name = text.get(..length)?;
    let is_title = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let (procid, rest) = bracketed(&text[length..])?;
    let valid = name.split(' ').all(is_title) && procid.bytes().all(|b| b.is_ascii_digit());
    let message = text[..text.len() - rest.len()].ends_with(':').then(|| rest.trim_start_matches(' '))?;
    valid.then_some((Tag { name, procid, detail: "" }, message))
}

fn is_name(b: u8) -> bool {
    b.is_ascii_graphic()
        && !matches!(
            b,
            b'[' | b']' | b'"' | b'\'' | b'=' | b',' | b';' | b'{' | b'}' | b'<' | b'>' | b'|' | b'?'
        )
}

/// `[2738]: ` or `[2738] `; behind it a space, the end, or after a colon anything.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let length =
        inside.bytes().take(MOST_NAME_BYTES + 1).take_while(|b| b.is_ascii_graphic() && *b != b']').count();
    let (procid, rest) = inside.split_at(length);
    let rest = rest.strip_prefix(']').filter(|_| !procid.contains('['))?;
    match rest.strip_prefix(':') {
        Some(rest) => Some((procid, rest)),
        None => (rest.is_empty() || rest.starts_with(' ')).then_some((procid, rest)),
    }
}

fn parenthesised(text: &str) -> Option<(&str, &str)> {
    let (detail, rest) = text.strip_prefix(" (")?.split_once("):")?;
    (!detail.contains(' ')).then_some((detail, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_and_without_a_process() {
        for (text, name, procid, message) in [
            ("sshd[2738]: x: y", "sshd", "2738", "x: y"),
            ("su: x", "su", "", "x"),
            ("postfix/smtpd[1]:x", "postfix/smtpd", "1", "x"),
            ("liblogging-stdlog:  x", "liblogging-stdlog", "", "x"),
            ("36e1cf3e1bf2[app-1]: x", "36e1cf3e1bf2", "app-1", "x"),
            ("sshd[2738] x", "sshd", "2738", "x"),
            ("Foo::Bar[1]: x", "Foo::Bar", "1", "x"),
            ("kernel:", "kernel", "", ""),
            ("a[]: x", "a", "", "x"),
        ] {
            let expected = Tag { name, procid, detail: "" };
            assert_eq!(read(text), Some((expected, message)), "{text}");
        }
        let launchd = "com.apple.xpc.launchd[1] (com.apple.bird[55]): Service exited";
        let (tag, message) = read(launchd).unwrap();
        assert_eq!(
            (tag.name, tag.detail, message),
            ("com.apple.xpc.launchd", "com.apple.bird[55]", "Service exited")
        );
    }

    #[test]
    fn words_that_are_none() {
        for none in [
            "",
            "x",
            "x y",
            "web1",
            "[a]: x",
            "12: x",
            "::1 x",
            "a[b c]: x",
            "a[1]x",
            "\"a\": x",
            "a=b: x",
            "é: x",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        let spaced = |text| with_spaces(text).map(|(tag, message)| (tag.name, tag.procid, message));
        assert_eq!(spaced("Google Chrome Helper[5]: x"), Some(("Google Chrome Helper", "5", "x")));
        assert_eq!(spaced("syslogd 1.4.1: restart."), Some(("syslogd", "", "restart.")));
        for none in
            ["", "Lost lease[5]: x", "Lost[a]: x", "Lost Lease[5] x", "é[5]: x", "syslogd x: y", "a 1: b"]
        {
            assert_eq!(spaced(none), None, "{none}");
        }
        assert_eq!(before_bracket("apache_error [Tue x"), Some(("apache_error", "[Tue x")));
        for none in ["", "a", "a b [c", "a: [b", "1 [x", "[a] [b"] {
            assert_eq!(before_bracket(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "[a-c1:\\[\\]() é/]{0,30}") {
            if let Some((_, message)) = read(&text) {
                prop_assert!(text.ends_with(message));
            }
            let _ = (before_bracket(&text), with_spaces(&text));
        }
    }
}
