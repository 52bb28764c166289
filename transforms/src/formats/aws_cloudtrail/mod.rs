//! AWS CloudTrail: calls of AWS's API as CloudTrail delivers them to CloudWatch Logs, one event a message, or to S3,
//! many under `Records`
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>).

mod identity;
mod insight;
mod objects;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::json::{Cursor, Invalid, Json, JsonStr, ObjectWriter, member};
use crate::scan::address::is_ip;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use memchr::memmem;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_cloudtrail",
    title: "AWS CloudTrail: who called which AWS API",
    doc: "Reads one CloudTrail event a message, or many under `Records` as in CloudTrail's files in S3, \
          or one in EventBridge's envelope (`AWS API Call via CloudTrail` …). Names are \
          those of Elastic's AWS integration; `requestParameters`, `responseElements` and `resources` are kept as \
          they are, members without a name of their own under `catchwater.fields`; members that are `null` or empty \
          are left out. The service is the event source. The user's name is `userIdentity.userName`, else the last \
          part of its ARN (the role's session). Successful S3 calls that put, copy or delete one object are \
          `file_move` events; all other calls, and failed ones, are `service_query`. The operation is service and name, `s3:GetObject`. \
          Insights events are `log` events of the API that they name, the kind of insight is the reason. Source of the \
          layout, read up to version 1.11: \
          [CloudTrail's user guide](https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).",
    example: r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},"eventTime":"2024-05-01T12:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2.15","requestParameters":{"maxResults":50},"responseElements":null,"requestID":"5c3a0b57-0f5a-4d55-9a8e-6f6f4e9c1f21","eventID":"e0a1f6d2-8f7b-4a49-8b38-5b2f0d1c9a77","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}"#,
    detect,
    parse,
    ..Format::DEFAULTS
};

/// Members that every event has; so have the records of S3's notifications, whose source is `aws:s3`.
const ALWAYS: [&str; 4] = ["eventTime", "eventName", "eventSource", "userIdentity"];

fn detect(message: &str) -> bool {
    message.trim_start().starts_with('{')
        && memmem::find(message.as_bytes(), b"\"eventSource\"").is_some()
        && is_event(message).unwrap_or_default()
}

/// Are those the names of the object's own members, and not those of an object in it? CloudTrail itself writes the
/// version and the identity first, so that no more need be read; tools that sort keys do not.
fn is_event(message: &str) -> Result<bool, Invalid> {
    let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
    cursor.begin_object()?;
    let (mut before, mut found) = ("", 0);
    let is_bridged = || memmem::find(message.as_bytes(), BRIDGED).is_some();
    let mut bridged = None;
    while let Some(key) = cursor.next_key()? {
        match key.raw() {
            "userIdentity" if before == "eventVersion" => return Ok(true),
            "eventSource" if cursor.clone().string()?.raw() == "aws:s3" => return Ok(false),
            "eventType" if cursor.clone().string()?.raw() == insight::EVENT_TYPE => return Ok(true),
            "detail" if cursor.peek() == b'{' && *bridged.get_or_insert_with(is_bridged) => {
                cursor.begin_object()?;
                continue;
            }
            "Records" if cursor.peek() == b'[' => {
                cursor.begin_array()?;
                if !cursor.next_element()? {
                    return Ok(false);
                }
                cursor.begin_object()?;
                continue;
            }
            name => found += usize::from(ALWAYS.contains(&name)),
        }
        if found == ALWAYS.len() {
            return Ok(true);
        }
        before = key.raw();
        cursor.skip()?;
    }
    Ok(false)
}

/// The end of EventBridge's `detail-type` for events of CloudTrail
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>).
const BRIDGED: &[u8] = b"via CloudTrail\"";

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let LogEvent { message, json_depth, .. } = log_event;
    let mut cursor = Cursor::new(message, json_depth);
    let mut probe = cursor.clone();
    probe.begin_object()?;
    let first = probe.next_key()?;
    let first = first.map(JsonStr::raw).unwrap_or_default();
    if first != "eventVersion" && memmem::find(message.as_bytes(), BRIDGED).is_some() {
        return bridged(&mut cursor, emit);
    }
    if first != "Records" || probe.peek() != b'[' {
        event(&mut cursor, emit)?;
        return Ok(cursor.end()?);
    }
    probe.begin_array()?;
    let mut events = 0;
    while probe.next_element()? {
        event(&mut probe, emit)?;
        events += 1;
    }
    while probe.next_key()?.is_some() {
        probe.skip()?;
    }
    probe.end()?;
    if events == 0 { Err(Refusal("no_records")) } else { Ok(()) }
}

