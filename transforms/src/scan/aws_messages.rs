//! Documents that SNS and SQS carry: each as a text inside the JSON of the message, which may hold a message again
//! (S3 → SNS → SQS → Lambda).
//!
//! - `{"Records":[{"Sns":{"Message":"…"}}]}`: SNS to a function
//!   (<https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>)
//! - `{"Records":[{"messageId":"…","body":"…"}]}`: SQS to a function, and one such record alone
//!   (<https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>)
//! - `{"Messages":[{"MessageId":"…","Body":"…"}]}`: what SQS itself answers
//!   (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>)
//! - `{"Type":"Notification","Message":"…"}`: SNS to HTTP and to queues
//!   (<https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>); with raw delivery it is the
//!   document itself.

use crate::formats::Refusal;
use crate::json::{Cursor, Invalid, JsonStr};

/// S3 in SNS in SQS is three documents in one another; each level unescapes, so that more is only work.
const MOST_WRAPPERS: usize = 4;

/// Gives each document that the text carries to `take`, the text itself if it is no message. A refusal of one is a
/// refusal of all.
pub fn each(
    text: &str,
    depth: usize,
    take: &mut dyn FnMut(&str) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    unwrap(text, depth, MOST_WRAPPERS, take)
}

fn unwrap(
    text: &str,
    depth: usize,
    wrappers_left: usize,
    take: &mut dyn FnMut(&str) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let Some(carried) = carried(text, depth)? else { return take(text) };
    let wrappers_left = wrappers_left.checked_sub(1).ok_or(Refusal("too_many_wrappers"))?;
    for document in carried {
        unwrap(&document.text(), depth, wrappers_left, take)?;
    }
    Ok(())
}

/// What the message carries; `None` if it is none.
fn carried(text: &str, depth: usize) -> Result<Option<Vec<JsonStr<'_>>>, Refusal> {
    let mut cursor = Cursor::new(text, depth);
    let mut found = Vec::new();
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        match (key.raw(), cursor.peek()) {
            ("Records" | "Messages", b'[') => {
                if !records(&mut cursor, &mut found)? {
                    return Ok(None);
                }
            }
            ("Message" | "body" | "Body", b'"') => found.push(cursor.string()?),
            _ => cursor.skip()?,
        }
    }
    cursor.end()?;
    Ok((!found.is_empty()).then_some(found))
}

/// Reads the records of messages; `false` if the first is none, and then nothing more is read.
fn records<'a>(cursor: &mut Cursor<'a>, found: &mut Vec<JsonStr<'a>>) -> Result<bool, Refusal> {
    cursor.begin_array()?;
    let before = found.len();
    while cursor.next_element()? {
        if cursor.peek() != b'{' {
            return Ok(false);
        }
        match record(cursor)? {
            Some(document) => found.push(document),
            None if found.len() == before => return Ok(false),
            // Nothing may vanish from a queue.
            None => return Err(Refusal("no_message_body")),
        }
    }
    Ok(true)
}

/// The text that a record carries.
fn record<'a>(cursor: &mut Cursor<'a>) -> Result<Option<JsonStr<'a>>, Invalid> {
    let mut found = None;
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        match (key.raw(), cursor.peek()) {
            ("body" | "Body", b'"') => found = Some(cursor.string()?),
            ("Sns", b'{') => {
                cursor.begin_object()?;
                while let Some(key) = cursor.next_key()? {
                    match (key.raw(), cursor.peek()) {
                        ("Message", b'"') => found = Some(cursor.string()?),
                        _ => cursor.skip()?,
                    }
                }
            }
            _ => cursor.skip()?,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn documents(text: &str) -> Result<Vec<String>, Refusal> {
        let mut all = Vec::new();
        each(text, 64, &mut |document| {
            all.push(document.to_string());
            Ok(())
        })?;
        Ok(all)
    }

    #[test]
    fn each_way_to_carry() {
        let inner = json!({"a": "b\"c"}).to_string();
        let sns = json!({"Type": "Notification", "MessageId": "m", "Message": inner}).to_string();
        for carrier in [
            inner.clone(),
            sns.clone(),
            json!({"Records": [{"Sns": {"Message": inner}}]}).to_string(),
            json!({"Records": [{"messageId": "m", "body": inner}]}).to_string(),
            json!({"Records": [{"messageId": "m", "body": sns}]}).to_string(),
            json!({"Messages": [{"MessageId": "m", "Body": inner}]}).to_string(),
            json!({"messageId": "m", "body": inner}).to_string(),
        ] {
            assert_eq!(documents(&carrier), Ok(vec![inner.clone()]), "{carrier}");
        }
        let two = json!({"Records": [{"body": "{\"x\":1}"}, {"body": "{\"x\":2}"}]}).to_string();
        assert_eq!(documents(&two).unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_message_is_given_as_it_is_and_half_messages_are_refused() {
        for text in ["{}", "{\"Records\":[]}", "{\"Records\":[{\"s3\":{}}]}", "{\"Records\":[1]}"] {
            assert_eq!(documents(text), Ok(vec![text.to_string()]));
        }
        assert_eq!(documents("{\"Records\":[{\"body\":\"{}\"},{}]}"), Err(Refusal("no_message_body")));
        assert_eq!(documents("hello"), Err(Refusal("not_json")));
        let mut deep = "{}".to_string();
        for _ in 0..5 {
            deep = json!({"Message": deep}).to_string();
        }
        assert_eq!(documents(&deep), Err(Refusal("too_many_wrappers")));
    }

    proptest! {
        #[test]
        fn never_panics(text in "(\\{\"Records\":\\[|\\{\"Message\":)[a{}\\[\\]\":,\\\\body]{0,40}") {
            let _ = documents(&text);
        }
    }
}
