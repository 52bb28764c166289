//! S3 event notifications, as they come from S3 itself, through SNS and through SQS
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>).

pub(super) mod key;
mod record;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::Cursor;
use crate::scan::aws_messages;
use memchr::memmem;
use record::Notification;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_s3_event",
    title: "S3 event notifications: which object was made, copied or removed",
    doc: "Reads `{\"Records\":[…]}` of S3, an event each; also inside SNS (`Records[].Sns.Message`, or the \
          notification itself) and SQS (`Records[].body`, one such record, or `Messages[].Body`, which may hold an SNS \
          notification). Keys are URL-decoded. \
          `ObjectCreated:*` is a completed `file_move` with action type PUT (COPY for `ObjectCreated:Copy`, whose \
          source S3 does not tell), `ObjectRemoved:*` and `LifecycleExpiration:*` one with DELETE; restores, \
          transitions, tags and the rest are `log` events with the file's fields. `s3:TestEvent`, which is of no \
          object, is filtered and no event. Of the record, the bucket's owner and ARN, `s3SchemaVersion` and `urlDecodedKey` are not kept.",
    example: r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2024-05-01T12:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDAEXAMPLE"},"requestParameters":{"sourceIPAddress":"192.0.2.7"},"responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8"},"s3":{"s3SchemaVersion":"1.0","configurationId":"all","bucket":{"name":"incoming","ownerIdentity":{"principalId":"A3NL1KOZZKExample"},"arn":"arn:aws:s3:::incoming"},"object":{"key":"2024/a+b.fits","size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"}}}]}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// Name of the event by which S3 tries whether a queue takes notifications.
const TEST_EVENT: &str = "s3:TestEvent";

fn detect(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    // The value stands unescaped or, wrapped, behind backslashes.
    let is_test = || has("\"s3:TestEvent\"") && has("\"Service\"");
    let is_record = || has("\"Records\"") && has("aws:s3") && has("eventName") && has("\"s3");
    let is_carried = || has("\"Sns\"") || has("\"body\"") || has("\"Body\"") || has("\"Message\"");
    let is_wrapped = || (has("aws:s3") && has("eventName\\\"") || has("s3:TestEvent\\")) && is_carried();
    message.trim_start().starts_with('{') && (is_record() || is_wrapped() || is_test())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let LogEvent { message, json_depth, .. } = log_event;
    aws_messages::each(message, json_depth, &mut |document| self::document(document, json_depth, emit))
}

/// A whole document: records, or the test event that S3 sends when notifications are set up, which is of no object.
fn document(text: &str, depth: usize, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut cursor = Cursor::new(text, depth);
    let (mut records, mut is_test) = (0, false);
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        match (key.raw(), cursor.peek()) {
            ("Records", b'[') => {
                cursor.begin_array()?;
                while cursor.next_element()? {
                    Notification::read(&mut cursor)?.emit(emit)?;
                    records += 1;
                }
            }
            ("Event", b'"') => is_test = cursor.string()?.raw() == TEST_EVENT,
            _ => cursor.skip()?,
        }
    }
    cursor.end()?;
    // Nothing may vanish: a queue's record of something else refuses the whole.
    if records == 0 && !is_test { Err(Refusal("no_s3_record")) } else { Ok(()) }
}
