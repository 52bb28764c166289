//! Failed fixity checks as Hyrax logs them (<https://github.com/samvera/hyrax>: `FixityCheckJob`,
//! `Hyrax::Listeners::FileSetLifecycleNotificationListener`). A check that passed is not logged.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::{premis, ruby_logger};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "hyrax_fixity",
    title: "Failed fixity checks of Hyrax (Samvera)",
    doc: "Reads `FIXITY CHECK FAILURE: Fixity failed for URI message: #<ChecksumAuditLog…>`, which Hyrax logs where a check failed, and \
          that of later versions, which names the audit record only; bare or behind what Ruby's `Logger` writes. Each is a `preservation` \
          event of type `fixity check` with outcome `fail`; the URI is the object (`uri`), the message `premis.event.outcome_detail`. Hyrax does not log \
          checks that pass.",
    example: "FIXITY CHECK FAILURE: Fixity failed for http://localhost:8983/fedora/rest/prod/a/b/c/abcxyz/content/fcr:versions/version1 : #<ChecksumAuditLog:0x00007f8a1c0d2f08>",
    detect: |message| failure(ruby_logger::read(message, 0).message).is_some(),
    parse,
    ..Format::DEFAULTS
};

/// What failed.
struct Failure<'a> {
    uri: &'a str,
    message: &'a str,
    /// The record of the check, as Ruby prints an object.
    record: &'a str,
}

fn failure(message: &str) -> Option<Failure<'_>> {
    let rest = message.strip_prefix("FIXITY CHECK FAILURE: Fixity failed for ")?;
    let (what, record) = match rest.find("#<") {
        Some(at) => (rest[..at].trim_end_matches([' ', ':']), &rest[at..]),
        None => (rest.trim_end_matches([' ', ':']), ""),
    };
    let (uri, message) = what.split_once(' ').unwrap_or((what, ""));
    (!what.is_empty() || !record.is_empty()).then_some(Failure { uri, message: message.trim(), record })
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let logged = ruby_logger::read(event.message, event.zone_seconds);
    let failure = failure(logged.message).ok_or(Refusal("no_fixity_check"))?;
    let mut fields = Fields::new();
    let mut free = FreeFields::default();
    logged.set(&mut fields);
    premis::set_type("fix", "fixity check", &mut fields);
    premis::Outcome::Fail.set(&mut fields);
    fields.set_present(Field::PremisEventOutcomeDetail, failure.message);
    if !failure.uri.is_empty() {
        fields.set(Field::PremisObjectIdentifier, failure.uri);
        fields.set(Field::PremisObjectIdentifierType, Value::Escaped("uri"));
    }
    free.add("audit_log", failure.record);
    free.set(&mut fields);
    emit.event(Kind::Preservation, fields);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn with_and_without_a_uri() {
        let line = "E, [2022-05-07T17:50:59.085023 #27] ERROR -- : FIXITY CHECK FAILURE: Fixity failed for http://h/rest/a no response: #<ChecksumAuditLog:0x1>";
        let event = value(&FORMAT, line);
        assert_eq!(
            event["premis"]["object"],
            json!({"identifier": "http://h/rest/a", "identifier_type": "uri"})
        );
        let outcome = json!({"type": "fixity check", "type_uri": "http://id.loc.gov/vocabulary/preservation/eventType/fix", "outcome": "fail", "outcome_detail": "no response"});
        assert_eq!((&event["premis"]["event"], &event["log"]["level"]), (&outcome, &json!("ERROR")));
        let event = value(&FORMAT, "FIXITY CHECK FAILURE: Fixity failed for #<ChecksumAuditLog:0x1>");
        assert_eq!(
            (event["premis"].get("object"), &event["catchwater"]["fields"]),
            (None, &json!({"audit_log": "#<ChecksumAuditLog:0x1>"}))
        );
        assert_eq!(value(&FORMAT, FORMAT.example)["premis"]["event"].get("outcome_detail"), None);
    }

    #[test]
    fn what_is_refused() {
        for text in
            ["", "FIXITY CHECK FAILURE: Fixity failed for ", "a FIXITY CHECK FAILURE: Fixity failed for x"]
        {
            assert_eq!(refused(&FORMAT, text), Some("no_fixity_check"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            check_any_text(&FORMAT, &text);
        }

        #[test]
        fn any_failure(text in "[ :#<>aé]{0,20}") {
            check_any_text(&FORMAT, &format!("FIXITY CHECK FAILURE: Fixity failed for {text}"));
        }
    }
}
