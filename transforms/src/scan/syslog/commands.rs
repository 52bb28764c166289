//! Commands that someone had run: messages of sudo (`sudoers(5)`, "EVENT LOGGING") and of cron (`log_it` of Vixie's cron
//! and cronie).

use crate::emit::Shared;
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

const COMMAND: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"process\"]"))),
    (Field::EventType, Value::Escaped("start")),
];
const REFUSED: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"process\"]"))),
    (Field::EventType, Value::Escaped("denied")),
];
const INFO: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"process\"]"))),
    (Field::EventType, Value::Escaped("info")),
];

/// Sets who had what run, if the message surely says it; the values that all such events share.
pub fn set<'a>(
    program: &str,
    message: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) -> Option<Shared> {
    match program {
        "sudo" => sudo(message, fields, free),
        "cron" | "crond" | "CRON" | "CROND" | "crontab" => cron(message, fields, free),
        _ => None,
    }
}

/// Names in sudo's messages, and those under which their values come out: `PWD` would be taken for a password. `COMMAND`
/// stands last and may hold anything.
const NAMES: [(&str, &str); 8] = [
    ("HOST", "host"),
    ("TTY", "tty"),
    ("CHROOT", "chroot"),
    ("PWD", "directory"),
    ("USER", "user"),
    ("GROUP", "group"),
    ("TSID", "session"),
    ("ENV", "environment"),
];

/// `bob : TTY=pts/6 ; PWD=/home/bob ; USER=root ; COMMAND=/usr/bin/tail /var/log/messages`; a reason stands before `TTY=`
/// where the command was not run.
fn sudo<'a>(message: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<Shared> {
    let (user, mut rest) = message.split_once(" : ")?;
    let mut values = [""; NAMES.len()];
    let mut reason = "";
    let command = loop {
        if let Some(command) = rest.strip_prefix("COMMAND=") {
            break command;
        }
        let (part, after) = rest.split_once(" ; ")?;
        match part
            .split_once('=')
            .and_then(|(name, text)| Some((NAMES.iter().position(|(theirs, _)| *theirs == name)?, text)))
        {
            Some((index, text)) => values[index] = text,
            None => reason = part,
        }
        rest = after;
    };
    fields.set_present(Field::UserName, user.trim());
    fields.set(Field::EventAction, Value::Escaped("sudo"));
    fields.set_present(Field::EventReason, reason);
    for ((_, name), text) in NAMES.iter().zip(values) {
        free.add(name, text);
    }
    free.add("command", command);
    let refused = !reason.is_empty();
    fields.set(Field::EventOutcome, Value::Escaped(if refused { "failure" } else { "success" }));
    Some(if refused { REFUSED } else { COMMAND })
}

/// `(root) CMD (run-parts /etc/cron.hourly)`, `(root) RELOAD (crontabs/root)`.
fn cron<'a>(message: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<Shared> {
    let (user, rest) = message.trim().strip_prefix('(')?.split_once(") ")?;
    let (action, detail) = rest.split_once(" (")?;
    let detail = detail.strip_suffix(')')?;
    let word = |b: u8| b.is_ascii_uppercase() || matches!(b, b' ' | b'-' | b'_');
    if user.contains(' ') || action.is_empty() || !action.bytes().all(word) {
        return None;
    }
    // The daemon itself, and its own table.
    if user != "CRON" && !user.starts_with('*') {
        fields.set_present(Field::UserName, user);
    }
    fields.set(Field::EventAction, action);
    let ran = action == "CMD";
    free.add(if ran { "command" } else { "detail" }, detail.trim());
    Some(if ran { COMMAND } else { INFO })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(program: &str, message: &str) -> Option<(Option<String>, Option<String>, String)> {
        let (mut fields, mut free) = (Fields::new(), FreeFields::default());
        set(program, message, &mut fields, &mut free)?;
        free.set(&mut fields);
        let text = |field| fields.text(field).map(|text| text.into_owned());
        let Some(Value::Json(json)) = fields.get(Field::FreeFields) else { return None };
        Some((text(Field::UserName), text(Field::EventAction), json.to_string()))
    }

    fn some(user: &str, action: &str, free: &str) -> Option<(Option<String>, Option<String>, String)> {
        Some((Some(user.into()), Some(action.into()), free.into()))
    }

    #[test]
    fn messages_of_sudo() {
        let ran = "bob : TTY=pts/0 ; PWD=/x ; USER=root ; COMMAND=/bin/sh -c a ; PWD=b";
        let free = r#"{"tty":"pts/0","directory":"/x","user":"root","command":"/bin/sh -c a ; PWD=b"}"#;
        assert_eq!(read("sudo", ran), some("bob", "sudo", free));
        let refused =
            "bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/x ; USER=root ; COMMAND=/bin/ls";
        let (mut fields, mut none) = (Fields::new(), FreeFields::default());
        assert_eq!(sudo(refused, &mut fields, &mut none), Some(REFUSED));
        assert_eq!(fields.text(Field::EventReason).as_deref(), Some("3 incorrect password attempts"));
        assert_eq!(fields.text(Field::EventOutcome).as_deref(), Some("failure"));
        assert_eq!(read("sudo", "pam_unix(sudo:auth): conversation failed"), None);
        assert_eq!(read("su", ran), None);
    }

    #[test]
    fn messages_of_cron() {
        let ran = "(root) CMD (   /usr/bin/nice -n 10 /opt/x.py >/dev/null 2>&1)";
        let free = r#"{"command":"/usr/bin/nice -n 10 /opt/x.py >/dev/null 2>&1"}"#;
        assert_eq!(read("CRON", ran), some("root", "CMD", free));
        let info = "(CRON) INFO (Skipping @reboot jobs -- not system startup)";
        assert_eq!(read("cron", info).unwrap().0, None);
        assert_eq!(
            read("crontab", "(bob) BEGIN EDIT (bob)"),
            some("bob", "BEGIN EDIT", r#"{"detail":"bob"}"#)
        );
        for none in ["", "(root)", "(root) CMD x", "(a b) CMD (x)", "(root) cmd (x)", "(root)  (x)x"] {
            assert_eq!(read("CRON", none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "(bob : |TTY=|COMMAND=| ; |\\(a\\) |CMD| \\(|\\)|[a= é]{0,3}){0,10}") {
            let _ = (read("sudo", &text), read("cron", &text));
        }
    }
}
