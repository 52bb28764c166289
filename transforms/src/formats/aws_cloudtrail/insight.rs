//! Insights events: an API was called, or failed, unusually often
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-insights-fields-insight-details.html>).

use super::{API, Call, free};
use crate::json::{Cursor, Invalid, Json, JsonStr};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// Their `eventType`.
pub(super) const EVENT_TYPE: &str = "AwsCloudTrailInsight";

/// Reads `insightDetails`, which name the API in the place of the event itself, and keeps them.
pub(super) fn read<'a>(
    cursor: &mut Cursor<'a>,
    key: JsonStr<'a>,
    fields: &mut Fields<'a>,
    call: &mut Call<'a>,
) -> Result<(), Invalid> {
    let mut inside = cursor.clone();
    if inside.begin_object_or_skip()? {
        while let Some(key) = inside.next_key()? {
            let Json::String(text) = inside.value()? else { continue };
            match key.raw() {
                _ if text.is_empty() => (),
                "eventName" => {
                    call.name = text;
                    fields.set(Field::EventAction, text);
                }
                "eventSource" => {
                    call.source = text;
                    fields.set(Field::EventProvider, text);
                }
                "insightType" => fields.set(Field::EventReason, text),
                "state" => call.insight = Some(text),
                _ => (),
            }
        }
    }
    free(cursor, key, call)
}

/// Sets what follows from the state: an insight is of many calls, and says nothing of how they went.
pub(super) fn conclude(fields: &mut Fields<'_>, state: JsonStr<'_>) -> Kind {
    fields.set(Field::EventCategory, Value::Json(API.into()));
    match state.raw() {
        "Start" => fields.set(Field::EventType, Value::Escaped("start")),
        "End" => fields.set(Field::EventType, Value::Escaped("end")),
        _ => (),
    }
    Kind::Log
}
