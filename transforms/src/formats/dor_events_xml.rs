//! Events of objects in Stanford's Digital Object Registry, as their `events` datastream in Fedora and `events.xml` in a Moab
//! hold them (<https://github.com/sul-dlss/dor-services>, `Dor::EventsDS`): `<event type= when= who=>text</event>`.

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::xml::{Attributes, Broken, Piece, Xml};
use crate::scan::{druid, premis, xml_document};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::Timestamp;
use memchr::memmem;
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "dor_events_xml",
    title: "Events of objects in a Digital Object Registry (`events.xml`)",
    doc: "Reads `<event type=\"…\" who=\"…\" when=\"…\">text</event>`, alone or many in `<events>`, as the datastream `events` of \
          DOR's objects in Fedora and `metadata/events.xml` of Moabs hold them, and those of `provenanceMetadata` \
          (<https://github.com/sul-dlss/dor-services/blob/main/lib/dor/datastreams/events_ds.rb>). Each is a `preservation` event; \
          its text is `premis.event.detail`. The types (`remediation`, `embargo`, `open`, `close`, `publish` …) are DOR's own \
          and stay so, but for those that are terms of PREMIS; those of `provenanceMetadata` have none. Who did it is `premis.agent.name`; `Dor::…`, `application:…`, `DOR-…` and `SDR-…` are \
          software, all else is `user.name` too. An event does not name its object: where an element around it has \
          `objectId` (or `object`), that is it; else only the log stream tells. A document over several lines is joined.",
    example: r#"<event type="open" who="staff2" when="2017-06-11T03:10:15Z">Version 2 opened</event>"#,
    detect,
    parse,
    continues: Some(|group, line| {
        xml_document::continues(&["events", "event", "provenanceMetadata"], group.state, group.text, line)
    }),
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let text = message.trim_start();
    let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    text.starts_with('<')
        && has("<event ")
        && has(" when=")
        && has(" who=")
        && parsed(text).is_ok_and(|e| !e.is_empty())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let events = parsed(log_event.message).map_err(|Broken| Refusal("dor_events_xml_cut"))?;
    if events.is_empty() {
        return Err(Refusal("no_dor_event"));
    }
    for event in events {
        event.emit(log_event.zone_seconds, emit);
    }
    Ok(())
}

/// What names of programs begin with: libraries, applications, robots and workflows.
const SOFTWARE: [&str; 4] = ["Dor::", "application:", "DOR-", "SDR-"];

/// An event, read.
struct DorEvent<'a> {
    kind: Cow<'a, str>,
    who: Cow<'a, str>,
    when: Cow<'a, str>,
    text: Cow<'a, str>,
    object: Option<Cow<'a, str>>,
}

fn parsed(text: &str) -> Result<Vec<DorEvent<'_>>, Broken> {
    let mut xml = Xml::new(text);
    let mut events = Vec::new();
    let mut object = None;
    while let Some(piece) = xml.piece()? {
        let Piece::Open { name, attributes } = piece else { continue };
        if name == "event" {
            if let Some(event) = DorEvent::read(&attributes, &mut xml, object.clone())? {
                events.push(event);
            }
        } else if let Some(id) = attributes.get("objectId").or_else(|| attributes.get("object")) {
            object = druid::bare(&id).is_some().then_some(id);
        }
    }
    Ok(events)
}

impl<'a> DorEvent<'a> {
    /// Reads the event that was opened last; none if it has no time, or does not say who did it.
    fn read(
        attributes: &Attributes<'a>,
        xml: &mut Xml<'a>,
        object: Option<Cow<'a, str>>,
    ) -> Result<Option<Self>, Broken> {
        let of = |name| attributes.get(name);
        let text = xml.trimmed_text()?;
        let (Some(when), Some(who)) = (of("when"), of("who")) else { return Ok(None) };
        let kind = of("type").unwrap_or_default();
        Ok((!when.is_empty()).then_some(Self { kind, who, when, text, object }))
    }

