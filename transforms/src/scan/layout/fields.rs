//! Which field a value of a layout is.

use super::What;
use crate::scan::decimal;
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// Sets the field of a value.
pub fn set<'a>(what: &What, text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    let text = if *what == What::Message { text.trim_end_matches('\n') } else { text.trim() };
    let field = match what {
        What::Level => Field::LogLevel,
        What::Thread => Field::ProcessThreadName,
        What::Logger | What::ShortLogger => Field::LogLogger,
        What::Method => Field::LogOriginFunction,
        What::File => Field::LogOriginFileName,
        What::Message => Field::Message,
        What::Class => return set_class(text, fields),
        What::Line => return set_number(Field::LogOriginFileLine, text, fields),
        What::Pid => return set_number(Field::ProcessPid, text, fields),
        What::ThreadId => return set_number(Field::ProcessThreadId, text, fields),
        What::Sequence => return set_number(Field::EventSequence, text, fields),
        What::Location => return set_location(text, fields),
        What::Free(key) => return set_key(key, text, fields, free),
        What::Correlation => {
            if let Some((trace, span)) = text.split_once('-') {
                fields.set_present(Field::TraceId, trace);
                fields.set_present(Field::SpanId, span);
            }
            return;
        }
        What::Sleuth => {
            let mut parts = text.split(',');
            free.add("application", parts.next().unwrap_or_default());
            fields.set_present(Field::TraceId, parts.next().unwrap_or_default());
            fields.set_present(Field::SpanId, parts.next().unwrap_or_default());
            return;
        }
        What::Time(_) | What::Digits | What::Skip => return,
    };
    fields.set_present(field, text);
}

/// The class that wrote the line stands for the logger where that is not named.
fn set_class<'a>(text: &'a str, fields: &mut Fields<'a>) {
    if !fields.has(Field::LogLogger) {
        fields.set_present(Field::LogLogger, text);
    }
}

fn set_number(field: Field, text: &str, fields: &mut Fields<'_>) {
    if let Some(number) = decimal::unsigned(text).filter(|n| i64::try_from(*n).is_ok()) {
        fields.set(field, number);
    }
}

/// `a.B.method(B.java:12)`.
fn set_location<'a>(text: &'a str, fields: &mut Fields<'a>) {
    let Some((method, place)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else { return };
    let (class, method) = method.rsplit_once('.').unwrap_or(("", method));
    let (file, line) = place.split_once(':').unwrap_or((place, ""));
    set_class(class, fields);
    fields.set_present(Field::LogOriginFunction, method);
    fields.set_present(Field::LogOriginFileName, file);
    set_number(Field::LogOriginFileLine, line, fields);
}

fn set_key<'a>(key: &str, text: &'a str, fields: &mut Fields<'a>, free: &mut FreeFields) {
    match key {
        "traceId" | "trace_id" | "trace.id" | "X-B3-TraceId" => fields.set_present(Field::TraceId, text),
        "spanId" | "span_id" | "span.id" | "X-B3-SpanId" => fields.set_present(Field::SpanId, text),
        "transaction.id" => fields.set_present(Field::TransactionId, text),
        _ => free.add(key, text),
    }
}
