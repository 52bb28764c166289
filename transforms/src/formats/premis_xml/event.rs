//! One `event` element and the fields that it becomes.

use super::{Agent, Agents};
use crate::emit::Emit;
use crate::scan::free_fields::FreeFields;
use crate::scan::premis::{self, Outcome};
use crate::scan::xml::{Broken, Piece, Xml};
use catchwater_schemas::escape::string_into;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use catchwater_schemas::time::{Civil, Timestamp, digits};
use std::borrow::Cow;

/// An event's semantic units; empty where it has none.
#[derive(Debug, Default)]
pub(super) struct PremisEvent<'a> {
    identifier_type: Cow<'a, str>,
    identifier: Cow<'a, str>,
    kind: Cow<'a, str>,
    kind_uri: Cow<'a, str>,
    time: Cow<'a, str>,
    details: Vec<Cow<'a, str>>,
    /// Text and `valueURI` of each.
    outcomes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    notes: Vec<Cow<'a, str>>,
    agents: Vec<Link<'a>>,
    objects: Vec<Link<'a>>,
}

/// An agent or object that an event links.
#[derive(Debug, Default)]
struct Link<'a> {
    kind: Cow<'a, str>,
    value: Cow<'a, str>,
    roles: Vec<Cow<'a, str>>,
}

impl<'a> PremisEvent<'a> {
    /// Reads the element that was opened last; none if it has no type or no time, and so is another's `event`.
    pub fn read(xml: &mut Xml<'a>) -> Result<Option<Self>, Broken> {
        let inside = xml.depth();
        let mut event = Self::default();
        while xml.depth() >= inside {
            let Piece::Open { name, attributes } = xml.piece()?.ok_or(Broken)? else { continue };
            match name {
                "eventIdentifierType" => event.identifier_type = xml.trimmed_text()?,
                "eventIdentifierValue" => event.identifier = xml.trimmed_text()?,
                "eventType" => {
                    event.kind = xml.trimmed_text()?;
                    event.kind_uri = attributes.get("valueURI").unwrap_or_default();
                }
                "eventDateTime" => event.time = xml.trimmed_text()?,
                "eventDetail" => event.details.push(xml.trimmed_text()?),
                "eventOutcome" => {
                    event
                        .outcomes
                        .push((xml.trimmed_text()?, attributes.get("valueURI").unwrap_or_default()));
                }
                "eventOutcomeDetailNote" => event.notes.push(xml.trimmed_text()?),
                "linkingAgentIdentifier" => event.agents.push(Link::read(xml)?),
                "linkingObjectIdentifier" => event.objects.push(Link::read(xml)?),
                _ if name.ends_with("Extension") => xml.skip()?,
                _ => (),
            }
        }
        Ok((!event.kind.is_empty() && !event.time.is_empty()).then_some(event))
    }

    pub fn emit(&self, agents: &Agents<'a>, zone_seconds: i32, emit: &mut Emit<'_>) {
        let mut fields = Fields::new();
        let mut free = FreeFields::default();
        self.set_time(zone_seconds, &mut fields, &mut free);
        self.set_type(&mut fields);
        fields.set_present(Field::EventReferenceId, &self.identifier);
        free.add("eventIdentifierType", &self.identifier_type);
        self.set_outcome(&mut fields, &mut free);
        for (field, texts) in
            [(Field::PremisEventDetail, &self.details), (Field::PremisEventOutcomeDetail, &self.notes)]
        {
            if let Some(text) = joined(texts) {
                fields.set(field, text);
            }
        }
        self.set_agents(agents, &mut fields, &mut free);
        set_list(Field::PremisObjectIdentifier, self.objects.iter().map(|o| o.value.as_ref()), &mut fields);
        set_list(Field::PremisObjectIdentifierType, kinds(&self.objects), &mut fields);
        set_list(Field::PremisObjectRole, roles(&self.objects), &mut fields);
        free.set(&mut fields);
        emit.event(Kind::Preservation, fields);
    }

    /// A time, a date, or an interval of them. What is less exact (EDTF knows years and seasons) is no time of an event.
    fn set_time(&self, zone_seconds: i32, fields: &mut Fields<'_>, free: &mut FreeFields) {
        let (from, until) = self.time.split_once('/').unwrap_or((&self.time, ""));
        match instant(from, zone_seconds) {
            Some(time) => fields.set(Field::Timestamp, time),
            None => return free.add("eventDateTime", &self.time),
        }
        if let Some(until) = instant(until, zone_seconds) {
            fields.set(Field::EventEnd, until);
        }
    }

