//! Who did it: the user, else the address. A stage of its own, so that later ways to tell (directory look-ups, API
//! keys) have their place.

use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// What says who it was, the best first.
const WHO: [Field; 4] = [Field::UserName, Field::UserId, Field::SourceIp, Field::SourceAddress];

/// Sets `catchwater.who` unless the format has.
pub fn complete(fields: &mut Fields<'_>) {
    if !fields.has(Field::Who)
        && let Some(who) = first_text(fields, &WHO)
    {
        fields.set(Field::Who, who);
    }
}

/// The first of these fields that holds a text.
pub(crate) fn first_text<'a>(fields: &Fields<'a>, candidates: &[Field]) -> Option<Value<'a>> {
    let texts = candidates.iter().filter_map(|field| fields.get(*field));
    texts.into_iter().find(|value| holds_text(value)).cloned()
}

fn holds_text(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::Escaped(text) => !text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(set: &[(Field, &str)]) -> Option<String> {
        let mut fields = Fields::new();
        for (field, text) in set {
            fields.set(*field, *text);
        }
        complete(&mut fields);
        fields.text(Field::Who).map(|t| t.into_owned())
    }

    #[test]
    fn the_user_else_the_address() {
        assert_eq!(who(&[(Field::SourceIp, "10.0.0.1"), (Field::UserName, "bob")]).as_deref(), Some("bob"));
        assert_eq!(who(&[(Field::SourceIp, "10.0.0.1"), (Field::UserName, "")]).as_deref(), Some("10.0.0.1"));
        assert_eq!(who(&[(Field::SourceAddress, "host")]).as_deref(), Some("host"));
        assert_eq!(who(&[(Field::Who, "told"), (Field::UserId, "7")]).as_deref(), Some("told"));
        assert_eq!(who(&[]), None);
    }
}
