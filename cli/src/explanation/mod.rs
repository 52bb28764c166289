//! How the explanation of a line is shown: [`text`] for people, [`json`] for programs.

pub mod json;
#[cfg(test)]
mod tests;
pub mod text;

use catchwater_schemas::config::Route;
use catchwater_schemas::field::FieldType;
use catchwater_transforms::redact::Redactor;
use catchwater_transforms::trace::{Entry, Origin, TracedEvent, TracedField};
use catchwater_transforms::transform::explain::{Explained, Explanation};
use serde_json::Value;
use std::borrow::Cow;

/// The format that takes what no other takes.
const PLAIN: &str = "plain";

/// What is shown.
pub struct Asked<'a> {
    /// What was found out.
    pub told: &'a Explanation,
    /// The route that counts.
    pub route: Option<&'a Route>,
    /// The format that was asked for in the place of the route's.
    pub forced: Option<&'a str>,
    /// There was more to explain than was read.
    pub cut: bool,
    /// Hides secrets in the lines themselves; the events have passed it.
    pub redactor: &'a Redactor,
}

impl Asked<'_> {
    /// Did a typed event come out, by any format but `plain`?
    pub fn is_typed(&self) -> bool {
        self.told
            .entries
            .iter()
            .any(|Explained { entry, .. }| made_by(entry) != PLAIN && !entry.events.is_empty())
    }

    /// Why the format was asked, as the end of a sentence that begins with its name.
    fn why(&self, explained: &Explained) -> String {
        let asked = explained.entry.asked;
        if self.forced.is_some() {
            return "--format asks for it".into();
        }
        if self.told.routed.is_some() {
            return "the route names it".into();
        }
        let claim = explained.verdicts.iter().filter(|verdict| verdict.claims);
        match claim.clone().count() {
            0 => "no format is sure of the line".into(),
            1 => "it alone is sure of the line".into(),
            count if claim.clone().next().is_some_and(|first| first.format == asked) => {
                format!("the first of {count} that are sure of the line")
            }
            _ => "it is sure of the line, as of the line before".into(),
        }
    }
}

/// The format that made the events.
fn made_by(entry: &Entry) -> &'static str {
    if entry.refused.is_some() { PLAIN } else { entry.asked }
}

/// One value of an event.
struct Row<'e> {
    name: Cow<'static, str>,
    /// `None`: a stage took it away.
    value: Option<&'e Value>,
    origins: &'e [Origin],
}

/// The values of an event, in the registry's order; of objects without fixed members each member.
fn rows<'e>(event: &'e Value, traced: &'e TracedEvent) -> Vec<Row<'e>> {
    let mut rows = Vec::new();
    for TracedField { field, origins, removed } in &traced.fields {
        let info = field.info();
        let value = event.pointer(&format!("/{}", info.path.replace('.', "/"))).filter(|_| !removed);
        match value.and_then(Value::as_object).filter(|_| info.field_type == FieldType::Flattened) {
            Some(members) => rows.extend(members.iter().map(|(name, value)| {
                let name = Cow::Owned(format!("{}.{name}", info.path));
                Row { name, value: Some(value), origins }
            })),
            None => rows.push(Row { name: Cow::Borrowed(info.path), value, origins }),
        }
    }
    rows
}
