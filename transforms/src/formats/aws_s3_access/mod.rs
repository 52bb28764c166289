//! Server access log of Amazon S3
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>).

mod operation;
#[cfg(test)]
mod tests;

use super::aws_s3_event::key::set_file;
use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::quoted::{self, Escapes, Quoted};
use crate::scan::{address, arn, clf_time, decimal, host_port, percent, request_line, token};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use operation::Operation;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_s3_access",
    title: "Server access log of Amazon S3",
    doc: "Reads all fields of <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>; lines of earlier \
          years end sooner, with the user agent (17 fields) or later, those of now with the source region (27). \
          Successful requests that put, copy or delete one object, and objects that S3 itself deleted by a lifecycle \
          rule, are `file_move` events, as those of `aws_cloudtrail`: a copy is told by the line of its target, for S3 \
          writes one for the read of its source too, and the line of the target does not name the source. All other \
          requests are `service_query`, what S3 does by itself is `log`. The key is decoded: S3 encodes it twice for \
          requests and once for `BATCH.*` and `S3.*` (Yelp's engineering blog, \
          *S3 server access logs at scale*, 26 September 2025). \
          The user's id is the requester, his name the last part of an ARN (a role's session). `event.duration` is the \
          total time. Bucket owner, host id, turn-around time, kind of signature and authentication, access point, \
          `acl_required` and `source_region` stand in `catchwater.fields`.",
    example: r#"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:01:57 +0000] 192.0.2.3 arn:aws:iam::123456789012:user/alice DD6CC733AEXAMPLE REST.PUT.OBJECT s3-dg%2520draft.pdf "PUT /s3-dg%20draft.pdf HTTP/1.1" 200 - - 4406583 41754 28 "-" "S3Console/0.4" - 10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW3+bPdrg1234= SigV4 ECDHE-RSA-AES128-SHA AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 - - us-east-1"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    Head::read(message).is_some()
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let (head, rest) = Head::read(event.message.trim_end()).ok_or(Refusal("no_s3_access_line"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    free.add("bucket_owner", head.owner);
    let ok = set_rest(rest, &mut fields, &mut free).ok_or(Refusal("s3_access_line_cut"))?;
    head.set(&mut fields);
    let kind = head.conclude(ok, &mut fields);
    free.set(&mut fields);
    emit.event(kind, fields);
    Ok(())
}

/// The fields up to the key: they are always there and never quoted.
struct Head<'a> {
    owner: &'a str,
    bucket: &'a str,
    time: Timestamp,
    peer: &'a str,
    requester: &'a str,
    request_id: &'a str,
    operation: Operation<'a>,
    key: &'a str,
}

impl<'a> Head<'a> {
    /// Reads the fields; the rest begins with the request.
    fn read(line: &'a str) -> Option<(Self, &'a str)> {
        let (owner, rest) = token::first(line);
        let (bucket, rest) = token::first(rest);
        let (time, rest) = rest.strip_prefix('[')?.split_once("] ")?;
        let time = clf_time::parse(time, 0)?;
        let mut rest = rest;
        let mut word = || {
            let (word, after) = token::first(rest);
            rest = after;
            (!word.is_empty()).then_some(word)
        };
        let (peer, requester, request_id) = (word()?, word()?, word()?);
        let operation = Operation::read(word()?)?;
        let head = Self { owner, bucket, time, peer, requester, request_id, operation, key: word()? };
        let is_request = rest.starts_with('"') || rest == "-" || rest.starts_with("- ");
        (is_request && !owner.is_empty() && !bucket.is_empty()).then_some((head, rest))
    }

    fn set(&self, fields: &mut Fields<'a>) {
        fields.set(Field::Timestamp, self.time);
        fields.set(Field::ServiceName, Value::Escaped("s3.amazonaws.com"));
        fields.set(Field::EventProvider, Value::Escaped("s3.amazonaws.com"));
        fields.set(Field::CloudProvider, Value::Escaped("aws"));
        fields.set(Field::EventAction, self.operation.text);
        fields.set(Field::Operation, self.operation.text);
        address::set_source(fields, self.peer);
        fields.set_present(Field::UserId, self.requester);
        if let Some(name) = arn::name(self.requester) {
            fields.set(Field::UserName, name);
        }
        fields.set_present(Field::AwsRequestId, self.request_id);
    }

