//! Who logged in, or tried to: messages of OpenSSH's server (`auth_log` in `auth.c`, `packet.c`; the texts have been the
//! same since version 3) and of PAM's `pam_unix` and `pam_succeed_if`. Only whole messages are read: names come from
//! whoever tries, and may hold what looks like the rest of one.

use crate::emit::Shared;
use crate::scan::free_fields::FreeFields;
use crate::scan::{address, host_port};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

const LOGIN: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"authentication\"]"))),
    (Field::EventType, Value::Escaped("start")),
];
const ATTEMPT: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"authentication\"]"))),
    (Field::EventType, Value::Escaped("info")),
];
const OPENED: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"session\"]"))),
    (Field::EventType, Value::Escaped("start")),
];
const CLOSED: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"session\"]"))),
    (Field::EventType, Value::Escaped("end")),
];

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Login<'a> {
    shared: Shared,
    action: &'static str,
    outcome: &'static str,
    user: &'a str,
    host: &'a str,
    port: Option<u16>,
    method: &'a str,
    /// Who opened a session for another.
    by: &'a str,
}

/// Sets who logged in from where, if the message surely says it; the values that all such events share.
pub fn set<'a>(
    program: &str,
    message: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) -> Option<Shared> {
    let of_ssh = matches!(program, "sshd" | "sshd-session" | "sshd-auth").then(|| ssh(message)).flatten();
    // Old versions name the module with the program.
    let of_pam = || if program.ends_with("(pam_unix)") { pam_text(message) } else { pam(message) };
    let login = of_ssh.or_else(of_pam)?;
    fields.set(Field::EventAction, Value::Escaped(login.action));
    if !login.outcome.is_empty() {
        fields.set(Field::EventOutcome, Value::Escaped(login.outcome));
    }
    fields.set_present(Field::UserName, login.user);
    if !login.host.is_empty() {
        address::set_source(fields, login.host);
    }
    if let Some(port) = login.port {
        fields.set(Field::SourcePort, u64::from(port));
    }
    free.add("method", login.method);
    free.add("by", login.by);
    Some(login.shared)
}

const NOTHING: Login<'static> = Login {
    shared: ATTEMPT,
    action: "ssh_login",
    outcome: "",
    user: "",
    host: "",
    port: None,
    method: "",
    by: "",
};

fn ssh(message: &str) -> Option<Login<'_>> {
    let text = message.strip_suffix(" [preauth]").unwrap_or(message);
    let (first, rest) = text.split_once(' ')?;
    match first {
        "Accepted" | "Failed" => {
            let (method, rest) = rest.split_once(" for ")?;
            let (user, host, port) = peer(user_of(rest)?, true)?;
            let (shared, outcome) =
                if first == "Accepted" { (LOGIN, "success") } else { (ATTEMPT, "failure") };
            let valid = !method.contains(' ');
            valid.then_some(Login { shared, outcome, user, host, port: Some(port), method, ..NOTHING })
        }
        "Invalid" => {
            let (user, place) = rest.strip_prefix("user ")?.rsplit_once(" from ")?;
            let (host, port) = host_and_port(place)?;
            let invalid = Login { action: "invalid_user", outcome: "failure", ..NOTHING };
            Some(Login { user, host, port, ..invalid })
        }
        "Connection" | "Disconnected" => {
            let rest =
                ["closed by ", "reset by ", "from "].iter().find_map(|start| rest.strip_prefix(start))?;
            let known = ["authenticating user ", "invalid user ", "user "];
            let named = known.iter().find_map(|start| rest.strip_prefix(start));
            let (user, place) = named.map_or(Some(("", rest)), last_three)?;
            let (host, port) = host_and_port(place)?;
            let sure = port.is_some() || address::is_ip(host);
            sure.then_some(Login { shared: CLOSED, action: "disconnect", user, host, port, ..NOTHING })
        }
        "Received" => {
            // `1.2.3.4 port 22:11: Bye`, before version 7.2 `1.2.3.4: 11: Bye`.
            let rest = rest.strip_prefix("disconnect from ")?;
            let (place, _) = rest.split_once(": ")?;
            let place = match place.rsplit_once(':') {
                Some((before, code)) if before.contains(' ') && code.len() <= 3 => before,
                _ => place,
            };
            let (host, port) = host_and_port(place)?;
            Some(Login { shared: CLOSED, action: "disconnect", host, port, ..NOTHING })
        }
        "error:" => {
            let rest = rest.strip_prefix("maximum authentication attempts exceeded for ")?;
            let (user, host, port) = peer(user_of(rest)?, true)?;
            let failed = Login { action: "too_many_attempts", outcome: "failure", ..NOTHING };
            Some(Login { user, host, port: Some(port), ..failed })
        }
        _ => None,
    }
}

