//! Messages of Fedora 4 to 6 about what happened to a resource, JSON-LD
//! (<https://wiki.lyrasis.org/display/FEDORA6x/Messaging>, <https://github.com/fcrepo-exts/fcrepo-event-ontology>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, Members};
use crate::scan::premis;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "fedora_event",
    title: "Messages of Fedora 4 to 6 about resources",
    doc: "Reads the body of the messages that Fedora sends to a broker and that consumers log: JSON-LD with the resource as `id`, and \
          `wasGeneratedBy`, `wasAttributedTo`. Each is a `preservation` event of the resource, `premis.object.identifier` \
          (`uri`), at `wasGeneratedBy.atTime`. Types are those of Fedora 4 (`http://fedora.info/definitions/v4/event#…`) and of 5 and 6 \
          (`https://www.w3.org/ns/activitystreams#…`), or the words alone: `ResourceCreation` and `Create` are a creation, \
          `ResourceModification` and `Update` a modification, `ResourceDeletion`, `Delete` and `Purge` a deletion; \
          `ResourceRelocation`, `Move`, `Follow` keep their words, as do others. Of several types the creation or deletion counts, for Fedora adds a \
          modification to them. The person is the agent and `user.name`, else the software is; its name is `user_agent.original`. A message \
          says what was done: its outcome is `success`. Types of the resource stay in `catchwater.fields`; `@context` is not kept.",
    example: r#"{"id":"http://localhost:8080/rest/path/to/resource","type":["http://www.w3.org/ns/prov#Entity","http://fedora.info/definitions/v4/repository#Resource"],"isPartOf":"http://localhost:8080/rest","wasGeneratedBy":{"type":["http://www.w3.org/ns/prov#Activity","https://www.w3.org/ns/activitystreams#Create"],"identifier":"urn:uuid:3c834a8f-5638-4412-aa4b-35ea80416a18","atTime":"2016-05-19T17:17:39-04:00"},"wasAttributedTo":[{"type":"http://www.w3.org/ns/prov#Person","name":"fedoraAdmin"},{"type":"http://www.w3.org/ns/prov#SoftwareAgent","name":"curl/7.87"}]}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    message.trim_start().starts_with('{')
        && has("\"wasGeneratedBy\"")
        && (has("fedora.info/definitions/") || has("activitystreams#") || has("\"Resource"))
        && Message::read(message, crate::json::MOST_DEPTH).is_ok_and(|message| message.is_one())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let message = Message::read(log_event.message, log_event.json_depth)?;
    if !message.is_one() {
        return Err(Refusal("no_fedora_event"));
    }
    message.emit(log_event.zone_seconds, emit);
    Ok(())
}

/// A message, read.
#[derive(Default)]
struct Message<'a> {
    id: JsonStr<'a>,
    /// What was done: the type that tells most, without namespace.
    action: &'a str,
    rank: u8,
    time: JsonStr<'a>,
    person: JsonStr<'a>,
    software: JsonStr<'a>,
    members: Members<'a>,
}

