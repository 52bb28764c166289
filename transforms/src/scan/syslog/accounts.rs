//! Accounts that were made: messages of shadow's `useradd` and `groupadd` (`useradd.c`, `groupadd.c`), such as `new user:
//! name=apache, UID=48, GID=48, home=/usr/share/httpd, shell=/sbin/nologin`.

use crate::emit::Shared;
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;

const USER_MADE: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"iam\"]"))),
    (Field::EventType, Value::Json(Cow::Borrowed("[\"user\",\"creation\"]"))),
];
const GROUP_MADE: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"iam\"]"))),
    (Field::EventType, Value::Json(Cow::Borrowed("[\"group\",\"creation\"]"))),
];

/// Names that the values may have.
const NAMES: [&str; 7] = ["name", "UID", "GID", "home", "shell", "from", "comment"];

/// Sets which account was made, if the message surely says it; the values that all such events share.
pub fn set<'a>(
    program: &str,
    message: &'a str,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) -> Option<Shared> {
    let (start, action, shared) = match program {
        "useradd" | "adduser" => ("new user: ", "new user", USER_MADE),
        "groupadd" | "addgroup" => ("new group: ", "new group", GROUP_MADE),
        _ => return None,
    };
    let mut values = [""; NAMES.len()];
    for part in message.strip_prefix(start)?.split(", ") {
        let (name, text) = part.split_once('=')?;
        values[NAMES.iter().position(|known| *known == name)?] = text;
    }
    let [name, id, ..] = values;
    fields.set(Field::EventAction, Value::Escaped(action));
    fields.set(Field::EventOutcome, Value::Escaped("success"));
    if action == "new user" {
        fields.set_present(Field::UserName, name);
        fields.set_present(Field::UserId, id);
    } else {
        free.add("group", name);
    }
    for (name, text) in NAMES.iter().zip(values).skip(2) {
        free.add(name, text);
    }
    Some(shared)
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
        let json = match fields.get(Field::FreeFields) {
            Some(Value::Json(json)) => json.to_string(),
            _ => String::new(),
        };
        Some((text(Field::UserName), text(Field::UserId), json))
    }

    #[test]
    fn users_and_groups() {
        let user = "new user: name=apache, UID=48, GID=49, home=/usr/share/httpd, shell=/sbin/nologin";
        let free = r#"{"GID":"49","home":"/usr/share/httpd","shell":"/sbin/nologin"}"#;
        assert_eq!(read("useradd", user), Some((Some("apache".into()), Some("48".into()), free.into())));
        let group = read("groupadd", "new group: name=apache, GID=49");
        assert_eq!(group, Some((None, None, r#"{"group":"apache","GID":"49"}"#.into())));
        for none in ["", "new user: ", "new user: x", "new user: name=a, key=b", "new group: name=a"] {
            assert_eq!(read("useradd", none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in "(new user: )?(name|UID|GID|=|, |[aé]){0,9}") {
            let _ = read("useradd", &text);
        }
    }
}
