//! Standard logs as JSON, one object a request whose members are the columns: what CloudFront delivers to CloudWatch Logs
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html>, "Output format").

use super::column::{Role, role};
use super::request::Request;
use super::{NO_LINE, take};
use crate::formats::Refusal;
use crate::json::{Cursor, Json, MOST_DEPTH};
use catchwater_schemas::field::Field;

/// Most members of an object.
const MOST: usize = 128;

/// Is this surely such an object?
pub(super) fn is_sure(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"\"x-edge-location\"").is_some()
        && read(text, MOST_DEPTH).is_ok_and(|request| {
            request.fields.has(Field::AwsCloudfrontEdgeLocation) && request.fields.has(Field::Timestamp)
        })
}

/// Reads an object. Refused if it has no column that is known, or one twice.
pub(super) fn read(text: &str, depth: usize) -> Result<Request<'_>, Refusal> {
    let mut cursor = Cursor::new(text, depth);
    let mut request = Request::default();
    let mut names: Vec<&str> = Vec::with_capacity(40);
    let mut known = false;
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        let name = key.raw();
        if key.has_escapes() || names.len() == MOST || names.contains(&name) {
            return Err(NO_LINE);
        }
        names.push(name);
        let role = role(name);
        known |= role != Role::Unknown;
        match cursor.value()? {
            Json::String(text) if !text.has_escapes() => take(&mut request, name, role, text.raw())?,
            Json::String(text) => request.free.add(name, &text.text()),
            Json::Number(number) => take(&mut request, name, role, number)?,
            Json::Object(raw) | Json::Array(raw) => request.free.add(name, &raw),
            Json::Bool(flag) => request.free.add(name, if flag { "true" } else { "false" }),
            Json::Null => (),
        }
    }
    cursor.end()?;
    request.conclude().filter(|()| known).ok_or(NO_LINE)?;
    Ok(request)
}
