//! What was asked: of which service, which operation ([`operation`], by [`rules`] of the configuration before), and with
//! which query: its text from the URL ([`parameters`]) or as the format found it, its normal form ([`text`],
//! [`sparql`], [`graphql`], [`sql`]) and fingerprint.
//!
//! A query's text is freed of secrets before its normal form is made: a fingerprint never depends on one.

mod graphql;
pub mod operation;
mod parameters;
mod rules;
mod segment;
mod shape;
mod solr_references;
mod sparql;
pub mod sql;
mod text;

use crate::emit::Lineage;
use crate::identity::first_text;
use crate::redact::{Redactor, Signs};
use crate::rule_error::RuleError;
use catchwater_schemas::config;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use parameters::{Names, Query};
use rules::Rules;
use std::borrow::Cow;

/// What tells a service apart where neither route nor format names it, the best first.
const HOST: [Field; 2] = [Field::UrlDomain, Field::HostName];

/// Longest name of a GraphQL operation that becomes part of the operation.
const MOST_NAME: usize = 128;

/// The stage, compiled from the configuration.
#[derive(Clone, Debug)]
pub struct Queries {
    names: Names,
    rules: Rules,
}

impl Default for Queries {
    fn default() -> Self {
        Self { names: Names::new(&config::Query::default().parameters), rules: Rules::default() }
    }
}

/// What an event's fields alone do not say.
pub struct Asked<'a, 'r> {
    /// Where the line came from.
    pub lineage: &'r Lineage<'a>,
    /// The format's name.
    pub format: &'static str,
    /// The whole line.
    pub line: &'a str,
    /// Frees a query's text of secrets.
    pub redactor: &'r Redactor,
    /// Where the line may hold a secret.
    pub signs: &'r Signs,
}

impl Queries {
    /// Compiles the configuration.
    pub fn new(query: &config::Query, operations: &[config::Operation]) -> Result<Self, RuleError> {
        Ok(Self { names: Names::new(&query.parameters), rules: Rules::new(operations)? })
    }

    /// Sets service, operation and query where the format did not.
    pub fn complete<'f>(&self, fields: &mut Fields<'f>, asked: &Asked<'f, '_>) {
        complete_service(fields, asked.lineage);
        if !fields.has(Field::Operation)
            && let Some(operation) = self.operation(fields, asked)
        {
            fields.set(Field::Operation, operation);
        }
        if !fields.has(Field::QueryText) && !fields.has(Field::QueryNormalized) {
            self.query_of_url(fields, asked);
        }
        if fields.has(Field::QueryText) || fields.has(Field::QueryNormalized) {
            complete_query(fields, asked);
        }
    }

    fn operation<'f>(&self, fields: &Fields<'f>, asked: &Asked<'f, '_>) -> Option<Cow<'f, str>> {
        let method = fields.get(Field::HttpRequestMethod).and_then(text_of);
        let mut path = fields.get(Field::UrlPath).and_then(text_of);
        if asked.signs.marked() {
            // With its digits replaced, a token would no longer look like one.
            path = path.map(|path| asked.redactor.text(&path).map_or(path, Cow::Owned));
        }
        if !self.rules.is_empty() {
            let named = fields.text(Field::ServiceName);
            let service = named.as_deref().or_else(|| of_log_stream(asked.lineage)).unwrap_or_default();
            let (method, path) = (method.as_deref().unwrap_or_default(), path.as_deref().unwrap_or_default());
            let name = self.rules.name(service, method, path);
            if name.is_some() {
                return name.map(Cow::Owned);
            }
        }
        operation::of_request(asked.line, method, path)
    }

    /// Reads the URL's query, as one of Solr where the format says that it is.
    fn query_of_url(&self, fields: &mut Fields<'_>, asked: &Asked<'_, '_>) {
        let is_solr = fields.text(Field::QueryLanguage).is_some_and(|language| language == "solr");
        let (url_query, path) = (fields.text(Field::UrlQuery), fields.text(Field::UrlPath));
        let clean = |text: &str| asked.redactor.text(text);
        let query = url_query.as_deref().and_then(|query| match is_solr {
            true => parameters::read_solr(query, &clean),
            false => parameters::read(query, path.as_deref().unwrap_or_default(), &self.names, &clean),
        });
        let Some(query) = query else {
            if is_solr {
                fields.remove(Field::QueryLanguage);
            }
            return;
        };
        let operation = query.operation.as_ref().filter(|name| name.len() <= MOST_NAME).map(|name| {
            let before = fields.text(Field::Operation).unwrap_or_default();
            operation::joined(&before, name).trim_start().to_string()
        });
        let query = query.into_owned();
        drop((url_query, path));
        set_query(query, fields);
        if let Some(operation) = operation {
            fields.set(Field::Operation, operation);
        }
    }
}

