//! S3's events as EventBridge delivers them: bare, through SNS or through SQS
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>).

use super::aws_s3_event::key::set_file;
use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, ObjectWriter};
use crate::scan::address::is_ip;
use crate::scan::aws_messages;
use crate::scan::decimal::unsigned;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_s3_eventbridge",
    title: "S3 events through EventBridge: which object was made, deleted or changed, and why",
    doc: "Reads EventBridge's envelope of S3's events (`\"source\":\"aws.s3\"`), bare or inside SNS (`Message`) and SQS \
          (`Records[].body`, `Messages[].Body`). `Object Created` is a completed `file_move` with action type PUT (COPY \
          where the reason is `CopyObject`; S3 does not tell its source), `Object Deleted` one with DELETE; its reason \
          (`PutObject`, `DeleteObject`, `Lifecycle Expiration` …) is `event.reason`. Restores, changes of storage class, \
          tags and ACLs are `log` events with the file's fields. Keys are as they are: EventBridge does not encode \
          them. `deletion-type`, storage classes and times of restores are under `catchwater.fields`. \
          Source of the layout: [S3's user guide](https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). \
          Of the envelope, `version` and `resources` are not kept.",
    example: r#"{"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created","source":"aws.s3","account":"111122223333","time":"2021-11-12T00:00:00Z","region":"ca-central-1","resources":["arn:aws:s3:::incoming"],"detail":{"version":"0","bucket":{"name":"incoming"},"object":{"key":"2024/a b.fits","size":5,"etag":"b1946ac92492d2347c6235b4d2611184","version-id":"IYV3p45BT0ac8hjHg1houSdS1a.Mro8e","sequencer":"617f08299329d189"},"request-id":"N4N7GDK58NMKJ12R","requester":"123456789012","source-ip-address":"192.0.2.7","reason":"PutObject"}}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    // Carried in a message, the names stand behind backslashes.
    let names = || has("detail-type\"") || has("detail-type\\");
    let source = || has("\"aws.s3\"") || has("aws.s3\\");
    message.trim_start().starts_with('{') && names() && source() && is_event(message).unwrap_or_default()
}

/// Is the text, or the first that it carries, an envelope of S3's?
fn is_event(message: &str) -> Result<bool, Refusal> {
    let mut found = None;
    aws_messages::each(message, crate::json::MOST_DEPTH, &mut |document| {
        let of = |name| crate::json::member(Cursor::new(document, crate::json::MOST_DEPTH), name);
        let is_s3 = || of("source").and_then(|s| s.string()).is_some_and(|s| s.raw() == "aws.s3");
        let kind =
            || of("detail-type").and_then(|s| s.string()).is_some_and(|s| s.raw().starts_with("Object "));
        found.get_or_insert_with(|| is_s3() && kind());
        Ok(())
    })?;
    Ok(found.unwrap_or_default())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let LogEvent { message, json_depth, .. } = log_event;
    aws_messages::each(message, json_depth, &mut |document| {
        let mut cursor = Cursor::new(document, json_depth);
        let event = Envelope::read(&mut cursor)?;
        cursor.end()?;
        event.emit(emit)
    })
}

/// An envelope, read.
#[derive(Default)]
struct Envelope<'a> {
    fields: Fields<'a>,
    kind: JsonStr<'a>,
    source: JsonStr<'a>,
    bucket: JsonStr<'a>,
    key: JsonStr<'a>,
    reason: JsonStr<'a>,
    free: ObjectWriter,
}

