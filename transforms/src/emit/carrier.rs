//! What stands around a message that another log's line carries, such as syslog's or a container's.

use super::Shared;
use crate::json::{Cursor, Json, MOST_DEPTH, ObjectWriter, member};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// The line around a message.
#[derive(Clone, Copy)]
pub(super) struct Carrier<'a> {
    /// Format of the message.
    pub content: &'static str,
    /// What the line says beside it.
    pub around: &'a Fields<'a>,
}

impl<'a> Carrier<'a> {
    /// Gives the message's event what it does not say itself. Names under `catchwater.fields` that both have are the
    /// message's.
    pub fn complete(&self, shared: Shared, fields: &mut Fields<'a>) {
        fields.set(Field::ContentFormat, Value::Escaped(self.content));
        for (field, value) in self.around.iter() {
            if !fields.has(field) && !shared.iter().any(|(own, _)| *own == field) {
                fields.set(field, value.clone());
            }
        }
        let json = |fields: &Fields<'_>| match fields.get(Field::FreeFields) {
            Some(Value::Json(json)) => Some(json.clone().into_owned()),
            _ => None,
        };
        if let (Some(own), Some(around)) = (json(fields), json(self.around))
            && own != around
            && let Some(both) = joined(&own, &around)
        {
            both.set(fields);
        }
    }

    /// What stands around a message that this message carries: `nearer`, and then what stands around this one.
    pub fn beyond(&self, nearer: &Fields<'a>) -> Fields<'a> {
        let mut around = nearer.clone();
        self.complete(&[], &mut around);
        around
    }
}

/// The members of two objects, those of the first before.
fn joined(own: &str, around: &str) -> Option<ObjectWriter> {
    let mut both = ObjectWriter::default();
    for (json, is_own) in [(own, true), (around, false)] {
        let mut cursor = Cursor::new(json, MOST_DEPTH);
        cursor.begin_object().ok()?;
        while let Some(key) = cursor.next_key().ok()? {
            let value: Json<'_> = cursor.value().ok()?;
            if is_own || member(Cursor::new(own, MOST_DEPTH), key.raw()).is_none() {
                both.member(key, &value);
            }
        }
    }
    Some(both)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emit::{Emit, Pending, Stages};
    use crate::formats::Refusal;
    use crate::single;
    use catchwater_schemas::event::Kind;
    use catchwater_schemas::id::Scope;
    use catchwater_schemas::time::Timestamp;

    #[test]
    fn the_message_goes_before_the_line_around_it() {
        let mut around = Fields::new();
        around.set(Field::HostName, "outer");
        around.set(Field::LogIostream, "stderr");
        around.set(Field::FreeFields, Value::Json(r#"{"a":1,"b":{"c":2}}"#.into()));
        let mut fields = Fields::new();
        fields.set(Field::HostName, "inner");
        fields.set(Field::FreeFields, Value::Json(r#"{"a":"own"}"#.into()));
        Carrier { content: "json", around: &around }.complete(&[], &mut fields);
        assert_eq!(fields.text(Field::HostName).as_deref(), Some("inner"));
        assert_eq!(fields.text(Field::LogIostream).as_deref(), Some("stderr"));
        assert_eq!(fields.text(Field::ContentFormat).as_deref(), Some("json"));
        let free = r#"{"a":"own","b":{"c":2}}"#;
        assert_eq!(fields.get(Field::FreeFields), Some(&Value::Json(free.into())));
        let beyond = Carrier { content: "json", around: &around }.beyond(&Fields::new());
        assert_eq!(beyond.text(Field::HostName).as_deref(), Some("outer"));
    }

    #[test]
    fn a_message_that_is_refused_leaves_nothing() {
        let lineage = single::lineage(&Scope::default());
        let (stages, mut pending) = (Stages::default(), Pending::default());
        let mut emit = Emit::new(&lineage, &stages, "outer", "1", Timestamp::default(), "", &mut pending);
        let around = Fields::new();
        let taken = emit.within("inner", &around, |emit| {
            emit.event(Kind::Log, Fields::new());
            Err(Refusal("second_part"))
        });
        assert!(!taken);
        emit.event(Kind::Log, Fields::new());
        let id = lineage.id_scope.id("1", 0).to_string();
        let events: Vec<&[u8]> = pending.events().collect();
        assert_eq!(events.len(), 1);
        let event: serde_json::Value = serde_json::from_slice(events[0]).unwrap();
        assert_eq!(
            (event["event"]["id"].as_str(), event["catchwater"].get("content_format")),
            (Some(&*id), None)
        );
    }
}
