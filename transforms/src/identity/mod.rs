//! Who asked. Extractors, each in its file, are asked in the configuration's order, and the first that finds something
//! counts: [`user`], [`jwt`], [`api_key`], [`principal`], [`forwarded_for`], [`address`]. Then [`tables`] say the
//! organisation of the address ([`networks`]), and [`class`] tells persons, services and bots apart, by what the source
//! says and by the user agent ([`agents`]).

pub mod address;
pub mod agents;
mod api_key;
mod class;
mod forwarded_for;
mod jwt;
mod named;
pub mod networks;
mod principal;
pub mod tables;
mod user;

pub use class::Class;

use crate::privacy::Key;
use crate::rule_error::RuleError;
use agents::{AgentCache, Agents};
use api_key::ApiKeys;
use catchwater_schemas::config::{self, Extractor};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use forwarded_for::ForwardedFor;
use std::sync::Arc;
use tables::Tables;

/// `catchwater.who_source` where the format told who it was.
const FORMAT: &str = "format";

/// The stage, compiled from the configuration.
#[derive(Debug)]
pub struct Identity {
    order: Vec<Extractor>,
    jwt_claim: String,
    api_keys: ApiKeys,
    forwarded_for: ForwardedFor,
    agents: Agents,
}

impl Default for Identity {
    fn default() -> Self {
        let who = config::Who::default();
        Self {
            order: who.order,
            jwt_claim: who.jwt_claim,
            api_keys: ApiKeys::new(&who.api_keys, None),
            forwarded_for: ForwardedFor::default(),
            agents: Agents::default(),
        }
    }
}

/// What the stage keeps from one event to the next, of one thread and one [`Identity`].
#[derive(Default)]
pub struct Scratch {
    /// The tables that count for the raw record at hand.
    pub(crate) tables: Arc<Tables>,
    agents: AgentCache,
}

impl Scratch {
    /// With these tables; nothing is remembered yet.
    pub fn with_tables(tables: Arc<Tables>) -> Self {
        Self { tables, ..Self::default() }
    }
}

impl Identity {
    /// Compiles the configuration; `key` is that of keyed hashes.
    pub fn new(who: &config::Who, key: Option<&Key>) -> Result<Self, RuleError> {
        Ok(Self {
            order: who.order.clone(),
            jwt_claim: who.jwt_claim.clone(),
            api_keys: ApiKeys::new(&who.api_keys, key),
            forwarded_for: ForwardedFor::new(who.trusted_hops, &who.trusted_proxies)?,
            agents: Agents::new(who)?,
        })
    }

    /// Sets who it was unless the format has, where that came from, its application, organisation and class. `order`: the
    /// route's.
    pub fn complete<'f>(
        &self,
        fields: &mut Fields<'f>,
        order: Option<&[Extractor]>,
        scratch: &'f mut Scratch,
    ) {
        let Scratch { tables, agents } = scratch;
        let tables: &'f Tables = tables;
        let order = order.unwrap_or(&self.order);
        let source = if fields.has(Field::Who) {
            fields.set(Field::WhoSource, Value::Escaped(FORMAT));
            None
        } else {
            let source = order.iter().find(|extractor| self.extract(**extractor, fields, tables));
            if let Some(source) = source {
                fields.set(Field::WhoSource, Value::Escaped(source.name()));
            }
            source.copied()
        };
        if tables.has_organizations() && !fields.has(Field::OrganizationName) {
            self.set_organization(fields, order, source, tables);
        }
        if !fields.has(Field::WhoClass)
            && let Some(class) = class::of_event(fields, source, &self.agents, agents, tables)
        {
            fields.set(Field::WhoClass, Value::Escaped(class.name()));
        }
    }

    /// Sets who it was by this extractor, if it finds something.
    fn extract<'f>(&self, extractor: Extractor, fields: &mut Fields<'f>, tables: &'f Tables) -> bool {
        let who = match extractor {
            Extractor::User => user::find(fields),
            Extractor::Jwt => jwt::find(fields, &self.jwt_claim),
            Extractor::ApiKey => match self.api_keys.find(fields, tables) {
                Some(found) => {
                    if let Some(application) = found.application {
                        fields.set(Field::Application, application);
                    }
                    Some(found.who)
                }
                None => None,
            },
            Extractor::Principal => principal::find(fields),
            Extractor::ForwardedFor => self.forwarded_for.find(fields),
            Extractor::Address => address::find(fields),
        };
        let found = who.is_some();
        if let Some(who) = who {
            fields.set(Field::Who, who);
        }
        found
    }

    /// By the address of who asked: the client behind trusted proxies, where the order asks for it, else the peer.
    fn set_organization<'f>(
        &self,
        fields: &mut Fields<'f>,
        order: &[Extractor],
        source: Option<Extractor>,
        tables: &'f Tables,
    ) {
        let behind_proxies = || self.forwarded_for.find(fields);
        let address = match source {
            Some(Extractor::ForwardedFor) => fields.get(Field::Who).cloned(),
            _ if order.contains(&Extractor::ForwardedFor) => behind_proxies(),
            _ => None,
        };
        let address = address.or_else(|| address::find(fields));
        let text = address.as_ref().and_then(Value::text);
        if let Some(name) = text.and_then(|text| tables.organization(&text)) {
            fields.set(Field::OrganizationName, name);
        }
    }
}

/// The first of these fields that holds a text.
#[inline]
pub(crate) fn first_text<'a>(fields: &Fields<'a>, candidates: &[Field]) -> Option<Value<'a>> {
    let texts = candidates.iter().filter_map(|field| fields.get(*field));
    texts.into_iter().find(|value| holds_text(value)).cloned()
}

fn holds_text(value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => !text.is_empty(),
        Value::Escaped(text) => !text.is_empty(),
        _ => false,
    }
}

/// A part of a text value, borrowed where that can be.
fn part<'a>(value: &Value<'a>, find: impl for<'t> Fn(&'t str) -> Option<&'t str>) -> Option<Value<'a>> {
    match value {
        Value::Escaped(raw) if !raw.contains('\\') => find(raw).map(Value::Escaped),
        Value::Text(std::borrow::Cow::Borrowed(text)) => find(text).map(Value::from),
        _ => value.text().and_then(|text| find(&text).map(|part| Value::from(part.to_string()))),
    }
}

#[cfg(test)]
mod tests;