impl<'a> Envelope<'a> {
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, Invalid> {
        let mut event = Self::default();
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.peek()) {
                ("detail", b'{') => event.detail(cursor)?,
                ("detail-type", b'"') => event.kind = event.text(Field::EventAction, cursor)?,
                ("source", b'"') => event.source = event.text(Field::EventProvider, cursor)?,
                ("account", b'"') => drop(event.text(Field::CloudAccountId, cursor)?),
                ("region", b'"') => drop(event.text(Field::CloudRegion, cursor)?),
                ("id", b'"') => drop(event.text(Field::EventReferenceId, cursor)?),
                ("version" | "resources", _) => cursor.skip()?,
                ("time", _) => {
                    let value = cursor.value()?;
                    match value.string().and_then(|text| Timestamp::parse_rfc3339(text.raw(), 0)) {
                        Some(time) => event.fields.set(Field::Timestamp, time),
                        None => event.keep(key, &value),
                    }
                }
                _ => event.keep(key, &cursor.value()?),
            }
        }
        Ok(event)
    }

    fn detail(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.peek()) {
                ("bucket", b'{') => {
                    cursor.begin_object()?;
                    while let Some(key) = cursor.next_key()? {
                        let value = cursor.value()?;
                        if let ("name", Some(name)) = (key.raw(), value.string()) {
                            self.bucket = name;
                        }
                    }
                }
                ("object", b'{') => self.object(cursor)?,
                ("request-id", b'"') => drop(self.text(Field::AwsRequestId, cursor)?),
                ("requester", b'"') => drop(self.text(Field::UserId, cursor)?),
                ("reason", b'"') => self.reason = self.text(Field::EventReason, cursor)?,
                ("source-ip-address", b'"') => {
                    let is_address = is_ip(cursor.clone().string()?.raw());
                    let field = if is_address { Field::SourceIp } else { Field::SourceAddress };
                    self.text(field, cursor)?;
                }
                ("version", _) => cursor.skip()?,
                _ => self.keep(key, &cursor.value()?),
            }
        }
        Ok(())
    }

    fn object(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.value()?) {
                ("key", Json::String(text)) => self.key = text,
                ("size", Json::Number(size)) if unsigned(size).is_some_and(|n| i64::try_from(n).is_ok()) => {
                    self.fields.set(Field::FileSize, Value::Number(size));
                }
                ("etag", Json::String(text)) if !text.is_empty() => self.fields.set(Field::FileETag, text),
                ("version-id", Json::String(text)) if !text.is_empty() => {
                    self.fields.set(Field::FileVersion, text);
                }
                ("sequencer", Json::String(text)) if !text.is_empty() => {
                    self.fields.set(Field::AwsS3Sequencer, text);
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// Sets a text unless it is empty, and answers it.
    fn text(&mut self, field: Field, cursor: &mut Cursor<'a>) -> Result<JsonStr<'a>, Invalid> {
        let text = cursor.string()?;
        if !text.is_empty() {
            self.fields.set(field, text);
        }
        Ok(text)
    }

    fn keep(&mut self, key: JsonStr<'a>, value: &Json<'a>) {
        if *value != Json::Null {
            self.free.member(key, value);
        }
    }

    /// Emits an event of S3's; anything else is refused.
    fn emit(mut self, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        if self.source.raw() != "aws.s3" || self.kind.is_empty() || self.bucket.is_empty() {
            return Err(Refusal("no_s3_event"));
        }
        let fields = &mut self.fields;
        let action = match (self.kind.raw(), self.reason.raw()) {
            ("Object Created", "CopyObject") => Some("COPY"),
            ("Object Created", _) => Some("PUT"),
            ("Object Deleted", _) => Some("DELETE"),
            _ => None,
        };
        let (bucket, key) = match action {
            Some("PUT" | "COPY") => (Field::FileDestinationBucket, Field::FileDestinationKey),
            _ => (Field::FileSourceBucket, Field::FileSourceKey),
        };
        fields.set(bucket, self.bucket);
        set_file(fields, self.key.text(), Some(key));
        fields.set(Field::CloudProvider, Value::Escaped("aws"));
        fields.set(Field::EventCategory, Value::Json("[\"file\"]".into()));
        fields.set(Field::AwsS3EventName, self.kind);
        let kind = match action {
            Some(action) => {
                fields.set(Field::ActionType, Value::Escaped(action));
                fields.set(Field::EventType, Value::Escaped("end"));
                fields.set(Field::EventOutcome, Value::Escaped("success"));
                Kind::FileMove
            }
            None => Kind::Log,
        };
        self.free.set(fields);
        emit.event(kind, self.fields);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
    use proptest::prelude::*;
    use serde_json::json;

    fn event(kind: &str, reason: &str, key: &str) -> String {
        json!({
            "version": "0", "id": "i", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
            "time": "2021-11-12T00:00:00Z", "region": "ca-central-1", "resources": [],
            "detail": {"bucket": {"name": "b"}, "object": {"key": key, "size": 5}, "reason": reason,
                "deletion-type": "Permanently Deleted"},
        })
        .to_string()
    }

    #[test]
    fn example_is_read_whole() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["catchwater"]["kind"], "file_move");
        assert_eq!(event["catchwater"]["action_type"], "PUT");
        let file = json!({
            "name": "a b.fits", "path": "2024/a b.fits", "size": 5, "etag": "b1946ac92492d2347c6235b4d2611184",
            "version": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
            "destination": {"bucket": "incoming", "key": "2024/a b.fits"},
        });
        assert_eq!(event["file"], file);
        assert_eq!(event["event"]["reason"], "PutObject");
        assert_eq!(event["user"]["id"], "123456789012");
        assert_eq!(event["cloud"]["account"]["id"], "111122223333");
    }

    #[test]
    fn kinds_and_reasons_tell_what_happened() {
        for (kind, reason, action, place) in [
            ("Object Created", "CopyObject", json!("COPY"), "destination"),
            ("Object Created", "CompleteMultipartUpload", json!("PUT"), "destination"),
            ("Object Deleted", "Lifecycle Expiration", json!("DELETE"), "source"),
            ("Object Restore Completed", "", serde_json::Value::Null, "source"),
            ("Object Tags Added", "", serde_json::Value::Null, "source"),
        ] {
            let event = value(&FORMAT, &event(kind, reason, "a+b%20.txt"));
            assert_eq!(event["catchwater"]["action_type"], action, "{kind}");
            // EventBridge does not encode keys.
            assert_eq!(event["file"][place], json!({"bucket": "b", "key": "a+b%20.txt"}), "{kind}");
            assert_eq!(event["catchwater"]["fields"]["deletion-type"], "Permanently Deleted");
        }
    }

    #[test]
    fn carried_by_queues_and_topics() {
        let inner = event("Object Created", "PutObject", "k");
        let sns = json!({"Type": "Notification", "Message": inner}).to_string();
        for carrier in [
            inner.clone(),
            sns.clone(),
            json!({"Records": [{"messageId": "m", "body": inner, "eventSource": "aws:sqs"}]}).to_string(),
            json!({"Records": [{"messageId": "m", "body": sns}]}).to_string(),
        ] {
            assert!(detect(&carrier), "{carrier}");
            let events = in_one_record(&FORMAT, &[&carrier]);
            assert_eq!(events.len(), 1);
            assert_eq!(events[0]["file"]["path"], "k");
        }
        for other in [
            "{\"source\":\"aws.ec2\",\"detail-type\":\"EC2 Instance State-change Notification\",\"detail\":{}}",
            "{}",
            "{\"source\":\"aws.s3\",\"detail-type\":\"Object Created\"}",
        ] {
            assert_eq!(refused(&FORMAT, other), Some("no_s3_event"), "{other}");
        }
        assert!(!detect(
            "{\"source\":\"aws.s3\",\"detail-type\":\"AWS API Call via CloudTrail\",\"detail\":{}}"
        ));
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_key(key in any::<String>(), kind in "(Object (Created|Deleted)|[A-Za-z ]{1,20})") {
            check_any_text(&FORMAT, &event(&kind, "x", &key));
        }

        #[test]
        fn any_change_of_a_document(
            wrapped in any::<bool>(),
            at in any::<prop::sample::Index>(),
            len in 0..40usize,
            new in prop::sample::select(vec!["", "\"", "{", "}", "null", "1", "\\ud800", "\n", "\\", "[]", "é"]),
        ) {
            let mut text = FORMAT.example.to_string();
            if wrapped {
                text = json!({"Records": [{"body": text}]}).to_string();
            }
            let from = at.index(text.len());
            let to = (from + len).min(text.len());
            if text.is_char_boundary(from) && text.is_char_boundary(to) {
                text.replace_range(from..to, new);
            }
            check_events(&FORMAT, &text);
        }
    }
}
