//! What documents of others do not show; those are in `testdata/premis_xml`.

use super::{FORMAT, detect};
use crate::formats::dor_events_xml;
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

const DOCUMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<premis:premis xmlns:premis="http://www.loc.gov/premis/v3" version="3.0">
  <premis:object><premis:objectIdentifier><premis:objectIdentifierValue>o</premis:objectIdentifierValue></premis:objectIdentifier></premis:object>
  <premis:event>
    <premis:eventIdentifier><premis:eventIdentifierType>UUID</premis:eventIdentifierType><premis:eventIdentifierValue>e1</premis:eventIdentifierValue></premis:eventIdentifier>
    <premis:eventType valueURI="http://id.loc.gov/vocabulary/preservation/eventType/fix">contrôle</premis:eventType>
    <premis:eventDateTime>
      2022-06-15T08:30:00+02:00
    </premis:eventDateTime>
    <premis:eventDetailInformation><premis:eventDetail>program="python"; version="3" &amp; more</premis:eventDetail>
      <premis:eventDetailExtension><eventType>no</eventType></premis:eventDetailExtension></premis:eventDetailInformation>
    <premis:eventOutcomeInformation><premis:eventOutcome>Pass</premis:eventOutcome></premis:eventOutcomeInformation>
    <premis:eventOutcomeInformation><premis:eventOutcome valueURI="http://id.loc.gov/vocabulary/preservation/eventOutcome/fai">raté</premis:eventOutcome>
      <premis:eventOutcomeDetail><premis:eventOutcomeDetailNote>sums differ</premis:eventOutcomeDetailNote></premis:eventOutcomeDetail></premis:eventOutcomeInformation>
    <premis:linkingAgentIdentifier><premis:linkingAgentIdentifierType>local</premis:linkingAgentIdentifierType><premis:linkingAgentIdentifierValue>a1</premis:linkingAgentIdentifierValue><premis:linkingAgentRole>executing program</premis:linkingAgentRole></premis:linkingAgentIdentifier>
    <premis:linkingAgentIdentifier><premis:linkingAgentIdentifierType>local</premis:linkingAgentIdentifierType><premis:linkingAgentIdentifierValue>a2</premis:linkingAgentIdentifierValue></premis:linkingAgentIdentifier>
    <premis:linkingObjectIdentifier><premis:linkingObjectIdentifierType>druid</premis:linkingObjectIdentifierType><premis:linkingObjectIdentifierValue>druid:bc123df4567</premis:linkingObjectIdentifierValue><premis:linkingObjectRole>source</premis:linkingObjectRole></premis:linkingObjectIdentifier>
    <premis:linkingObjectIdentifier><premis:linkingObjectIdentifierType>druid</premis:linkingObjectIdentifierType><premis:linkingObjectIdentifierValue>druid:bb123cd4567</premis:linkingObjectIdentifierValue><premis:linkingObjectRole>outcome</premis:linkingObjectRole></premis:linkingObjectIdentifier>
  </premis:event>
  <premis:event>
    <premis:eventType>registration</premis:eventType><premis:eventDateTime>2021-04-02</premis:eventDateTime>
    <premis:eventOutcomeInformation><premis:eventOutcome>recorded</premis:eventOutcome></premis:eventOutcomeInformation>
  </premis:event>
  <premis:agent>
    <premis:agentIdentifier><premis:agentIdentifierType>local</premis:agentIdentifierType><premis:agentIdentifierValue>a1</premis:agentIdentifierValue></premis:agentIdentifier>
    <premis:agentName>Fido 1.4</premis:agentName><premis:agentType>software</premis:agentType>
  </premis:agent>
</premis:premis>"#;

#[test]
fn all_units_of_an_event() {
    let events = in_one_record(&FORMAT, &[DOCUMENT]);
    assert_eq!(events.len(), 2);
    let event = &events[0];
    assert_eq!(event["@timestamp"], "2022-06-15T06:30:00.000Z");
    assert_eq!(
        (&event["event"]["reference_id"], &event["event"]["outcome"]),
        (&json!("e1"), &json!("failure"))
    );
    assert_eq!(event["event"]["action"], "contrôle");
    let premis = json!({
        "event": {
            "type": "fixity check",
            "type_uri": "http://id.loc.gov/vocabulary/preservation/eventType/fix",
            "outcome": "fail",
            "outcome_detail": "sums differ",
            "detail": "program=\"python\"; version=\"3\" & more",
        },
        "agent": {"identifier": ["a1", "a2"], "name": ["Fido 1.4", "a2"], "role": "executing program", "type": "software"},
        "object": {
            "identifier": ["druid:bc123df4567", "druid:bb123cd4567"],
            "identifier_type": "druid",
            "role": ["source", "outcome"],
        },
    });
    assert_eq!(event["premis"], premis);
    let free = json!({"eventIdentifierType": "UUID", "linkingAgentIdentifierType": "local; local"});
    assert_eq!(event["catchwater"]["fields"], free);
}