impl<'a> Message<'a> {
    fn read(text: &'a str, depth: usize) -> Result<Self, Invalid> {
        let mut message = Self::default();
        let mut cursor = Cursor::new(text, depth);
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.peek()) {
                ("id" | "@id", b'"') => message.id = cursor.string()?,
                ("@context", _) => cursor.skip()?,
                ("wasGeneratedBy", b'{') => {
                    message.members.free.open(key);
                    message.activity(&mut cursor)?;
                    message.members.free.close();
                }
                ("wasAttributedTo", b'{') => message.agent(&mut cursor)?,
                ("wasAttributedTo", b'[') => {
                    cursor.begin_array()?;
                    while cursor.next_element()? {
                        if cursor.peek() == b'{' {
                            message.agent(&mut cursor)?;
                        } else {
                            cursor.skip()?;
                        }
                    }
                }
                _ => message.members.keep(key, &mut cursor)?,
            }
        }
        cursor.end()?;
        Ok(message)
    }

    fn is_one(&self) -> bool {
        self.rank > 0 && !self.id.is_empty()
    }

    fn activity(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.peek()) {
                ("type" | "@type", b'"') => self.done(cursor.string()?),
                ("type" | "@type", b'[') => {
                    cursor.begin_array()?;
                    while cursor.next_element()? {
                        if let Json::String(done) = cursor.value()? {
                            self.done(done);
                        }
                    }
                }
                ("identifier", b'"') => {
                    self.members.text(Field::EventReferenceId, key, cursor)?;
                }
                ("atTime", b'"') => self.time = cursor.string()?,
                _ => self.members.keep(key, cursor)?,
            }
        }
        Ok(())
    }

    /// One type of the activity.
    fn done(&mut self, kind: JsonStr<'a>) {
        let (namespace, word) = kind.raw().rsplit_once('#').unwrap_or(("", kind.raw()));
        let known = namespace.is_empty()
            || namespace.ends_with("//fedora.info/definitions/v4/event")
            || namespace.ends_with("//www.w3.org/ns/activitystreams");
        let rank = match word {
            "ResourceCreation" | "Create" | "ResourceDeletion" | "Delete" | "Purge" => 3,
            "ResourceModification"
            | "Update"
            | "PropertyModification"
            | "ResourceRelocation"
            | "Move"
            | "Follow" => 2,
            // Of the namespace, and not known here.
            "" | "Activity" => 0,
            _ => u8::from(!namespace.is_empty()),
        };
        if known && rank > self.rank && !kind.has_escapes() {
            (self.rank, self.action) = (rank, word);
        }
    }

    fn agent(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let (mut kind, mut name) = (JsonStr::default(), JsonStr::default());
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.value()?) {
                ("type" | "@type", Json::String(text)) => kind = text,
                ("name", Json::String(text)) => name = text,
                _ => (),
            }
        }
        match kind.raw().rsplit('#').next() {
            Some("Person") => self.person = name,
            Some("SoftwareAgent") => self.software = name,
            _ => (),
        }
        Ok(())
    }

    fn emit(mut self, zone_seconds: i32, emit: &mut Emit<'_>) {
        let fields = &mut self.members.fields;
        // The ontology's own example has `-04:00Z`.
        let time = self.time.raw();
        let time = Timestamp::parse_rfc3339(time, zone_seconds)
            .or_else(|| Timestamp::parse_rfc3339(time.strip_suffix('Z')?, zone_seconds));
        if let Some(time) = time {
            fields.set(Field::Timestamp, time);
        }
        let code = match self.action {
            "ResourceCreation" | "Create" => "cre",
            "ResourceModification" | "Update" | "PropertyModification" => "mod",
            "ResourceDeletion" | "Delete" | "Purge" => "del",
            _ => "",
        };
        premis::set_type(code, self.action, fields);
        premis::Outcome::Success.set(fields);
        fields.set(Field::PremisObjectIdentifier, self.id);
        fields.set(Field::PremisObjectIdentifierType, Value::Escaped("uri"));
        let (agent, kind) = match self.person.is_empty() {
            false => (self.person, "person"),
            true => (self.software, "software"),
        };
        if !agent.is_empty() {
            fields.set(Field::PremisAgentName, agent);
            fields.set(Field::PremisAgentType, Value::Escaped(kind));
        }
        for (field, name) in [(Field::UserName, self.person), (Field::UserAgentOriginal, self.software)] {
            if !name.is_empty() {
                fields.set(field, name);
            }
        }
        emit.event(Kind::Preservation, self.members.into_fields());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_message_of_fedora_6() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(
            (&event["@timestamp"], &event["event"]["action"]),
            (&json!("2016-05-19T21:17:39.000Z"), &json!("Create"))
        );
        assert_eq!(event["premis"]["event"]["type"], "creation");
        assert_eq!(event["premis"]["agent"], json!({"name": "fedoraAdmin", "type": "person"}));
        assert_eq!(
            event["premis"]["object"],
            json!({"identifier": "http://localhost:8080/rest/path/to/resource", "identifier_type": "uri"})
        );
        assert_eq!(
            (&event["user"]["name"], &event["user_agent"]["original"]),
            (&json!("fedoraAdmin"), &json!("curl/7.87"))
        );
        assert_eq!(event["event"]["reference_id"], "urn:uuid:3c834a8f-5638-4412-aa4b-35ea80416a18");
    }

    #[test]
    fn types_of_all_versions() {
        for (types, action, expected) in [
            (r#"["Activity","ResourceCreation","PropertyModification"]"#, "ResourceCreation", "creation"),
            (r#"["Activity","PropertyModification"]"#, "PropertyModification", "modification"),
            (
                r#"["http://fedora.info/definitions/v4/event#ResourceModification","http://fedora.info/definitions/v4/event#ResourceDeletion"]"#,
                "ResourceDeletion",
                "deletion",
            ),
            (r#""https://www.w3.org/ns/activitystreams#Purge""#, "Purge", "deletion"),
            (r#"["https://www.w3.org/ns/activitystreams#Move"]"#, "Move", "Move"),
            (r#"["https://www.w3.org/ns/activitystreams#Announce"]"#, "Announce", "Announce"),
        ] {
            let line = format!(
                r#"{{"@context":{{"id":"@id"}},"id":"http://h/r","wasGeneratedBy":{{"type":{types},"atTime":"2016-05-19T17:17:39-04:00Z"}},"wasAttributedTo":{{"type":"SoftwareAgent","name":"CLAW client/1.0"}}}}"#
            );
            let event = value(&FORMAT, &line);
            assert_eq!(
                (&event["event"]["action"], &event["premis"]["event"]["type"]),
                (&json!(action), &json!(expected)),
                "{types}"
            );
            assert_eq!(event["@timestamp"], "2016-05-19T21:17:39.000Z");
            assert_eq!(event["premis"]["agent"], json!({"name": "CLAW client/1.0", "type": "software"}));
            assert!(event["user"].is_null() && event["catchwater"]["fields"].is_null());
        }
    }

    #[test]
    fn what_is_refused() {
        for text in [
            "{}",
            r#"{"id":"x","wasGeneratedBy":{"type":"http://example.org/ns#Create"}}"#,
            r#"{"id":"x","wasGeneratedBy":{"type":["Activity","InitialSurvey"]}}"#,
            r#"{"wasGeneratedBy":{"type":"Create"}}"#,
            r#"{"id":"x","wasGeneratedBy":"ResourceCreation"}"#,
        ] {
            assert_eq!(refused(&FORMAT, text), Some("no_fedora_event"), "{text}");
            assert!(!detect(text));
        }
        assert_eq!(refused(&FORMAT, "x"), Some("not_json"));
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            check_any_text(&FORMAT, &text);
        }

        #[test]
        fn any_change(at in any::<prop::sample::Index>(), len in 0..40usize, new in "(|\"|\\{|\\}|\\[|null|1|\\\\u00e9|é)") {
            let mut text = FORMAT.example.to_string();
            let from = at.index(text.len());
            text.replace_range(from..(from + len).min(text.len()), &new);
            check_any_text(&FORMAT, &text);
            check_events(&FORMAT, &text);
        }
    }
}