/// The user's name and what follows it, without the mark of users that do not exist.
fn user_of(text: &str) -> Option<&str> {
    Some(text.strip_prefix("invalid user ").or_else(|| text.strip_prefix("illegal user ")).unwrap_or(text))
}

/// `bob from 192.0.2.1 port 22 ssh2`, perhaps with a key behind a colon.
fn peer(text: &str, protocol: bool) -> Option<(&str, &str, u16)> {
    let (user, place) = text.rsplit_once(" from ")?;
    let place = match place.split_once(" ssh2") {
        Some((place, rest)) if rest.is_empty() || rest.starts_with(": ") => place,
        _ if protocol => return None,
        _ => place,
    };
    let (host, port) = host_and_port(place)?;
    Some((user, host, port?))
}

/// `bob 192.0.2.1 port 22`: the name, and the last three words.
fn last_three(text: &str) -> Option<(&str, &str)> {
    let (at, _) = text.rmatch_indices(' ').nth(2)?;
    Some((&text[..at], &text[at + 1..]))
}

/// `192.0.2.1 port 22`, or an address alone.
fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    match text.split_once(' ') {
        Some((host, rest)) => {
            let port = host_port::port(rest.strip_prefix("port ")?)?;
            is_host(host).then_some((host, Some(port)))
        }
        None => is_host(text).then_some((text, None)),
    }
}

/// An address, or with `UseDNS` a name.
fn is_host(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    address::is_ip(text)
        || (text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.bytes().all(is_name))
}

fn pam(message: &str) -> Option<Login<'_>> {
    let text = match message.split_once("): ") {
        Some((module, text)) if module.starts_with("pam_") && !module.contains(' ') => text,
        Some(_) => return None,
        None => message.strip_prefix("PAM ")?,
    };
    pam_text(text)
}

