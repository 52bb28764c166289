//! Texts as fields take them: a store refuses an event whose value is not of the field's type.

use crate::scan::address::{is_ip, set_source};
use crate::scan::free_fields::FreeFields;
use crate::scan::log_time::{self, Context};
use crate::scan::logfmt::Pair;
use crate::scan::{clf_time, clients, decimal, epoch, go_duration, host_port};
use catchwater_schemas::field::{Field, FieldType};
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;

/// The value as this field takes it; `None` if it does not.
pub(super) fn fit<'a>(field: Field, pair: &Pair<'a>, context: Context) -> Option<Value<'a>> {
    let raw = pair.value.filter(|value| !value.is_empty() && *value != "-")?;
    match (field, field.info().field_type) {
        (Field::EventDuration, _) => duration(pair.key, raw).map(Value::Unsigned),
        // Grafana writes 0 for nobody.
        (Field::UserId, _) if raw == "0" => None,
        (Field::HttpResponseStatusCode, _) => {
            (raw.len() == 3 && matches!(raw.as_bytes()[0], b'1'..=b'9') && is_digits(raw))
                .then_some(Value::Number(raw))
        }
        (_, FieldType::Date) => time(&pair.text(), context).map(Value::Time),
        (_, FieldType::Ip) => is_ip(raw).then(|| raw.into()),
        (_, FieldType::Long) => is_long(raw).then_some(Value::Number(raw)),
        (_, FieldType::Double) => decimal::json_number(raw).map(Value::Number),
        (_, FieldType::Boolean) => matches!(raw, "true" | "false").then(|| Value::Bool(raw == "true")),
        (_, FieldType::Keyword | FieldType::Text) => Some(pair.text().into()),
        (_, FieldType::Flattened) => None,
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// A whole number of JSON that 64 bits hold.
fn is_long(text: &str) -> bool {
    let canonical = text.len() == 1 || !text.starts_with('0');
    canonical && (1..=18).contains(&text.len()) && is_digits(text)
}

/// A duration with its unit, behind it or in the key.
fn duration(key: &str, text: &str) -> Option<u64> {
    let nanos = match key {
        "duration_s" | "duration_seconds" => decimal::seconds_to_nanos(text),
        _ if key.ends_with("_ms") || key.ends_with("Ms") => decimal::millis_to_nanos(text),
        _ => go_duration::nanos(text),
    };
    nanos.filter(|nanos| i64::try_from(*nanos).is_ok())
}

fn time(text: &str, context: Context) -> Option<Timestamp> {
    let whole = log_time::read(text, context).filter(|(_, rest)| rest.trim().is_empty());
    whole
        .map(|(time, _)| time)
        .or_else(|| epoch::read(text))
        .or_else(|| clf_time::parse(text, context.zone_seconds))
}

/// Sets what a pair says that is more than one field; `false`: it is none of those.
pub(super) fn set_several<'a>(
    pair: &Pair<'a>,
    heroku: bool,
    fields: &mut Fields<'a>,
    free: &mut FreeFields,
) -> bool {
    let Some(value) = pair.value.filter(|_| !pair.has_escapes) else { return false };
    match pair.key {
        "caller" | "source" | "file" => set_place(value, fields),
        "remote_addr" | "remoteAddr" | "remote" | "client_addr" => {
            let host_port = host_port::split(value);
            let Some(port) = host_port.port.filter(|_| is_ip(host_port.host)) else { return false };
            fields.set(Field::SourceIp, host_port.host);
            fields.set(Field::SourcePort, u64::from(port));
            true
        }
        "fwd" if heroku => {
            set_forwarded(value, fields);
            free.add("forwarded_for", value);
            true
        }
        _ => false,
    }
}

/// `main.go:12`, `/src/main.go:12`.
fn set_place<'a>(text: &'a str, fields: &mut Fields<'a>) -> bool {
    let Some((file, line)) = text.rsplit_once(':').filter(|(file, _)| !file.is_empty()) else { return false };
    let Some(line) = decimal::unsigned(line).filter(|line| i64::try_from(*line).is_ok()) else {
        return false;
    };
    if fields.has(Field::LogOriginFileName) || !file.contains('.') || file.contains("://") {
        return false;
    }
    fields.set(Field::LogOriginFileName, file);
    fields.set(Field::LogOriginFileLine, line);
    true
}

/// `X-Forwarded-For`, to which the router has added whom it was asked by.
fn set_forwarded<'a>(list: &'a str, fields: &mut Fields<'a>) {
    let peer = clients::items(list).next_back();
    if let Some(peer) = peer {
        set_source(fields, peer);
    }
    if let Some(client) =
        clients::client(clients::items(list)).filter(|client| Some(*client) != peer && is_ip(client))
    {
        fields.set(Field::ClientIp, client);
    }
}
