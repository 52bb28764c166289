//! Audit trails of Fedora 3: the records of the datastream `AUDIT` of an object
//! (<https://wiki.lyrasis.org/display/FEDORA38/Fedora+Digital+Object+Model>, `info:fedora/fedora-system:def/audit#`).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::xml::{Broken, Piece, Xml};
use crate::scan::{druid, premis, xml_document};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use memchr::memmem;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "fedora_audit",
    title: "Audit trails of Fedora 3",
    doc: "Reads `audit:record` elements, alone, in `audit:auditTrail` or in a whole FOXML object, whose PID is then the object: \
          a `preservation` event each. `audit:action` is `event.action`; `ingest` is an ingestion, `purgeObject` and \
          `purgeDatastream` are deletions, `modify…` are modifications, all else keeps its word as `premis.event.type`. \
          `audit:responsibility` is the agent and `user.name`, `audit:justification` is `premis.event.detail`, `audit:componentID` (the \
          datastream) and `audit:process` stay in `catchwater.fields`. Of an object all but its PID and records is passed over. \
          A document over several lines is joined.",
    example: "<audit:record ID=\"AUDREC1\"><audit:process type=\"Fedora API-M\"/><audit:action>addDatastream</audit:action><audit:componentID>TECHMD_FITS</audit:componentID><audit:responsibility>joanna</audit:responsibility><audit:date>2013-06-21T14:54:27.396Z</audit:date><audit:justification>Copied datastream.</audit:justification></audit:record>",
    detect,
    parse,
    continues: Some(|group, line| {
        xml_document::continues(&["auditTrail", "record", "digitalObject"], group.state, group.text, line)
    }),
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let text = message.trim_start();
    let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    text.starts_with('<')
        && has("audit:action>")
        && has("audit:date>")
        && parsed(text).is_ok_and(|(_, records)| !records.is_empty())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let (object, records) = parsed(log_event.message).map_err(|Broken| Refusal("fedora_audit_cut"))?;
    if records.is_empty() {
        return Err(Refusal("no_audit_record"));
    }
    for record in &records {
        record.emit(object.as_deref(), log_event.zone_seconds, emit);
    }
    Ok(())
}

/// A record; empty where it has nothing.
#[derive(Default)]
struct Record<'a> {
    id: Cow<'a, str>,
    process: Cow<'a, str>,
    action: Cow<'a, str>,
    component: Cow<'a, str>,
    responsibility: Cow<'a, str>,
    date: Cow<'a, str>,
    justification: Cow<'a, str>,
}

/// PIDs are 64 characters long at most (Fedora Identifiers).
const MOST_PID_BYTES: usize = 64;

type Trail<'a> = (Option<Cow<'a, str>>, Vec<Record<'a>>);

fn parsed(text: &str) -> Result<Trail<'_>, Broken> {
    let mut xml = Xml::new(text);
    let (mut object, mut records) = (None, Vec::new());
    while let Some(piece) = xml.piece()? {
        match piece {
            Piece::Open { name: "digitalObject", attributes } => {
                object = attributes.get("PID").filter(|pid| !pid.is_empty() && pid.len() <= MOST_PID_BYTES);
            }
            Piece::Open { name: "record", attributes } => {
                let record = Record::read(attributes.get("ID").unwrap_or_default(), &mut xml)?;
                if !record.action.is_empty() && !record.date.is_empty() {
                    records.push(record);
                }
            }
            _ => (),
        }
    }
    Ok((object, records))
}

impl<'a> Record<'a> {
    fn read(id: Cow<'a, str>, xml: &mut Xml<'a>) -> Result<Self, Broken> {
        let inside = xml.depth();
        let mut record = Self { id, ..Self::default() };
        while xml.depth() >= inside {
            let Piece::Open { name, attributes } = xml.piece()?.ok_or(Broken)? else { continue };
            let place = match name {
                "process" => {
                    record.process = attributes.get("type").unwrap_or_default();
                    continue;
                }
                "action" => &mut record.action,
                "componentID" => &mut record.component,
                "responsibility" => &mut record.responsibility,
                "date" => &mut record.date,
                "justification" => &mut record.justification,
                _ => continue,
            };
            *place = xml.trimmed_text()?;
        }
        Ok(record)
    }