fn pam_text(text: &str) -> Option<Login<'_>> {
    if let Some(session) = text.strip_prefix("session ") {
        let (what, user) = session.split_once(" for user ")?;
        let (shared, action) = match what {
            "opened" => (OPENED, "session_opened"),
            "closed" => (CLOSED, "session_closed"),
            _ => return None,
        };
        let (user, by) = user.split_once(" by ").unwrap_or((user, ""));
        let name = |text: &str| text.find('(').unwrap_or(text.len());
        let (user, by) = (&user[..name(user)], &by[..name(by)]);
        let valid = !user.contains(' ') && !by.contains(' ');
        return valid.then_some(Login { shared, action, user, by, ..NOTHING });
    }
    let (failure, values) = text.split_once("; logname=")?;
    if !failure.contains("authentication failure") {
        return None;
    }
    let (_, values) = values.split_once(" rhost=")?;
    let (host, user) = values.split_once(' ').unwrap_or((values, ""));
    let user = user.trim_start_matches(' ').strip_prefix("user=").unwrap_or_default();
    let failed = Login { action: "authentication_failure", outcome: "failure", ..NOTHING };
    Some(Login { user: user.trim_end(), host: if is_host(host) { host } else { "" }, ..failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(message: &str) -> Option<(&'static str, &'static str, &str, &str, u16)> {
        let login = ssh(message).or_else(|| pam(message))?;
        Some((login.action, login.outcome, login.user, login.host, login.port.unwrap_or_default()))
    }

    #[test]
    fn messages_of_sshd() {
        let fail = |user, host, port| Some(("ssh_login", "failure", user, host, port));
        for (message, expected) in [
            (
                "Accepted publickey for bob from 192.0.2.1 port 22 ssh2",
                Some(("ssh_login", "success", "bob", "192.0.2.1", 22)),
            ),
            (
                "Accepted publickey for bob from 2001:db8::1 port 22 ssh2: RSA SHA256:abc",
                Some(("ssh_login", "success", "bob", "2001:db8::1", 22)),
            ),
            ("Failed password for root from 192.0.2.1 port 1786 ssh2", fail("root", "192.0.2.1", 1786)),
            ("Failed none for invalid user  from 192.0.2.1 port 1 ssh2", fail("", "192.0.2.1", 1)),
            (
                "Failed password for invalid user a from 198.51.100.1 port 2 ssh2 from 192.0.2.1 port 1 ssh2",
                fail("a from 198.51.100.1 port 2 ssh2", "192.0.2.1", 1),
            ),
            ("Invalid user test from 192.0.2.1", Some(("invalid_user", "failure", "test", "192.0.2.1", 0))),
            (
                "Invalid user a b from 192.0.2.1 port 7",
                Some(("invalid_user", "failure", "a b", "192.0.2.1", 7)),
            ),
            (
                "Connection closed by authenticating user root 192.0.2.1 port 5 [preauth]",
                Some(("disconnect", "", "root", "192.0.2.1", 5)),
            ),
            ("Connection closed by 192.0.2.1 [preauth]", Some(("disconnect", "", "", "192.0.2.1", 0))),
            ("Disconnected from 192.0.2.1 port 5", Some(("disconnect", "", "", "192.0.2.1", 5))),
            (
                "Received disconnect from 192.0.2.1: 11: disconnected by user",
                Some(("disconnect", "", "", "192.0.2.1", 0)),
            ),
            (
                "Received disconnect from 2001:db8::1 port 5:11: Bye",
                Some(("disconnect", "", "", "2001:db8::1", 5)),
            ),
            (
                "error: maximum authentication attempts exceeded for invalid user x from 192.0.2.1 port 5 ssh2 [preauth]",
                Some(("too_many_attempts", "failure", "x", "192.0.2.1", 5)),
            ),
        ] {
            assert_eq!(read(message), expected, "{message}");
        }
    }

    #[test]
    fn messages_of_pam() {
        let failure = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root";
        assert_eq!(read(failure), Some(("authentication_failure", "failure", "root", "192.0.2.1", 0)));
        let old =
            pam_text("authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=192.0.2.1 ")
                .unwrap();
        assert_eq!((old.host, old.user), ("192.0.2.1", ""));
        let more = "PAM 4 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1";
        assert_eq!(read(more), Some(("authentication_failure", "failure", "", "192.0.2.1", 0)));
        assert_eq!(
            pam("pam_unix(su:session): session opened for user root(uid=0) by bob(uid=1)").unwrap().by,
            "bob"
        );
        let opened = "pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)";
        assert_eq!(read(opened), Some(("session_opened", "", "bob", "", 0)));
        assert_eq!(
            read("pam_unix(cron:session): session closed for user bob"),
            Some(("session_closed", "", "bob", "", 0))
        );
    }

    #[test]
    fn what_is_not_surely_such_a_message() {
        for none in [
            "",
            "Accepted",
            "Accepted password for bob from 192.0.2.1 port x ssh2",
            "Accepted password for bob from 192.0.2.1 port 22",
            "Failed password for bob from 192.0.2.1 port 22 ssh2 and more",
            "Failed to do a b for c",
            "Connection closed",
            "Connection closed by someone",
            "Received disconnect from x",
            "PAM service(sshd) ignoring max retries; 5 > 3",
            "pam_succeed_if(sshd:auth): requirement \"uid >= 1000\" not met by user \"root\"",
            "fatal: Read from socket failed: Connection reset by peer",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "(Accepted|Failed|Connection|Received|PAM |error:|pam_x\\(|\\): |session | for | from | port |; logname=| rhost=|[a1.: é]{0,4}){0,10}") {
            let _ = read(&text);
        }
    }
}