#[test]
fn words_of_ones_own_stay() {
    let event = &in_one_record(&FORMAT, &[DOCUMENT])[1];
    assert_eq!(event["@timestamp"], "2021-04-02T00:00:00.000Z");
    assert_eq!(event["premis"]["event"], json!({"type": "registration"}));
    assert_eq!(event["catchwater"]["fields"], json!({"eventOutcome": "recorded"}));
    assert_eq!(event["event"].get("outcome"), None);
}

#[test]
fn premis_2_without_prefix_and_in_mets() {
    let event = "<event><eventType>Virus check</eventType><eventDateTime>2009-01-27T14:32:12-05:00</eventDateTime>\
                 <eventDetail>Checked</eventDetail><eventOutcomeInformation><eventOutcome>SUCCESS</eventOutcome><eventOutcomeDetail>\
                 <eventOutcomeDetailNote/></eventOutcomeDetail></eventOutcomeInformation></event>";
    let wrapped = format!(
        "<mets xmlns='http://www.loc.gov/METS/'><mdWrap MDTYPE='PREMIS:EVENT'><xmlData>{event}</xmlData></mdWrap></mets>"
    );
    for text in [event.to_string(), wrapped] {
        let event = value(&FORMAT, &text);
        assert!(detect(&text));
        assert_eq!(event["@timestamp"], "2009-01-27T19:32:12.000Z");
        assert_eq!(event["premis"]["event"]["type"], "virus check");
        assert_eq!(
            (&event["premis"]["event"]["outcome"], &event["premis"]["event"]["detail"]),
            (&json!("success"), &json!("Checked"))
        );
    }
}

#[test]
fn times_that_are_none_and_intervals() {
    let event = |time: &str| {
        value(
            &FORMAT,
            &format!("<event><eventType>x</eventType><eventDateTime>{time}</eventDateTime></event>"),
        )
    };
    let interval = event("2016-10-12T13:00:00Z/2016-10-12T13:05:00Z");
    assert_eq!(
        (&interval["@timestamp"], &interval["event"]["end"]),
        (&json!("2016-10-12T13:00:00.000Z"), &json!("2016-10-12T13:05:00.000Z"))
    );
    assert_eq!(event("2016-10-12+02:00")["@timestamp"], "2016-10-11T22:00:00.000Z");
    for none in ["03-08-2022T00:00:00Z", "2016", "2016-13-01", "2016-10-1é", "unknown/2016-10-12"] {
        let event = event(none);
        assert_eq!(event["@timestamp"], "2020-09-13T12:26:40.000Z", "{none}");
        assert_eq!(event["catchwater"]["fields"]["eventDateTime"], none);
    }
}

#[test]
fn what_is_refused() {
    for (text, reason) in [
        ("", "no_premis_event"),
        ("hello", "no_premis_event"),
        ("<event><eventType>x</eventType></event>", "no_premis_event"),
        ("<event type=\"open\" who=\"a\" when=\"b\">x</event>", "no_premis_event"),
        ("<event><eventType>x</eventType><eventDateTime>2016-10-12</eventDateTime>", "premis_xml_cut"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
        assert!(!detect(text));
    }
}

#[test]
fn a_long_name_is_not_put_into_each_event() {
    let name = "n".repeat(10_000);
    let event = "<event><eventType>x</eventType><eventDateTime>2016-10-12</eventDateTime><linkingAgentIdentifier><linkingAgentIdentifierValue>a</linkingAgentIdentifierValue></linkingAgentIdentifier></event>";
    let agent =
        format!("<agent><agentIdentifierValue>a</agentIdentifierValue><agentName>{name}</agentName></agent>");
    let events = in_one_record(&FORMAT, &[&format!("<premis>{}{agent}</premis>", event.repeat(3))]);
    assert!(events.iter().all(|e| e["premis"]["agent"] == json!({"name": "a"})));
}

#[test]
fn the_other_format_of_events_is_not_taken() {
    assert!(!detect(dor_events_xml::FORMAT.example) && !(dor_events_xml::FORMAT.detect)(FORMAT.example));
    assert_eq!(value(&FORMAT, FORMAT.example)["premis"]["event"]["type"], Value::from("fixity check"));
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check_any_text(&FORMAT, &text);
    }

    #[test]
    fn any_change_of_a_document(
        at in any::<prop::sample::Index>(),
        len in 0..80usize,
        new in prop::sample::select(vec!["", "<", ">", "/>", "<premis:event>", "</premis:event>", "&", "<![CDATA[", "<!--", "\u{0}", "é"]),
    ) {
        let mut text = DOCUMENT.to_string();
        let from = at.index(text.len());
        let to = (from + len).min(text.len());
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, new);
        }
        check_any_text(&FORMAT, &text);
        check_events(&FORMAT, &text);
    }
}
