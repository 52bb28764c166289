//! What the server says of an event that it did not take: whether it ever will, and why, without the event's values.
//!
//! The servers' reasons repeat what the event holds (`Preview of field's value: '…'`), so no reason is passed on. What
//! is told is the error's type, fields by their names in our registry, and phrases that are known.

use catchwater_consumer_core::retry::FOR_PEOPLE;
use catchwater_schemas::field::FIELDS;
use catchwater_schemas::outcome::Outcome;
use std::borrow::Cow;
use std::time::Duration;

/// Errors that lie in the event, by the names of Elasticsearch 7 to 9 and OpenSearch 1 to 3. All else with status 400,
/// such as a limit of the cluster's shards, lies in the server, and nothing is refused for it.
const OF_THE_EVENT: [&str; 8] = [
    "document_parsing_exception",
    "mapper_parsing_exception",
    "strict_dynamic_mapping_exception",
    "parse_exception",
    "parsing_exception",
    "x_content_parse_exception",
    "max_bytes_length_exceeded_exception",
    "illegal_argument_exception",
];

/// An `illegal_argument_exception` may lie in the event or the server; with these words it lies in the event.
const ARGUMENTS_OF_THE_EVENT: [&str; 5] =
    ["immense term", "Limit of ", "The depth of the field", "mapper [", "object mapping for"];

/// Phrases without values that tell people more than the type does.
const PHRASES: [&str; 10] = [
    "immense term",
    "Limit of total fields",
    "Limit of mapping depth",
    "The depth of the field",
    "tried to parse field",
    "cannot be changed from type",
    "maximum normal shards open",
    "maximum shards open",
    "flood-stage",
    "pipeline with id",
];

/// An item's error.
#[derive(Debug, serde::Deserialize)]
pub struct ItemError<'a> {
    /// The exception's name.
    #[serde(borrow, rename = "type")]
    pub error_type: Cow<'a, str>,
    /// Why, in the server's words, with values of the event in it.
    #[serde(borrow, default)]
    pub reason: Cow<'a, str>,
}

/// The outcome of an event that has a status of no success.
pub fn outcome(status: u16, error: &ItemError<'_>) -> Outcome {
    let told = || told(status, error);
    match status {
        409 if error.error_type == "version_conflict_engine_exception" => Outcome::Duplicate,
        400 if lies_in_the_event(error) => Outcome::Reject { reason: told() },
        429 | 500.. => Outcome::Retry { after: Duration::ZERO, reason: told() },
        _ => Outcome::Retry { after: FOR_PEOPLE, reason: told() },
    }
}

fn lies_in_the_event(error: &ItemError<'_>) -> bool {
    let listed = OF_THE_EVENT.contains(&&*error.error_type);
    let argument = || ARGUMENTS_OF_THE_EVENT.iter().any(|words| error.reason.contains(words));
    listed && (error.error_type != "illegal_argument_exception" || argument())
}

/// Status, type, and of the reason what holds no value.
fn told(status: u16, error: &ItemError<'_>) -> String {
    // A name of an exception, and nothing else that might stand there.
    let name =
        error.error_type.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && error.error_type.len() < 80;
    let mut told = format!("{status} {}", if name { &*error.error_type } else { "unnamed error" });
    let named = ["[", "\""].iter().find_map(|quote| named_field(&error.reason, quote));
    if let Some(field) = named {
        told.push_str(", field ");
        told.push_str(field);
    }
    for phrase in PHRASES.iter().filter(|p| error.reason.contains(**p)) {
        told.push_str(", ");
        told.push_str(phrase);
    }
    told
}

/// The first field of the registry that a reason names behind the word `field` or `mapping for`, itself or by a part of
/// it: OpenSearch names the inner fields of an object of unknown keys.
fn named_field(reason: &str, quote: &str) -> Option<&'static str> {
    let close = if quote == "[" { ']' } else { '"' };
    let named = |text: &str| -> Option<&'static str> {
        let name = &text[..text.find(close)?];
        let inside = |path: &str| name.strip_prefix(path).is_some_and(|r| r.is_empty() || r.starts_with('.'));
        FIELDS.iter().map(|f| f.path).find(|path| inside(path))
    };
    let words = [format!("field {quote}"), format!("field={quote}"), format!("mapping for {quote}")];
    words.iter().find_map(|word| reason.split(word.as_str()).skip(1).find_map(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, error_type: &str, reason: &str) -> Outcome {
        outcome(status, &ItemError { error_type: error_type.into(), reason: reason.into() })
    }

    #[test]
    fn what_the_event_is_wrong_in_is_refused_and_the_value_is_not_told() {
        for (error_type, reason, told) in [
            (
                "document_parsing_exception",
                "[1:6] failed to parse field [client.ip] of type [ip] in document with id '2'. Preview of field's value: 's3cret'",
                "400 document_parsing_exception, field client.ip",
            ),
            (
                "mapper_parsing_exception",
                "failed to parse field [s3cret] of type [date] in document with id '4'. Preview of field's value: 's3cret'",
                "400 mapper_parsing_exception",
            ),
            (
                "illegal_argument_exception",
                "Document contains at least one immense term in field=\"catchwater.fields._valueAndPath\" (s3cret)",
                "400 illegal_argument_exception, field catchwater.fields, immense term",
            ),
            (
                "illegal_argument_exception",
                "Document contains at least one immense term in field=\"url.path\" (whose UTF8 encoding is longer than the max length 32766). The prefix of the first immense term is: '[115, 51]...', original message: s3cret",
                "400 illegal_argument_exception, field url.path, immense term",
            ),
            (
                "illegal_argument_exception",
                "Limit of total fields [1000] has been exceeded",
                "400 illegal_argument_exception, Limit of total fields",
            ),
        ] {
            assert_eq!(of(400, error_type, reason), Outcome::Reject { reason: told.into() });
        }
    }

    #[test]
    fn what_the_server_is_wrong_in_is_tried_again() {
        for (status, error_type, reason) in [
            (
                400,
                "validation_exception",
                "this cluster currently has [1000]/[1000] maximum normal shards open",
            ),
            (400, "illegal_argument_exception", "pipeline with id [x] does not exist"),
            (
                400,
                "illegal_argument_exception",
                "only write ops with an op_type of create are allowed in data streams",
            ),
            (403, "cluster_block_exception", "index [x] blocked by: [FORBIDDEN/8/index write (api)];"),
            (404, "index_not_found_exception", "no such index [x]"),
            (409, "some_other_conflict", ""),
            (418, "s3cret: \"teapot\"", "s3cret"),
        ] {
            let Outcome::Retry { after, reason } = of(status, error_type, reason) else {
                panic!("{error_type}")
            };
            assert!(after == FOR_PEOPLE && reason.starts_with(&status.to_string()), "{reason}");
            assert!(!reason.contains("s3cret"), "{reason}");
        }
        for (status, error_type) in
            [(429, "es_rejected_execution_exception"), (503, "unavailable_shards_exception")]
        {
            assert!(matches!(of(status, error_type, ""), Outcome::Retry { after: Duration::ZERO, .. }));
        }
    }

    #[test]
    fn a_version_that_is_held_is_a_duplicate() {
        assert_eq!(of(409, "version_conflict_engine_exception", "[1]: version conflict"), Outcome::Duplicate);
    }
}