    /// Sets the object and what was done with it; `ok`: was it done?
    fn conclude(&self, ok: bool, fields: &mut Fields<'a>) -> Kind {
        let operation = &self.operation;
        let (bucket, key) = if operation.is_target {
            (Field::FileDestinationBucket, Field::FileDestinationKey)
        } else {
            (Field::FileSourceBucket, Field::FileSourceKey)
        };
        fields.set_present(bucket, self.bucket);
        let has_key = self.key != "-";
        if has_key {
            let path = fields.text(Field::UrlPath).map(Cow::into_owned);
            set_file(fields, self.key(path.as_deref()), Some(key));
        }
        let category = if has_key { "[\"file\"]" } else { "[\"api\"]" };
        fields.set(Field::EventCategory, Value::Json(Cow::Borrowed(category)));
        fields.set(Field::EventOutcome, Value::Escaped(if ok { "success" } else { "failure" }));
        let (kind, event_type) = match operation.action.filter(|_| ok && has_key) {
            Some(action) => {
                fields.set(Field::ActionType, Value::Escaped(action));
                (Kind::FileMove, "end")
            }
            None if operation.is_own => (Kind::Log, "change"),
            None => (Kind::ServiceQuery, if operation.is_read { "access" } else { "change" }),
        };
        fields.set(Field::EventType, Value::Escaped(event_type));
        kind
    }

    /// The object's key. Where the request's path ends with what one decoding gives, and not with what two give, the key
    /// was encoded once: compatible stores do so.
    fn key(&self, path: Option<&str>) -> Cow<'a, str> {
        let once = percent::decode_path(self.key);
        if self.operation.is_encoded_once || !once.contains('%') {
            return once;
        }
        let twice = match &once {
            Cow::Borrowed(text) => percent::decode_path(text),
            Cow::Owned(text) => Cow::Owned(percent::decode_path(text).into_owned()),
        };
        let path = path.map(percent::decode_path).unwrap_or_default();
        if path.ends_with(&*once) && !path.ends_with(&*twice) { once } else { twice }
    }
}

/// Sets the fields from the request on: was the request answered without an error? `None` if the line is cut, which may
/// be anywhere before the user agent's end.
fn set_rest<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) -> Option<bool> {
    let (request, rest) = quoted::take_or_word(rest)?;
    request_line::set(request, fields);
    let (status, rest) = token::first(rest);
    let status = match status {
        "-" => None,
        digits => Some(digits.parse::<u16>().ok().filter(|code| (100..1000).contains(code))?),
    };
    let (error, mut rest) = token::first(rest);
    fields.set_present(Field::ErrorCode, error);
    let mut number = || {
        let (word, after) = token::first(rest);
        rest = after;
        Some(if word == "-" { None } else { Some((decimal::unsigned(word)?, word)) })
    };
    let (sent, size, total, turn_around) = (number()?, number()?, number()?, number()?);
    for (field, value) in [(Field::HttpResponseBodyBytes, sent), (Field::FileSize, size)] {
        if let Some((value, _)) = value {
            fields.set(field, value);
        }
    }
    if let Some(nanos) = total.and_then(|(millis, _)| millis.checked_mul(1_000_000)) {
        fields.set(Field::EventDuration, nanos);
    }
    if let Some((_, millis)) = turn_around {
        free.add_number("turn_around_time_ms", millis);
    }
    let (referrer, rest) = quoted::take_or_word(rest)?;
    request_line::set_text(Field::HttpRequestReferrer, referrer, fields);
    let (agent, rest) = agent(rest)?;
    request_line::set_text(Field::UserAgentOriginal, agent, fields);
    set_tail(rest, fields, free);
    if let Some(status) = status {
        fields.set(Field::HttpResponseStatusCode, u64::from(status));
    }
    Some(status.is_none_or(|status| status < 400) && !fields.has(Field::ErrorCode))
}

/// The user agent. S3 escapes no mark in it, and no field behind it has any: the last mark ends it.
fn agent(rest: &str) -> Option<(Quoted<'_>, &str)> {
    let Some(inside) = rest.strip_prefix('"') else { return quoted::take_or_word(rest) };
    let end = memchr::memrchr(b'"', inside.as_bytes())?;
    let after = &inside[end + 1..];
    let rest = if after.is_empty() { after } else { after.strip_prefix(' ')? };
    Some((Quoted { raw: &inside[..end], escapes: Escapes::Absent }, rest))
}

/// Sets the fields behind the user agent: the line may end after any of them.
fn set_tail<'a>(rest: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    let mut rest = rest;
    for place in TAIL {
        let (word, after) = token::first(rest);
        rest = after;
        match place {
            Place::Host => {
                let host = host_port::split(word);
                fields.set_present(Field::UrlDomain, host.host);
                if let Some(port) = host.port {
                    fields.set(Field::UrlPort, u64::from(port));
                }
            }
            Place::Field(field) => fields.set_present(*field, word),
            Place::Free(name) => free.add(name, word),
        }
    }
    free.add("trailing", rest);
}

enum Place {
    Field(Field),
    Free(&'static str),
    Host,
}

const TAIL: &[Place] = &[
    Place::Field(Field::FileVersion),
    Place::Free("host_id"),
    Place::Free("signature_version"),
    Place::Field(Field::TlsCipher),
    Place::Free("authentication_type"),
    Place::Host,
    Place::Field(Field::TlsVersionProtocol),
    Place::Free("access_point_arn"),
    Place::Free("acl_required"),
    Place::Free("source_region"),
];