/// Reads EventBridge's envelope.
fn bridged(cursor: &mut Cursor<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut found = false;
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        if key.raw() == "detail" && cursor.peek() == b'{' && !found {
            event(cursor, emit)?;
            found = true;
        } else {
            cursor.skip()?;
        }
    }
    cursor.end()?;
    if found { Ok(()) } else { Err(Refusal("no_event_name_or_source")) }
}

/// What is needed beyond the fields to tell what kind of call it was.
#[derive(Default)]
struct Call<'a> {
    name: JsonStr<'a>,
    source: JsonStr<'a>,
    identity_account: Option<JsonStr<'a>>,
    read_only: Option<bool>,
    failed: bool,
    /// The state of an insight.
    insight: Option<JsonStr<'a>>,
    /// Before `requestParameters` and `responseElements`.
    parameters: Option<Cursor<'a>>,
    response: Option<Cursor<'a>>,
    free: ObjectWriter,
}

/// Reads one event and emits it.
fn event(cursor: &mut Cursor<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut fields = Fields::new();
    let mut call = Call::default();
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        member_of_event(cursor, key, &mut fields, &mut call)?;
    }
    if call.name.is_empty() || call.source.is_empty() {
        return Err(Refusal("no_event_name_or_source"));
    }
    let kind = conclude(&mut fields, &call);
    call.free.set(&mut fields);
    emit.event(kind, fields);
    Ok(())
}

fn member_of_event<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    let text_field = match key.raw() {
        "userIdentity" => return identity::read(cursor, key, fields, call),
        "insightDetails" => return insight::read(cursor, key, fields, call),
        "tlsDetails" if cursor.peek() == b'{' => return tls(cursor, key, fields, call),
        "eventTime" => return time(cursor, key, fields, call),
        "sourceIPAddress" => return address(cursor, key, fields, call),
        "requestParameters" => {
            call.parameters = Some(cursor.clone());
            return nested(cursor, key, (Field::AwsTrailRequestParameters, b'{'), fields, call);
        }
        "responseElements" => {
            call.response = Some(cursor.clone());
            return nested(cursor, key, (Field::AwsTrailResponseElements, b'{'), fields, call);
        }
        "resources" => return nested(cursor, key, (Field::AwsTrailResources, b'['), fields, call),
        "readOnly" => {
            call.read_only = flag(cursor, key, Field::AwsTrailReadOnly, fields, call)?;
            return Ok(());
        }
        "managementEvent" => {
            return flag(cursor, key, Field::AwsTrailManagementEvent, fields, call).map(drop);
        }
        "eventName" => {
            call.name = text(cursor, key, Field::EventAction, fields, call)?;
            return Ok(());
        }
        "eventSource" => {
            call.source = text(cursor, key, Field::EventProvider, fields, call)?;
            return Ok(());
        }
        "errorCode" => {
            call.failed |= !text(cursor, key, Field::ErrorCode, fields, call)?.is_empty();
            return Ok(());
        }
        "errorMessage" => {
            call.failed |= !text(cursor, key, Field::ErrorMessage, fields, call)?.is_empty();
            return Ok(());
        }
        "awsRegion" => Field::CloudRegion,
        "userAgent" => Field::UserAgentOriginal,
        "requestID" => Field::AwsRequestId,
        "eventID" => Field::EventReferenceId,
        "eventType" => Field::AwsTrailEventType,
        "eventCategory" => Field::AwsTrailEventCategory,
        "recipientAccountId" => Field::AwsTrailRecipientAccountId,
        _ => return free(cursor, key, call),
    };
    text(cursor, key, text_field, fields, call).map(drop)
}

/// Keeps a member that has no name of its own, or whose value is not of the expected type; `null` and empty texts are
/// left out.
fn free<'a>(cursor: &mut Cursor<'a>, key: JsonStr<'a>, call: &mut Call<'a>) -> Result<(), Invalid> {
    match cursor.value()? {
        Json::Null => (),
        Json::String(text) if text.is_empty() => (),
        value => call.free.member(key, &value),
    }
    Ok(())
}

