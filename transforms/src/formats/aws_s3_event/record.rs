//! One record of a notification.

use super::key::{decode, set_file};
use crate::emit::Emit;
use crate::formats::Refusal;
use crate::json::{Cursor, Invalid, Json, JsonStr, ObjectWriter};
use crate::scan::address::is_ip;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// A record, read.
pub(super) struct Notification<'a> {
    fields: Fields<'a>,
    name: JsonStr<'a>,
    bucket: JsonStr<'a>,
    key: JsonStr<'a>,
    free: ObjectWriter,
}

/// What happened to the object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Put,
    Copy,
    Delete,
    None,
}

impl Change {
    /// By event type (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html>);
    /// some documents have `s3:` before it.
    fn of(name: &str) -> Self {
        let name = name.strip_prefix("s3:").unwrap_or(name);
        match name.split_once(':') {
            Some(("ObjectCreated", "Copy")) => Change::Copy,
            Some(("ObjectCreated", _)) => Change::Put,
            Some(("ObjectRemoved" | "LifecycleExpiration", _)) => Change::Delete,
            _ => Change::None,
        }
    }
}

impl<'a> Notification<'a> {
    /// Reads the record ahead.
    pub fn read(cursor: &mut Cursor<'a>) -> Result<Self, Invalid> {
        let mut record = Self {
            fields: Fields::new(),
            name: JsonStr::default(),
            bucket: JsonStr::default(),
            key: JsonStr::default(),
            free: ObjectWriter::default(),
        };
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match key.raw() {
                "s3" if cursor.peek() == b'{' => record.s3(cursor)?,
                "userIdentity" => {
                    set_text(&mut record.fields, Field::UserId, text_member(cursor, "principalId")?)
                }
                "responseElements" => {
                    set_text(
                        &mut record.fields,
                        Field::AwsRequestId,
                        text_member(cursor, "x-amz-request-id")?,
                    );
                }
                "requestParameters" => {
                    if let Some(address) = text_member(cursor, "sourceIPAddress")? {
                        let field = if is_ip(address.raw()) { Field::SourceIp } else { Field::SourceAddress };
                        set_text(&mut record.fields, field, Some(address));
                    }
                }
                _ => record.other(cursor, key)?,
            }
        }
        Ok(record)
    }

    fn other(&mut self, cursor: &mut Cursor<'a>, key: JsonStr<'a>) -> Result<(), Invalid> {
        let value = cursor.value()?;
        match (key.raw(), value.string()) {
            ("eventSource", Some(text)) => set_text(&mut self.fields, Field::EventProvider, Some(text)),
            ("awsRegion", Some(text)) => set_text(&mut self.fields, Field::CloudRegion, Some(text)),
            ("eventName", Some(text)) => {
                self.name = text;
                set_text(&mut self.fields, Field::EventAction, Some(text));
                set_text(&mut self.fields, Field::AwsS3EventName, Some(text));
            }
            ("eventTime", Some(text)) => match Timestamp::parse_rfc3339(text.raw(), 0) {
                Some(time) => self.fields.set(Field::Timestamp, time),
                None => self.free.member(key, &value),
            },
            _ if value == Json::Null => (),
            _ => self.free.member(key, &value),
        }
        Ok(())
    }

    fn s3(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match key.raw() {
                "bucket" => self.bucket = text_member(cursor, "name")?.unwrap_or_default(),
                "object" if cursor.peek() == b'{' => self.object(cursor)?,
                "configurationId" => self.free.member(key, &cursor.value()?),
                _ => cursor.skip()?,
            }
        }
        Ok(())
    }

    fn object(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            match (key.raw(), cursor.value()?) {
                ("key", Json::String(text)) => self.key = text,
                ("size", Json::Number(size)) if is_long(size) => {
                    self.fields.set(Field::FileSize, Value::Number(size));
                }
                ("eTag", Json::String(text)) => set_text(&mut self.fields, Field::FileETag, Some(text)),
                ("versionId", Json::String(text)) => {
                    set_text(&mut self.fields, Field::FileVersion, Some(text))
                }
                ("sequencer", Json::String(text)) => {
                    set_text(&mut self.fields, Field::AwsS3Sequencer, Some(text));
                }
                _ => (),
            }
        }
        Ok(())
    }

    /// Emits a record of S3; anything else is refused.
    pub fn emit(mut self, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        if self.name.is_empty() || self.bucket.is_empty() {
            return Err(Refusal("no_s3_record"));
        }
        let change = Change::of(self.name.raw());
        let fields = &mut self.fields;
        let (bucket, key) = match change {
            Change::Put | Change::Copy => (Field::FileDestinationBucket, Field::FileDestinationKey),
            Change::Delete | Change::None => (Field::FileSourceBucket, Field::FileSourceKey),
        };
        fields.set(bucket, self.bucket);
        set_file(fields, decode(self.key.text()), Some(key));
        fields.set(Field::CloudProvider, Value::Escaped("aws"));
        fields.set(Field::EventCategory, Value::Json("[\"file\"]".into()));
        let action = match change {
            Change::Put => "PUT",
            Change::Copy => "COPY",
            Change::Delete => "DELETE",
            Change::None => {
                self.free.set(fields);
                emit.event(Kind::Log, self.fields);
                return Ok(());
            }
        };
        fields.set(Field::ActionType, Value::Escaped(action));
        fields.set(Field::EventType, Value::Escaped("end"));
        fields.set(Field::EventOutcome, Value::Escaped("success"));
        self.free.set(fields);
        emit.event(Kind::FileMove, self.fields);
        Ok(())
    }
}

/// The string member of this name of the object ahead; passes whatever is ahead.
fn text_member<'a>(cursor: &mut Cursor<'a>, name: &str) -> Result<Option<JsonStr<'a>>, Invalid> {
    let mut found = None;
    if cursor.begin_object_or_skip()? {
        while let Some(key) = cursor.next_key()? {
            let value = cursor.value()?;
            if key.raw() == name {
                found = value.string();
            }
        }
    }
    Ok(found)
}

fn set_text<'a>(fields: &mut Fields<'a>, field: Field, text: Option<JsonStr<'a>>) {
    if let Some(text) = text.filter(|t| !t.is_empty()) {
        fields.set(field, text);
    }
}

/// A whole number that an index for `long` takes.
fn is_long(number: &str) -> bool {
    number.len() <= 18 && number.bytes().all(|c| c.is_ascii_digit())
}
