//! Formats that the configuration describes (`[format.NAME]`): a pattern with named groups, and where each group's value
//! goes.
//!
//! [`pattern`] compiles the expression and matches it; [`target`] says of each group which field it is of, and reads its
//! value as that field's type asks for; [`time`] reads times; [`check`] runs the tests that stand beside the format.

pub mod check;
mod pattern;
mod target;
mod time;

use crate::emit::Emit;
use crate::formats::{Format, LogEvent, REGISTRY, RecordState, Refusal};
use crate::options::CompiledOptions;
use crate::scan::free_fields::FreeFields;
use catchwater_schemas::config::UserFormat;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use pattern::Pattern;
use std::collections::BTreeMap;
use std::sync::Arc;
use target::Target;

/// The word that refused lines are counted under.
const NO_MATCH: &str = "no_match";

/// A format of the configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("format {name}: {message}")]
pub struct FormatError {
    /// The format's name.
    pub name: String,
    /// The keys that lead to what is wrong, below the format: `pattern`, or `fields` and a group's name.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
}

/// Formats of the configuration, compiled.
#[derive(Clone, Default)]
pub struct UserFormats {
    formats: Vec<(&'static Format, CompiledOptions)>,
}

/// What the parser needs of one format.
#[derive(Debug)]
struct Compiled {
    pattern: Pattern,
    kind: Kind,
    /// By group, in the pattern's order.
    targets: Vec<Target>,
    set: Vec<(Field, String)>,
}

impl UserFormats {
    /// Compiles all formats; those that cannot be used are left out, and told.
    pub fn new(formats: &BTreeMap<String, UserFormat>) -> (Self, Vec<FormatError>) {
        let (mut compiled, mut mistakes) = (Self::default(), Vec::new());
        for (name, format) in formats {
            match compile(name, format) {
                Ok(options) => compiled.formats.push((registered(name, &format.title), options)),
                Err(error) => mistakes.push(error),
            }
        }
        (compiled, mistakes)
    }

    /// The format of this name, among these.
    pub fn find(&self, name: &str) -> Option<(&'static Format, CompiledOptions)> {
        self.formats.iter().find(|(format, _)| format.name == name).cloned()
    }

    /// All of them, with what their parser needs.
    pub fn all(&self) -> impl Iterator<Item = &(&'static Format, CompiledOptions)> {
        self.formats.iter()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.formats.iter().map(|(format, _)| format.name)
    }
}

/// The registry's entry of a format of the configuration. It lives as long as the program: a configuration is read once,
/// and again only when it is checked.
fn registered(name: &str, title: &str) -> &'static Format {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_string().into_boxed_str()) };
    Box::leak(Box::new(Format { name: leak(name), title: leak(title), parse, ..Format::DEFAULTS }))
}

fn compile(name: &str, format: &UserFormat) -> Result<CompiledOptions, FormatError> {
    let wrong = |path: &[&str], message: String| FormatError {
        name: name.to_string(),
        path: path.iter().map(|part| part.to_string()).collect(),
        message,
    };
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(wrong(&[], "a format's name is of small letters, digits and `_`".into()));
    }
    if REGISTRY.iter().any(|known| known.name == name) {
        return Err(wrong(&[], "a format of this name is built in; take another name".into()));
    }
    let (key, pattern) = match (&format.pattern, &format.grok) {
        (Some(regex), None) => ("pattern", Pattern::regex(regex)),
        (None, Some(grok)) => ("grok", Pattern::grok(grok, &format.patterns)),
        (Some(_), Some(_)) => return Err(wrong(&["grok"], "either `pattern` or `grok`, not both".into())),
        (None, None) => {
            return Err(wrong(&[], "`pattern` (a regular expression) or `grok` is needed".into()));
        }
    };
    let pattern = pattern.map_err(|message| wrong(&[key], message))?;
    if let Some(unknown) = format.fields.keys().find(|group| !pattern.groups().contains(group)) {
        let message = format!("the pattern has no group `{unknown}`; it has {}", pattern.groups().join(", "));
        return Err(wrong(&["fields", unknown], message));
    }
    let mut targets = Vec::new();
    for (group, hint) in pattern.groups().iter().zip(pattern.hints()) {
        let given = format.fields.get(group);
        targets.push(Target::new(group, given, hint.as_deref()).map_err(|m| wrong(&["fields", group], m))?);
    }
    let set = format.set.iter().map(|(field, value)| match target::settable(field) {
        Ok(field) => Ok((field, value.clone())),
        Err(message) => Err(wrong(&["set", field], message)),
    });
    let set = set.collect::<Result<_, _>>()?;
    Ok(Arc::new(Compiled { pattern, kind: format.kind, targets, set }))
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let compiled = event.options::<Compiled>().ok_or(Refusal("no_pattern"))?;
    let (mut fields, mut free) = (Fields::new(), FreeFields::default());
    for (field, value) in &compiled.set {
        fields.set(*field, value.as_str());
    }
    let matched = compiled.pattern.each(state, event.message, |group, value| {
        if let Some(target) = compiled.targets.get(group) {
            target.set(value, &event, &mut fields, &mut free);
        }
    });
    if !matched {
        return Err(Refusal(NO_MATCH));
    }
    free.set(&mut fields);
    emit.event(compiled.kind, fields);
    Ok(())
}