    fn emit(&self, object: Option<&str>, zone_seconds: i32, emit: &mut Emit<'_>) {
        let mut fields = Fields::new();
        let mut free = FreeFields::default();
        match Timestamp::parse_rfc3339(&self.date, zone_seconds) {
            Some(time) => fields.set(Field::Timestamp, time),
            None => free.add("date", &self.date),
        }
        let code = match self.action.as_ref() {
            "ingest" => "ing",
            "purgeObject" | "purgeDatastream" => "del",
            action if action.starts_with("modify") => "mod",
            _ => "",
        };
        premis::set_type(code, self.action.as_ref(), &mut fields);
        for (field, text) in [
            (Field::EventReferenceId, &self.id),
            (Field::PremisEventDetail, &self.justification),
            (Field::PremisAgentName, &self.responsibility),
            (Field::UserName, &self.responsibility),
        ] {
            fields.set_present(field, text);
        }
        if let Some(object) = object.filter(|object| druid::bare(object).is_some()) {
            druid::set_object(object, &mut fields);
        } else if let Some(object) = object {
            fields.set(Field::PremisObjectIdentifier, object);
            fields.set(Field::PremisObjectIdentifierType, Value::Escaped("PID"));
        }
        free.add("componentID", &self.component);
        free.add("process", &self.process);
        free.set(&mut fields);
        emit.event(Kind::Preservation, fields);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, check_events, in_one_record, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_record() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2013-06-21T14:54:27.396Z");
        assert_eq!(
            event["premis"],
            json!({"event": {"type": "addDatastream", "detail": "Copied datastream."}, "agent": {"name": "joanna"}})
        );
        assert_eq!(
            (&event["event"]["action"], &event["event"]["reference_id"], &event["user"]["name"]),
            (&json!("addDatastream"), &json!("AUDREC1"), &json!("joanna"))
        );
        assert_eq!(
            event["catchwater"]["fields"],
            json!({"componentID": "TECHMD_FITS", "process": "Fedora API-M"})
        );
    }

    #[test]
    fn a_trail_of_an_object() {
        let record = |action: &str| {
            format!(
                "<audit:record audit:ID=\"AUDREC2\"><audit:process audit:type=\"Fedora API-M\"/>\n<audit:action>{action}</audit:action><audit:componentID/><audit:responsibility>fedoraAdmin</audit:responsibility><audit:date>2005-01-20T22:46:07.428Z</audit:date><audit:justification/></audit:record>"
            )
        };
        let records: String = ["ingest", "modifyDatastreamByValue", "purgeDatastream", "setDatastreamState"]
            .map(record)
            .concat();
        let text = format!(
            "<foxml:digitalObject PID=\"druid:bd935rr8206\" xmlns:foxml=\"info:fedora/fedora-system:def/foxml#\">\n<foxml:xmlContent><audit:auditTrail>{records}</audit:auditTrail></foxml:xmlContent></foxml:digitalObject>"
        );
        assert!(detect(&text));
        let events = in_one_record(&FORMAT, &[&text]);
        let types: Vec<_> = events.iter().map(|e| e["premis"]["event"]["type"].clone()).collect();
        assert_eq!(types, ["ingestion", "modification", "deletion", "setDatastreamState"]);
        assert!(events.iter().all(|e| e["premis"]["object"]["identifier"] == "druid:bd935rr8206"));
    }

    #[test]
    fn what_is_refused() {
        for (text, reason) in [
            ("", "no_audit_record"),
            ("<audit:record><audit:action>x</audit:action></audit:record>", "no_audit_record"),
            ("<audit:record><audit:action>x</audit:action><audit:date>y</audit:date>", "fedora_audit_cut"),
        ] {
            assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
            assert!(!detect(text));
        }
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>()) {
            check_any_text(&FORMAT, &text);
        }

        #[test]
        fn any_change(at in any::<prop::sample::Index>(), len in 0..40usize, new in "(|<|/>|</audit:record>|&amp;|é|x)") {
            let mut text = FORMAT.example.to_string();
            let from = at.index(text.len());
            text.replace_range(from..(from + len).min(text.len()), &new);
            check_any_text(&FORMAT, &text);
            check_events(&FORMAT, &text);
        }
    }
}