impl Query<'_> {
    fn into_owned(self) -> Query<'static> {
        Query { text: Cow::Owned(self.text.into_owned()), ..self }
    }
}

fn set_query(query: Query<'static>, fields: &mut Fields<'_>) {
    fields.set(Field::QueryLanguage, query.language);
    if !query.text.is_empty() {
        fields.set(Field::QueryText, query.text);
    }
    if let Some(normalized) = query.normalized {
        fields.set(Field::QueryNormalized, normalized);
    }
}

/// Adds normal form and fingerprint to a query's text.
fn complete_query(fields: &mut Fields<'_>, asked: &Asked<'_, '_>) {
    let clean = |field: Field| {
        let text = fields.text(field)?;
        Some(asked.redactor.text(&text).unwrap_or_else(|| text.into_owned()))
    };
    let language = fields.text(Field::QueryLanguage).map_or("search".into(), Cow::into_owned);
    let (text, normalized) = (clean(Field::QueryText), clean(Field::QueryNormalized));
    let normalized = normalized.or_else(|| text.as_deref().map(|text| normal(&language, text, asked.format)));
    if !fields.has(Field::QueryLanguage) {
        fields.set(Field::QueryLanguage, "search");
    }
    if let Some(text) = text {
        fields.set(Field::QueryText, text::cut(text.into()));
    }
    if let Some(normalized) = normalized.filter(|n| !n.is_empty()) {
        fields.set(Field::QueryFingerprint, fingerprint(&language, &normalized));
        fields.set(Field::QueryNormalized, text::cut(normalized.into()));
    }
}

fn normal(language: &str, text: &str, format: &str) -> String {
    match language {
        "sql" => sql::normal(text, sql::Dialect::of(format, text)),
        "sparql" => sparql::normal(text),
        "graphql" => graphql::normal(text),
        _ => text::search(text),
    }
}

/// 64 bits of BLAKE3 of language and normal form, in hexadecimal.
fn fingerprint(language: &str, normalized: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(language.as_bytes()).update(&[0]).update(normalized.as_bytes());
    hasher.finalize().to_hex()[..16].to_string()
}

/// A text as it lies in the line where it does.
fn text_of<'a>(value: &Value<'a>) -> Option<Cow<'a, str>> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Escaped(raw) if !raw.contains('\\') => Some(Cow::Borrowed(raw)),
        other => other.text().map(|text| Cow::Owned(text.into_owned())),
    }
}

/// The service of all events of a log stream that name none: the route's, else the log group.
pub fn of_log_stream<'a>(lineage: &Lineage<'a>) -> Option<&'a str> {
    lineage.service.or(Some(lineage.log_group)).filter(|service| !service.is_empty())
}

/// Sets `service.name` where it is not that [`of_log_stream`].
fn complete_service(fields: &mut Fields<'_>, lineage: &Lineage<'_>) {
    if lineage.service.is_some() {
        fields.remove(Field::ServiceName);
    } else if !fields.has(Field::ServiceName)
        && let Some(service) = first_text(fields, &HOST)
    {
        fields.set(Field::ServiceName, service);
    }
}

#[cfg(test)]
mod tests;
