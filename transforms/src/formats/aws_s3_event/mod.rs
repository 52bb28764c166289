//! S3 event notifications, as they come from S3 itself, through SNS and through SQS
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>).

pub(super) mod key;
mod record;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, JsonStr};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use memchr::memmem;
use record::Notification;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_s3_event",
    title: "S3 event notifications: which object was made, copied or removed",
    doc: "Reads `{\"Records\":[…]}` of S3, an event each; also inside SNS (`Records[].Sns.Message`, or the \
          notification itself) and SQS (`Records[].body`, which may hold an SNS notification). Keys are URL-decoded. \
          `ObjectCreated:*` is a completed `file_move` with action type PUT (COPY for `ObjectCreated:Copy`, whose \
          source S3 does not tell), `ObjectRemoved:*` and `LifecycleExpiration:*` one with DELETE; restores, \
          transitions, tags and the rest are `log` events with the file's fields, so is `s3:TestEvent`. Of the \
          record, the bucket's owner and ARN, `s3SchemaVersion` and `urlDecodedKey` are not kept.",
    example: r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2024-05-01T12:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDAEXAMPLE"},"requestParameters":{"sourceIPAddress":"192.0.2.7"},"responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8"},"s3":{"s3SchemaVersion":"1.0","configurationId":"all","bucket":{"name":"incoming","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},"arn":"arn:aws:s3:::incoming"},"object":{"key":"2024/a+b.fits","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"}}}]}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// S3 in SNS in SQS is three documents in one another; each level unescapes, so that more is only work.
const MOST_WRAPPERS: usize = 4;

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    let is_test = || has("\"Service\":\"Amazon S3\"") && has("\"s3:TestEvent\"");
    // The value stands unescaped or, wrapped, behind backslashes.
    let is_record = || has("\"Records\"") && has("aws:s3") && has("eventName") && has("\"s3");
    let is_wrapped =
        || has("aws:s3") && has("eventName\\\"") && (has("\"Sns\"") || has("\"body\"") || has("\"Message\""));
    message.trim_start().starts_with('{') && (is_record() || is_wrapped() || is_test())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut reader = Reader { depth: log_event.json_depth, wrappers_left: MOST_WRAPPERS, events: 0 };
    reader.document(log_event.message, emit)
}

struct Reader {
    depth: usize,
    wrappers_left: usize,
    events: u64,
}

impl Reader {
    /// A whole document: records, an SNS notification, or the test event that S3 sends when notifications are set up.
    fn document(&mut self, text: &str, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        let events_before = self.events;
        let mut cursor = Cursor::new(text, self.depth);
        let mut test = TestEvent::default();
        let mut message = None;
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            let wanted = match key.raw() {
                "Records" if cursor.peek() == b'[' => {
                    self.records(&mut cursor, emit)?;
                    continue;
                }
                "Message" => &mut message,
                "Service" => &mut test.service,
                "Event" => &mut test.event,
                "Time" => &mut test.time,
                "Bucket" => &mut test.bucket,
                "RequestId" => &mut test.request_id,
                _ => {
                    cursor.skip()?;
                    continue;
                }
            };
            if let Some(text) = cursor.value()?.string() {
                *wanted = Some(text);
            }
        }
        cursor.end()?;
        if let Some(message) = message {
            self.wrapped(message, emit)?;
        } else if test.event.is_some_and(|event| event.raw() == "s3:TestEvent") {
            test.emit(emit);
            self.events += 1;
        }
        // Nothing may vanish: a queue's record of something else refuses the whole.
        if self.events == events_before { Err(Refusal("no_s3_record")) } else { Ok(()) }
    }

    fn records(&mut self, cursor: &mut Cursor<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        cursor.begin_array()?;
        while cursor.next_element()? {
            let notification = Notification::read(cursor)?;
            match notification.wrapped {
                Some(message) => self.wrapped(message, emit)?,
                None => {
                    notification.emit(emit)?;
                    self.events += 1;
                }
            }
        }
        Ok(())
    }

    /// The document inside a string.
    fn wrapped(&mut self, message: JsonStr<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
        self.wrappers_left = self.wrappers_left.checked_sub(1).ok_or(Refusal("too_many_wrappers"))?;
        self.document(&message.text(), emit)?;
        self.wrappers_left += 1;
        Ok(())
    }
}

#[derive(Default)]
struct TestEvent<'a> {
    service: Option<JsonStr<'a>>,
    event: Option<JsonStr<'a>>,
    time: Option<JsonStr<'a>>,
    bucket: Option<JsonStr<'a>>,
    request_id: Option<JsonStr<'a>>,
}

impl<'a> TestEvent<'a> {
    fn emit(&self, emit: &mut Emit<'_>) {
        let mut fields = Fields::new();
        let texts = [
            (Field::EventAction, self.event),
            (Field::AwsS3EventName, self.event),
            (Field::EventProvider, self.service),
            (Field::FileDestinationBucket, self.bucket),
            (Field::AwsRequestId, self.request_id),
        ];
        for (field, text) in texts {
            if let Some(text) = text.filter(|t| !t.is_empty()) {
                fields.set(field, text);
            }
        }
        if let Some(time) = self.time.and_then(|t| Timestamp::parse_rfc3339(t.raw(), 0)) {
            fields.set(Field::Timestamp, time);
        }
        fields.set(Field::CloudProvider, Value::Escaped("aws"));
        emit.event(Kind::Log, fields);
    }
}