    fn emit(&self, zone_seconds: i32, emit: &mut Emit<'_>) {
        let mut fields = Fields::new();
        let mut free = FreeFields::default();
        match Timestamp::parse_rfc3339(&self.when, zone_seconds) {
            Some(time) => fields.set(Field::Timestamp, time),
            None => free.add("when", &self.when),
        }
        if !self.kind.is_empty() {
            let code = premis::event_type(&self.kind).map_or("", |term| term.0);
            premis::set_type(code, self.kind.as_ref(), &mut fields);
        }
        fields.set_present(Field::PremisEventDetail, &self.text);
        fields.set_present(Field::PremisAgentName, &self.who);
        if SOFTWARE.iter().any(|start| self.who.starts_with(start)) {
            fields.set(Field::PremisAgentType, Value::Escaped("software"));
        } else {
            fields.set_present(Field::UserName, &self.who);
        }
        if let Some(object) = &self.object {
            druid::set_object(object, &mut fields);
        }
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
    fn an_event_of_a_person_and_one_of_software() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2017-06-11T03:10:15.000Z");
        assert_eq!(event["premis"]["event"], json!({"type": "open", "detail": "Version 2 opened"}));
        assert_eq!(
            (&event["premis"]["agent"], &event["user"]["name"]),
            (&json!({"name": "staff2"}), &json!("staff2"))
        );
        let line = "<provenanceMetadata objectId='druid:bj102hs9687'><agent name='DOR'><what object='druid:bj102hs9687'><event who='DOR-accessionWF' when='2012-05-07T15:41:14-07:00'>registered</event></what></agent></provenanceMetadata>";
        let event = value(&FORMAT, line);
        assert_eq!(event["premis"]["event"], json!({"detail": "registered"}));
        assert_eq!(event["premis"]["object"]["identifier"], "druid:bj102hs9687");
        assert_eq!(event["premis"]["agent"]["type"], "software");
        let line = "<event type=\"Deletion\" when=\"then\" who=\"Dor::X 3.5.0\"/>";
        let event = value(&FORMAT, line);
        assert_eq!(event["premis"]["event"]["type"], "deletion");
        assert_eq!(event["event"]["action"], "Deletion");
        assert_eq!(event["premis"]["agent"], json!({"name": "Dor::X 3.5.0", "type": "software"}));
        assert_eq!((&event["catchwater"]["fields"]["when"], event.get("user")), (&json!("then"), None));
    }

    #[test]
    fn many_in_a_document_over_lines() {
        let text = "<?xml version=\"1.0\"?>\n<events objectId=\"druid:bj102hs9687\">\n  <event type=\"open\" who=\"a\" when=\"2017-06-11T03:10:15Z\">x &amp; y</event>\n  <event/>\n  <event type=\"close\" who=\"b\" when=\"2017-06-11T03:10:16-0700\">z</event>\n</events>";
        let events = in_one_record(&FORMAT, &[text]);
        let seen: Vec<_> = events
            .iter()
            .map(|e| {
                (
                    e["event"]["action"].clone(),
                    e["premis"]["event"]["detail"].clone(),
                    e["premis"]["object"].clone(),
                )
            })
            .collect();
        let object = json!({"identifier": "druid:bj102hs9687", "identifier_type": "druid"});
        assert_eq!(
            seen,
            [(json!("open"), json!("x & y"), object.clone()), (json!("close"), json!("z"), object),]
        );
        assert_eq!(events[1]["@timestamp"], "2017-06-11T10:10:16.000Z");
    }

    #[test]
    fn what_is_refused() {
        for (text, reason) in [
            ("", "no_dor_event"),
            ("<event/>", "no_dor_event"),
            ("<event type='a' who='b' when=''/>", "no_dor_event"),
            ("<event type='a' when='2017-06-11T03:10:15Z'/>", "no_dor_event"),
            ("<event type=\"open\" who=\"a\" when=\"b\">", "dor_events_xml_cut"),
            ("<event type=\"open\" who=\"a\" when=\"b", "dor_events_xml_cut"),
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
        fn any_document(text in "(<events objectId='druid:bj102hs9687'>|<event type=\"open\" who=\"|\" when=\"2017-06-11T03:10:15Z|\">|</event>|</events>|/>|&lt;|<!\\[CDATA\\[|\\]\\]>|é|x){0,14}") {
            check_any_text(&FORMAT, &text);
            check_events(&FORMAT, &format!("<event type=\"open\" who=\"a\" when=\"{text}\">{text}</event>"));
        }
    }
}
