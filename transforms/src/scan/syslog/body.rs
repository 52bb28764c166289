//! What stands behind the time of a line that is not of RFC 5424: `host program[pid]: message` (RFC 3164, 4.1.2 and 4.1.3),
//! of which host and program may be missing.

use super::tag::{self, Tag};
use super::{Head, priority, structured_data};
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, decimal, level, token};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// The parts; empty where they are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<'a> {
    /// Host.
    pub host: &'a str,
    /// Program; `None` if it is not surely told.
    pub tag: Option<Tag<'a>>,
    /// Facility and severity, where they are written as a word.
    pub selector: Option<(u8, u8)>,
    /// Id of the message (Solaris).
    pub msgid: &'a str,
    /// Structured data at the message's start, as rsyslog puts into its own.
    pub elements: &'a str,
    /// The message.
    pub message: &'a str,
}

impl<'a> Body<'a> {
    /// Sets all but the message, with what stood before it.
    pub fn set(
        &self,
        priority: Option<u8>,
        time: Option<Timestamp>,
        fields: &mut Fields<'a>,
        free: &mut FreeFields,
    ) {
        let Tag { name: program, procid, detail } = self.tag.unwrap_or_default();
        let (facility, severity) = self.selector.unzip();
        let Body { host, msgid, .. } = *self;
        Head { priority, facility, severity, time, host, program, procid, msgid }.set(fields);
        if !self.elements.is_empty() {
            let json = structured_data::json(self.elements);
            fields.set(Field::LogSyslogStructuredData, Value::Json(json.into()));
        }
        free.add("tag_detail", detail);
    }
}

/// Reads what stands behind the time.
pub fn read(text: &str) -> Body<'_> {
    let text = text.trim_start_matches(' ');
    if repetition(text).is_some() {
        return Body { message: text, ..Body::default() };
    }
    let (first, after) = token::first(text);
    let selector = priority::selector(first);
    let text = if selector.is_some() { after.trim_start_matches(' ') } else { text };
    let (first, after) = token::first(text);
    match tag::read(text).filter(|_| !address::is_ip(first)) {
        Some((tag, message)) => of_message(Body { tag: Some(tag), selector, ..Body::default() }, message),
        None => with_host(text, first, after.trim_start_matches(' '), selector),
    }
}

/// Is this a line that `journalctl` writes between entries?
pub fn is_heading(text: &str) -> bool {
    let starts =
        ["-- Logs begin at ", "-- Journal begins at ", "-- Boot ", "-- Reboot --", "-- No entries --"];
    text.ends_with("--") && starts.iter().any(|start| text.starts_with(start))
}

/// How often a message came again, if the text says so. No host stands before it where syslogd itself wrote it.
pub fn repetition(text: &str) -> Option<&str> {
    let text = text.strip_prefix("--- ").unwrap_or(text);
    let (times, _) = text.strip_prefix("last message repeated ")?.split_once(" time")?;
    decimal::unsigned(times).map(|_| times)
}

fn with_host<'a>(text: &'a str, host: &'a str, after: &'a str, selector: Option<(u8, u8)>) -> Body<'a> {
    let (word, behind) = token::first(after);
    let (selector, after) = match priority::selector(word) {
        Some(found) if selector.is_none() => (Some(found), behind.trim_start_matches(' ')),
        _ => (selector, after),
    };
    // `asa-1 : %ASA-6-302013: …`
    let after = after.strip_prefix(": ").unwrap_or(after);
    let body = Body { host, selector, ..Body::default() };
    // AIX names the host that a line came from.
    let forwarded = after.strip_prefix("Message forwarded from ").and_then(|rest| rest.split_once(": "));
    let (host, after) = forwarded.filter(|(host, _)| is_host(host)).unwrap_or((host, after));
    let body = Body { host, ..body };
    if let Some((tag, message)) = tag::read(after).or_else(|| tag::with_spaces(after)) {
        return of_message(Body { tag: Some(tag), ..body }, message);
    }
    if let Some((name, message)) = tag::before_bracket(after) {
        return of_message(Body { tag: Some(Tag { name, ..Tag::default() }), ..body }, message);
    }
    if after.is_empty() || !is_host(host) {
        return Body { host: "", message: text, ..body };
    }
    Body { message: after, ..body }
}