/// Sets a text, and answers it; the empty one if there is none.
#[inline]
fn text<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    field: Field,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<JsonStr<'a>, Invalid> {
    if cursor.peek() != b'"' {
        free(cursor, key, call)?;
        return Ok(JsonStr::default());
    }
    let text = cursor.string()?;
    if !text.is_empty() {
        fields.set(field, text);
    }
    Ok(text)
}

fn flag<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    field: Field,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<Option<bool>, Invalid> {
    if !matches!(cursor.peek(), b't' | b'f') {
        return free(cursor, key, call).map(|()| None);
    }
    let Json::Bool(flag) = cursor.value()? else { return Ok(None) };
    fields.set(field, flag);
    Ok(Some(flag))
}

/// Sets an object or array, told by its bracket, as it was written.
fn nested<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    (field, bracket): (Field, u8),
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    if cursor.peek() != bracket {
        return free(cursor, key, call);
    }
    fields.set(field, Value::Json(cursor.raw()?));
    Ok(())
}

fn time<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    let text = cursor.clone().string().map(JsonStr::raw);
    match text.ok().and_then(|text| Timestamp::parse_rfc3339(text, 0)) {
        Some(time) => {
            fields.set(Field::Timestamp, time);
            cursor.skip()
        }
        None => free(cursor, key, call),
    }
}

fn address<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    let is_address = cursor.peek() == b'"' && is_ip(cursor.clone().string()?.raw());
    let field = if is_address { Field::SourceIp } else { Field::SourceAddress };
    text(cursor, key, field, fields, call).map(drop)
}

fn tls<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    cursor.begin_object()?;
    call.free.open(key);
    while let Some(key) = cursor.next_key()? {
        let field = match key.raw() {
            "tlsVersion" => Field::TlsVersionProtocol,
            "cipherSuite" => Field::TlsCipher,
            "clientProvidedHostHeader" => Field::UrlDomain,
            _ => {
                free(cursor, key, call)?;
                continue;
            }
        };
        text(cursor, key, field, fields, call)?;
    }
    call.free.close();
    Ok(())
}

/// Sets what follows from several members.
fn conclude<'a>(fields: &mut Fields<'a>, call: &Call<'a>) -> Kind {
    fields.set(Field::CloudProvider, Value::Escaped("aws"));
    fields.set(Field::ServiceName, call.source);
    let account = fields.get(Field::AwsTrailRecipientAccountId).cloned();
    if let Some(account) = account.or(call.identity_account.map(Value::from)) {
        fields.set(Field::CloudAccountId, account);
    }
    if let Some(service) = call.source.raw().split('.').next().filter(|_| !call.name.has_escapes()) {
        fields.set(Field::Operation, format!("{service}:{}", call.name.raw()));
    }
    if let Some(state) = call.insight {
        return insight::conclude(fields, state);
    }
    let failed = call.failed || console_login_failed(call);
    fields.set(Field::EventOutcome, Value::Escaped(if failed { "failure" } else { "success" }));
    // Directory buckets have a source of their own.
    let (category, kind) = if matches!(call.source.raw(), "s3.amazonaws.com" | "s3express.amazonaws.com") {
        objects::read(fields, call, failed)
    } else {
        (category(call), Kind::ServiceQuery)
    };
    fields.set(Field::EventCategory, Value::Json(category.into()));
    let event_type = match (kind, call.read_only) {
        (Kind::FileMove, _) => "end",
        (_, Some(true)) => "access",
        (_, Some(false)) => "change",
        (_, None) => return kind,
    };
    fields.set(Field::EventType, Value::Escaped(event_type));
    kind
}

const API: &str = "[\"api\"]";

/// ECS categories of calls: who may do what, who came in, all other.
fn category(call: &Call<'_>) -> &'static str {
    match (call.source.raw(), call.name.raw()) {
        ("iam.amazonaws.com", _) => "[\"iam\"]",
        ("signin.amazonaws.com", _) => "[\"authentication\"]",
        ("sts.amazonaws.com", name)
            if name.starts_with("AssumeRole") || name.starts_with("Get") && name.ends_with("Token") =>
        {
            "[\"authentication\"]"
        }
        _ => API,
    }
}

/// A failed sign-in has no error code: `"responseElements":{"ConsoleLogin":"Failure"}`
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html>).
fn console_login_failed(call: &Call<'_>) -> bool {
    let response = call.response.clone().filter(|_| call.name.raw() == "ConsoleLogin");
    let login = response.and_then(|response| member(response, "ConsoleLogin"));
    login.and_then(|login| login.string()).is_some_and(|result| result.raw() == "Failure")
}
