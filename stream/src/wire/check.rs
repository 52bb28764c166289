//! Reading and checking the requests that are not on the hot path, with the rules of `ferrokinesis-core`.

use super::body::RequestBody;
use super::codec::{self, Format};
use super::errors::{self, Refusal};
use ferrokinesis_core::constants;
use ferrokinesis_core::operation::Operation;
use ferrokinesis_core::validation::{FieldDef, check_types, check_validations};
use serde_json::{Value, json};

/// Longest retention that Kinesis has today, hours; the rules know that of 2018.
const MAX_RETENTION_HOURS: f64 = 8760.0;
/// Shards of a new on-demand stream (CreateStream, API reference).
const ON_DEMAND_SHARDS: u32 = 4;

/// Fields that Kinesis has got since the rules were written; they are passed on unchecked.
const LATER_FIELDS: [&str; 2] = ["ShardFilter", constants::NEXT_TOKEN];

/// A request's fields, checked.
pub(super) fn request(operation: Operation, body: &RequestBody, format: Format) -> Result<Value, Refusal> {
    let raw = codec::decode(&body.bytes, format);
    checked(operation, raw.ok_or_else(|| Refusal::client_error(constants::SERIALIZATION_EXCEPTION, None))?)
}

/// The fields that the operation knows, checked.
pub(super) fn checked(operation: Operation, mut raw: Value) -> Result<Value, Refusal> {
    complete(operation, &mut raw);
    let mut rules = operation.validation_rules();
    for (name, rule) in &mut rules {
        if *name == constants::RETENTION_PERIOD_HOURS {
            rule.less_than_or_equal = Some(MAX_RETENTION_HOURS);
        }
    }
    let rules: Vec<(&str, &FieldDef)> = rules.iter().map(|(name, rule)| (*name, rule)).collect();
    let mut fields = check_types(&raw, &rules).map_err(errors::bounded)?;
    check_validations(&fields, &rules, None).map_err(errors::bounded)?;
    for name in LATER_FIELDS {
        if let Some(value) = raw.get_mut(name).map(Value::take).filter(|v| !v.is_null()) {
            fields[name] = value;
        }
    }
    Ok(fields)
}

/// Fills in what a request may say in another way.
fn complete(operation: Operation, raw: &mut Value) {
    if let (None | Some(Value::Null), Some(arn)) =
        (raw.get(constants::STREAM_NAME), raw.get(constants::STREAM_ARN))
        && let Some(name) = arn.as_str().and_then(name_of_arn)
    {
        raw[constants::STREAM_NAME] = json!(name);
    }
    let mode = &raw[constants::STREAM_MODE_DETAILS]["StreamMode"];
    let on_demand = mode.as_str() == Some(constants::STREAM_MODE_ON_DEMAND);
    if operation == Operation::CreateStream && on_demand && raw.get(constants::SHARD_COUNT).is_none() {
        raw[constants::SHARD_COUNT] = json!(ON_DEMAND_SHARDS);
    }
}

/// Name of the stream that an ARN names.
pub(super) fn name_of_arn(arn: &str) -> Option<&str> {
    let (service, name) = arn.split_once(":stream/")?;
    service.starts_with("arn:aws").then_some(name)
}