/// Could this word be a host's name or address, and no level of a logger?
pub fn is_host(word: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'@' | b'/');
    !word.is_empty() && word.bytes().all(is_name) && !level::is_level(&word.to_ascii_uppercase())
}

fn of_message<'a>(body: Body<'a>, message: &'a str) -> Body<'a> {
    let message = message.strip_prefix('\u{feff}').unwrap_or(message);
    if let Some((msgid, selector, message)) = of_solaris(message) {
        return Body { msgid, selector: body.selector.or(Some(selector)), message, ..body };
    }
    match structured_data::take(message) {
        Some((elements, rest)) if elements.contains("=\"") && (rest.is_empty() || rest.starts_with(' ')) => {
            Body { elements, message: rest.trim_start_matches(' '), ..body }
        }
        _ => Body { message, ..body },
    }
}

/// `[ID 800047 auth.info] Failed password …` (`syslogd(8)` of Solaris, "message ID").
fn of_solaris(text: &str) -> Option<(&str, (u8, u8), &str)> {
    let (id, rest) = text.strip_prefix("[ID ")?.split_once(' ')?;
    let (selector, message) = rest.split_once("] ")?;
    decimal::unsigned(id)?;
    Some((id, priority::selector(selector)?, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn host_and_program_may_be_missing() {
        for (text, host, name, procid, message) in [
            (" web1 sshd[27]: x", "web1", "sshd", "27", "x"),
            (" haproxy[73411]: x", "", "haproxy", "73411", "x"),
            (" 2001:db8::1 su: x", "2001:db8::1", "su", "", "x"),
            (" 2001:db8:: su: x", "2001:db8::", "su", "", "x"),
            (" web1 lookup for x failed", "web1", "", "", "lookup for x failed"),
            (" master apache_error [Tue Jun", "master", "apache_error", "", "[Tue Jun"),
            (" --- last message repeated 1 time ---", "", "", "", "--- last message repeated 1 time ---"),
            (" web1 last message repeated 3 times", "web1", "", "", "last message repeated 3 times"),
            (" asa : %ASA-6-302013: x", "asa", "%ASA-6-302013", "", "x"),
            (" hello", "", "", "", "hello"),
            (" ERROR it failed", "", "", "", "ERROR it failed"),
            (" aix1 Message forwarded from aix2: su: x", "aix2", "su", "", "x"),
            (" mac1 Google Chrome[5]: x", "mac1", "Google Chrome", "5", "x"),
            (" (none) syslogd: x", "(none)", "syslogd", "", "x"),
        ] {
            let body = read(text);
            let tag = body.tag.unwrap_or_default();
            assert_eq!(
                (body.host, tag.name, tag.procid, body.message),
                (host, name, procid, message),
                "{text}"
            );
        }
    }

    #[test]
    fn facility_and_severity_as_words() {
        for text in [
            "daemon.info dnsmasq[1]: x",
            "<daemon.info> gw dnsmasq[1]: x",
            "gw daemon.info dnsmasq[1]: x",
            "gw daemon:info dnsmasq[1]: x",
            "gw dnsmasq[1]: [ID 800047 daemon.info] x",
        ] {
            let body = read(text);
            assert_eq!((body.selector, body.message), (Some((3, 6)), "x"), "{text}");
            assert_eq!(body.tag.unwrap_or_default().name, "dnsmasq");
        }
        assert_eq!(read("gw dnsmasq[1]: [ID 800047 daemon.info] x").msgid, "800047");
    }

    #[test]
    fn structured_data_stand_before_messages_of_rsyslog() {
        let body = read(r#"web1 rsyslogd:  [origin software="rsyslogd" x-pid="8979"] start"#);
        assert_eq!((body.elements, body.message), (r#"[origin software="rsyslogd" x-pid="8979"]"#, "start"));
        assert_eq!(read("web1 a: [b] c").message, "[b] c");
    }

    proptest! {
        #[test]
        fn any_text(text in "[ab1:.\\[\\]() <>é=\"-]{0,40}") {
            let body = read(&text);
            prop_assert!(text.ends_with(body.message));
        }
    }
}