    fn set_type<'f>(&'f self, fields: &mut Fields<'f>) {
        let term = premis::event_type(&self.kind_uri).or_else(|| premis::event_type(&self.kind));
        premis::set_type(term.map_or("", |term| term.0), self.kind.as_ref(), fields);
        if term.is_none() {
            fields.set_present(Field::PremisEventTypeUri, &self.kind_uri);
        }
    }

    fn set_outcome(&self, fields: &mut Fields<'_>, free: &mut FreeFields) {
        let read =
            |(word, uri): &(Cow<'_, str>, Cow<'_, str>)| Outcome::read(uri).or_else(|| Outcome::read(word));
        if let Some(worst) = self.outcomes.iter().filter_map(read).max() {
            worst.set(fields);
        }
        let unknown: Vec<_> = self
            .outcomes
            .iter()
            .filter(|o| read(o).is_none())
            .map(|(word, _)| Cow::Borrowed(word.as_ref()))
            .collect();
        free.add("eventOutcome", &joined(&unknown).unwrap_or_default());
    }

    fn set_agents<'f>(&'f self, known: &'f Agents<'a>, fields: &mut Fields<'f>, free: &mut FreeFields) {
        let described = |link: &Link<'_>| known.get(link.value.as_ref());
        let names =
            self.agents.iter().map(|a| described(a).map_or(a.value.as_ref(), |agent| agent.name.as_ref()));
        set_list(Field::PremisAgentName, names, fields);
        set_list(Field::PremisAgentRole, roles(&self.agents), fields);
        let types = self.agents.iter().filter_map(described).map(|agent| agent.kind.as_ref());
        set_list(Field::PremisAgentType, types, fields);
        if self.agents.iter().any(|a| described(a).is_some()) {
            set_list(Field::PremisAgentIdentifier, self.agents.iter().map(|a| a.value.as_ref()), fields);
        }
        let is_person = |agent: &&Agent<'_>| agent.kind == "person";
        if let Some(person) = self.agents.iter().filter_map(described).find(is_person) {
            fields.set_present(Field::UserName, &person.name);
        }
        let kinds: Vec<_> = kinds(&self.agents).map(Cow::Borrowed).collect();
        free.add("linkingAgentIdentifierType", &joined(&kinds).unwrap_or_default());
    }
}

impl<'a> Link<'a> {
    fn read(xml: &mut Xml<'a>) -> Result<Self, Broken> {
        let inside = xml.depth();
        let mut link = Self::default();
        while xml.depth() >= inside {
            let Piece::Open { name, .. } = xml.piece()?.ok_or(Broken)? else { continue };
            match name {
                "linkingAgentIdentifierType" | "linkingObjectIdentifierType" => {
                    link.kind = xml.trimmed_text()?
                }
                "linkingAgentIdentifierValue" | "linkingObjectIdentifierValue" => {
                    link.value = xml.trimmed_text()?
                }
                "linkingAgentRole" | "linkingObjectRole" => link.roles.push(xml.trimmed_text()?),
                _ => xml.skip()?,
            }
        }
        Ok(link)
    }
}

fn kinds<'f>(links: &'f [Link<'_>]) -> impl Iterator<Item = &'f str> {
    links.iter().map(|link| link.kind.as_ref())
}

fn roles<'f>(links: &'f [Link<'_>]) -> impl Iterator<Item = &'f str> {
    links.iter().flat_map(|link| link.roles.iter().map(|role| role.as_ref()))
}

/// Sets a text, or a list where there are several different ones, in their order.
fn set_list<'f>(field: Field, texts: impl Iterator<Item = &'f str>, fields: &mut Fields<'f>) {
    let mut texts = texts.filter(|text| !text.is_empty()).peekable();
    let Some(first) = texts.next() else { return };
    let mut json = None;
    let mut last = first;
    for text in texts {
        // One object's identifiers are of one type, one agent's often of one name: neighbours say it once.
        if text != last {
            let list: &mut Vec<u8> = json.get_or_insert_with(|| {
                let mut list = vec![b'['];
                string_into(first, &mut list);
                list
            });
            list.push(b',');
            string_into(text, list);
            last = text;
        }
    }
    match json.map(|mut list| {
        list.push(b']');
        String::from_utf8(list)
    }) {
        Some(Ok(list)) => fields.set(field, Value::Json(list.into())),
        _ => fields.set(field, first),
    }
}

/// The texts that are not empty, `; ` between them.
fn joined<'f>(texts: &'f [Cow<'_, str>]) -> Option<Cow<'f, str>> {
    let mut present = texts.iter().filter(|text| !text.is_empty());
    let first = present.next()?;
    let mut all = Cow::Borrowed(first.as_ref());
    for text in present {
        let all = all.to_mut();
        all.push_str("; ");
        all.push_str(text);
    }
    Some(all)
}

/// A date and time, or a date alone, which is its midnight.
fn instant(text: &str, zone_seconds: i32) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text, zone_seconds).or_else(|| {
        let (date, zone) = text.split_at_checked(10)?;
        let part = |from, until| digits(date.as_bytes().get(from..until)?);
        let marks = date.as_bytes();
        let offset = if zone.is_empty() {
            zone_seconds
        } else {
            catchwater_schemas::time::parse_offset(zone.as_bytes())?
        };
        (marks[4] == b'-' && marks[7] == b'-').then_some(())?;
        Timestamp::from_civil(Civil {
            year: i32::try_from(part(0, 4)?).ok()?,
            month: u8::try_from(part(5, 7)?).ok()?,
            day: u8::try_from(part(8, 10)?).ok()?,
            offset_seconds: offset,
            ..Civil::default()
        })
    })
}
