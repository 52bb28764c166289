//! PRI of a syslog line (RFC 5424, 6.2.1; RFC 3164, 4.1.1), and the names of facilities and severities, those of
//! `syslog.conf` and, for facilities that it has no name for, of RFC 5424's table 1.

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];

const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Reads `<34>`: 0 to 191 without leading zeros. What follows is given back.
pub fn read(text: &str) -> Option<(u8, &str)> {
    let inside = text.strip_prefix('<')?;
    let len = inside.bytes().take(4).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = inside.split_at(len);
    let valid = len > 0 && (len == 1 || !digits.starts_with('0'));
    let priority = digits.parse().ok().filter(|priority| valid && *priority < 192)?;
    Some((priority, rest.strip_prefix('>')?))
}

/// Name of a facility, 0 to 23.
pub fn facility_name(code: u8) -> &'static str {
    FACILITIES.get(usize::from(code)).copied().unwrap_or_default()
}

/// Name of a severity, 0 to 7.
pub fn severity_name(code: u8) -> &'static str {
    SEVERITIES.get(usize::from(code)).copied().unwrap_or_default()
}

/// Facility and severity of a word that some write before or behind the host: `auth.info` (BusyBox, OpenWrt, Solaris),
/// `<auth.info>` (FreeBSD with `-v`), `auth|security:info` (AIX).
pub fn selector(word: &str) -> Option<(u8, u8)> {
    let word = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).unwrap_or(word);
    let (facility, severity) = word.split_once(['.', ':'])?;
    let facility = facility.split('|').next()?;
    let facility = FACILITIES.iter().position(|name| *name == facility)?;
    let severity = match severity {
        "panic" => 0,
        "error" => 3,
        "warn" => 4,
        other => SEVERITIES.iter().position(|name| *name == other)?,
    };
    Some((facility as u8, severity as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_up_to_191_without_leading_zeros() {
        assert_eq!((read("<0>x"), read("<191>")), (Some((0, "x")), Some((191, ""))));
        for bad in ["", "<>", "<00>", "<002>1", "<192>", "<1234>", "<12", "12>", "<-1>", "<é>"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!((facility_name(23), severity_name(3), facility_name(24)), ("local7", "err", ""));
    }

    #[test]
    fn words_of_facility_and_severity() {
        for word in ["auth.info", "<auth.info>", "auth|security:info"] {
            assert_eq!(selector(word), Some((4, 6)), "{word}");
        }
        assert_eq!(selector("local0.warn"), Some((16, 4)));
        for none in ["", "auth", "auth.x", "x.info", "a.b.c", "<auth.info"] {
            assert_eq!(selector(none), None, "{none}");
        }
    }
}
