//! What routers and switches of Cisco (IOS, NX-OS, ASA) write: `000024: host: *Mar  1 18:46:11.123 UTC: %SYS-5-CONFIG_I:
//! text`
//! (<https://www.cisco.com/c/en/us/td/docs/routers/access/wireless/software/guide/SysMsgLogging.html>).

/// What stands before the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before<'a> {
    /// Number of the message (`service sequence-numbers`).
    pub sequence: &'a str,
    /// Host (`logging origin-id hostname`).
    pub host: &'a str,
    /// The time and what follows, without the mark that says that the clock is not set (`*`) or not in step (`.`).
    pub rest: &'a str,
}

/// Reads what stands before the time; a line without any of it is all rest.
pub fn before_time(text: &str) -> Before<'_> {
    let mut before = Before { rest: text.strip_prefix(": ").unwrap_or(text), ..Before::default() };
    if let Some((word, rest)) = labelled(before.rest)
        && word.bytes().all(|b| b.is_ascii_digit())
    {
        (before.sequence, before.rest) = (word, rest);
    }
    if let Some((word, rest)) = labelled(before.rest)
        && word.bytes().any(|b| b.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':'))
    {
        (before.host, before.rest) = (word, rest);
    }
    before.rest = before.rest.strip_prefix(['*', '.']).unwrap_or(before.rest);
    before
}

/// A word before `: `.
fn labelled(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(' ')?;
    Some((word.strip_suffix(':').filter(|word| !word.is_empty())?, rest))
}

/// `%SYS-5-CONFIG_I`: the program that reports, how severe, and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mnemonic<'a> {
    /// `SYS`, `ASA`.
    pub facility: &'a str,
    /// 0 (worst) to 7.
    pub severity: u8,
    /// `CONFIG_I`, `302013`.
    pub code: &'a str,
}

/// Reads a mnemonic at the start of a message.
pub fn mnemonic(message: &str) -> Option<Mnemonic<'_>> {
    let inside = message.strip_prefix('%')?;
    let length = inside.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    let (word, rest) = inside.split_at(length);
    let mut parts = word.rsplitn(3, '-');
    let (code, severity, facility) = (parts.next()?, parts.next()?, parts.next()?);
    let severity = match severity.as_bytes() {
        [digit @ b'0'..=b'7'] => digit - b'0',
        _ => return None,
    };
    let valid =
        rest.starts_with(':') && !code.is_empty() && facility.starts_with(|c: char| c.is_ascii_alphabetic());
    valid.then_some(Mnemonic { facility, severity, code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_before_the_time() {
        for (text, sequence, host, rest) in [
            ("24: *Mar  1 18:46:11: x", "24", "", "Mar  1 18:46:11: x"),
            ("29: foo: .Apr 29 13:58:46: x", "29", "foo", "Apr 29 13:58:46: x"),
            (": 2024 Jan  1 12:00:00 UTC: %A-5-B: x", "", "", "2024 Jan  1 12:00:00 UTC: %A-5-B: x"),
            ("Mar  1 18:46:11: x", "", "", "Mar  1 18:46:11: x"),
        ] {
            assert_eq!(before_time(text), Before { sequence, host, rest }, "{text}");
        }
    }

    #[test]
    fn mnemonics() {
        let read = |text| mnemonic(text).map(|m| (m.facility, m.severity, m.code));
        assert_eq!(read("%SYS-5-CONFIG_I: x"), Some(("SYS", 5, "CONFIG_I")));
        assert_eq!(read("%ASA-6-302013: x"), Some(("ASA", 6, "302013")));
        assert_eq!(read("%SEC-SLOT1-3-X: x"), Some(("SEC-SLOT1", 3, "X")));
        for none in ["", "%", "%% x", "%A-9-B: x", "%A-5-B x", "%5-B: x", "A-5-B: x"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
