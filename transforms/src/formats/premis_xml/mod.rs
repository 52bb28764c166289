//! PREMIS events as XML, of PREMIS 3 and 2 (<https://www.loc.gov/standards/premis/v3/premis-v3-0.xsd>).

mod event;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::premis::agent_type;
use crate::scan::xml::{Broken, Piece, Xml};
use crate::scan::xml_document;
use event::PremisEvent;
use memchr::memmem;
use std::borrow::Cow;
use std::collections::HashMap;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "premis_xml",
    title: "PREMIS events as XML",
    doc: "Reads the `event` elements of any XML document: one alone, those of a `premis` document, of METS, or of what else wraps \
          them, with any prefix or none, as PREMIS 3 (<https://www.loc.gov/standards/premis/v3/>) and PREMIS 2 write them. Each is \
          a `preservation` event, at its `eventDateTime` (a date alone is its midnight, an interval begins at its first time and \
          `event.end` is the other). A document over several lines is joined.\n\n\
          | PREMIS | here |\n|---|---|\n\
          | `eventIdentifierValue` | `event.reference_id`; its type stays in `catchwater.fields` |\n\
          | `eventType` | `event.action` as it stands; `premis.event.type` is the term of <https://id.loc.gov/vocabulary/preservation/eventType> \
          that the word or its `valueURI` is, else the word; `premis.event.type_uri` |\n\
          | `eventDetail` | `premis.event.detail` |\n\
          | `eventOutcome` | `premis.event.outcome` (`success`, `warning`, `fail`; of several the worst) and `event.outcome`; other words \
          stay in `catchwater.fields.eventOutcome` |\n\
          | `eventOutcomeDetailNote` | `premis.event.outcome_detail` |\n\
          | `linkingAgentIdentifier` | `premis.agent.name`, `.role`; where the same document describes the agent \
          its `agentName` and `agentType`, and the value is `premis.agent.identifier` |\n\
          | `linkingObjectIdentifier` | `premis.object.identifier`, `.identifier_type`, `.role` |\n\n\
          Several agents or objects make lists. Extensions (`…Extension`), and of the document all but events and agents, are not kept.",
    example: "<premis:event xmlns:premis=\"http://www.loc.gov/premis/v3\"><premis:eventIdentifier><premis:eventIdentifierType>UUID</premis:eventIdentifierType><premis:eventIdentifierValue>f49af9a1-0817-4266-a7bd-16922baadcd2</premis:eventIdentifierValue></premis:eventIdentifier><premis:eventType>fixity check</premis:eventType><premis:eventDateTime>2022-06-15T08:30:00Z</premis:eventDateTime></premis:event>",
    detect,
    parse,
    continues: Some(|group, line| {
        xml_document::continues(&["premis", "event", "mets"], group.state, group.text, line)
    }),
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    let text = message.trim_start();
    let has = |word: &str| memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    text.starts_with('<')
        && has("eventType")
        && has("eventDateTime>")
        && parsed(text).is_ok_and(|d| !d.events.is_empty())
}

fn parse(_: &mut RecordState, log_event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let document = parsed(log_event.message).map_err(|Broken| Refusal("premis_xml_cut"))?;
    if document.events.is_empty() {
        return Err(Refusal("no_premis_event"));
    }
    for event in &document.events {
        event.emit(&document.agents, log_event.zone_seconds, emit);
    }
    Ok(())
}

/// An agent that the document describes.
#[derive(Debug, Default)]
struct Agent<'a> {
    name: Cow<'a, str>,
    kind: Cow<'a, str>,
}

/// Agents by the values of their identifiers.
type Agents<'a> = HashMap<Cow<'a, str>, Agent<'a>>;

#[derive(Default)]
struct Document<'a> {
    events: Vec<PremisEvent<'a>>,
    agents: Agents<'a>,
}

fn parsed(text: &str) -> Result<Document<'_>, Broken> {
    let mut xml = Xml::new(text);
    let mut document = Document::default();
    while let Some(piece) = xml.piece()? {
        match piece {
            Piece::Open { name: "event", .. } => document.events.extend(PremisEvent::read(&mut xml)?),
            Piece::Open { name: "agent", .. } => agent(&mut xml, &mut document.agents)?,
            _ => (),
        }
    }
    Ok(document)
}

/// A name is put into each event that links its agent, so that a long one, which no agent has, would make a document much
/// larger.
const MOST_NAME_BYTES: usize = 200;

fn agent<'a>(xml: &mut Xml<'a>, agents: &mut Agents<'a>) -> Result<(), Broken> {
    let inside = xml.depth();
    let (mut found, mut identifier) = (Agent::default(), None);
    while xml.depth() >= inside {
        let Piece::Open { name, .. } = xml.piece()?.ok_or(Broken)? else { continue };
        match name {
            "agentIdentifierValue" => identifier = Some(xml.trimmed_text()?),
            "agentName" if found.name.is_empty() => found.name = xml.trimmed_text()?,
            "agentType" => found.kind = agent_type(xml.trimmed_text()?),
            "agentExtension" | "agentNote" => xml.skip()?,
            _ => (),
        }
    }
    let known =
        !found.name.is_empty() && found.name.len() <= MOST_NAME_BYTES && found.kind.len() <= MOST_NAME_BYTES;
    if let Some(identifier) = identifier.filter(|_| known) {
        agents.insert(identifier, found);
    }
    Ok(())
}
