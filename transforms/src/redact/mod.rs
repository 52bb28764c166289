//! Hides secrets before any sink sees them. What a secret looks like is told by rules, each in its file: [`names`]
//! (values of what is named `password` and the like), [`urls`] and [`sql`] (passwords there), [`tokens`] (keys and
//! tokens by their first letters), [`authorization`], [`cards`]; behind the escapes of URLs ([`escaped`]); and [`patterns`] of the configuration.
//!
//! Most lines hold none, so [`signs`] looks once at the whole line, and fields that are parts of it are only searched
//! where it has a sign. JSON is walked where it may hold a secret ([`json`]), so that it stays JSON.

mod authorization;
mod cards;
mod escaped;
mod json;
mod marks;
mod names;
mod patterns;
mod scope;
mod signs;
mod sql;
mod tokens;
mod urls;

use crate::rule_error::RuleError;
use catchwater_schemas::config::{HIDDEN, Redact, RedactRule};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use marks::Marks;
use memchr::{memchr, memchr3};
use names::Names;
use patterns::Patterns;
use scope::{Kind, Scope};
use signs::Here;
pub use signs::Signs;
use std::borrow::Cow;

/// The rules, ready to be applied. The default hides nothing.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    rules: Rules,
    names: Names,
    marks: Marks,
    patterns: Patterns,
    scope: Scope,
}

/// Which rules are at work, a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Rules(u16);

impl Rules {
    fn has(self, rule: RedactRule) -> bool {
        self.0 >> rule as u16 & 1 == 1
    }
}

/// What is looked for in a text.
#[derive(Clone, Copy, Debug)]
struct Look {
    /// Names and values as people and programs write them (`password: x`, `"password":"x"`, SQL), not only as in URLs.
    spoken: bool,
    /// Secrets behind names, in URLs and in statements.
    named: bool,
    /// Keys and tokens.
    tokens: bool,
    /// Numbers of cards: not in fields that hold ids.
    cards: bool,
}

/// Everything, whatever the line said.
const ALL: Look = Look { spoken: true, named: true, tokens: true, cards: true };

/// Bytes of the shortest token with its sign: `Basic YTpi`.
const FEWEST_OF_TOKEN: usize = 10;

/// Where secrets start and end.
type Spans = Vec<(usize, usize)>;

impl Redactor {
    /// Compiles the configuration.
    pub fn new(config: &Redact) -> Result<Self, RuleError> {
        let rules = Rules(config.rules.iter().fold(0, |set, rule| set | 1 << *rule as u16));
        let names: &[String] = if rules.has(RedactRule::Parameters) { &config.query_parameters } else { &[] };
        Ok(Self {
            rules,
            names: Names::new(names),
            marks: Marks::new(&config.rules),
            patterns: Patterns::new(&config.pattern)?,
            scope: Scope::new(),
        })
    }

    /// Hides secrets in all fields that may hold one. `signs`: what [`Redactor::look`] says of the line that the fields
    /// are made of.
    pub fn complete(&self, fields: &mut Fields<'_>, signs: &Signs) {
        let everywhere = signs.marked() || !self.patterns.is_empty();
        for field in self.scope.of(everywhere, fields.present()).iter() {
            let Some(value) = fields.get(field) else { continue };
            let (Value::Text(Cow::Borrowed(raw)) | Value::Escaped(raw) | Value::Json(Cow::Borrowed(raw))) =
                value
            else {
                if let Some(clean) = self.field(field, value, signs.elsewhere()) {
                    fields.set(field, clean);
                }
                continue;
            };
            let here = signs.of(raw);
            if (!here.is_clean() || !self.patterns.is_empty())
                && let Some(clean) = self.field(field, value, here)
            {
                fields.set(field, clean);
            }
        }
    }

    /// The field's value without any secret; `None` if it has none.
    fn field<'v>(&self, field: Field, value: &Value<'v>, here: Here) -> Option<Value<'v>> {
        let kind = self.scope.kind(field);
        let Here { named, tokens, cards } = here;
        let look = Look { spoken: kind == Kind::Text, named, tokens, cards: cards && kind != Kind::Id };
        match value {
            Value::Text(text) => self.clean(text, look).map(Value::from),
            // `\u0026password=` would not be seen for a name: what is escaped is read first.
            Value::Escaped(raw)
                if tokens
                    || cards
                    || !self.patterns.is_empty()
                    || has_sign(raw.as_bytes(), look.spoken)
                    || escaped::may_be_in(raw.as_bytes()) =>
            {
                value.text().and_then(|text| self.clean(&text, look)).map(Value::from)
            }
            Value::Json(raw) => self.json(raw, here).map(|clean| Value::Json(Cow::Owned(clean))),
            _ => None,
        }
    }

    /// The text without any secret; `None` if it has none.
    pub fn text(&self, text: &str) -> Option<String> {
        self.clean(text, ALL)
    }

    fn clean(&self, text: &str, look: Look) -> Option<String> {
        let spans = self.secrets(text, look);
        let hidden = (!spans.is_empty()).then(|| hide(text, spans));
        match self.patterns.apply(hidden.as_deref().unwrap_or(text)) {
            Some(clean) => Some(clean),
            None => hidden,
        }
    }

    /// JSON without any secret; `None` if it has none.
    fn json(&self, raw: &str, here: Here) -> Option<String> {
        let Here { named, tokens, cards } = here;
        let look = Look { spoken: true, named, tokens, cards };
        let may = self.patterns.may_match(raw) || !self.secrets(raw, look).is_empty();
        // A name or a token may be written with escapes.
        (may || (tokens || cards) && raw.contains('\\')).then(|| json::walk(self, raw)).flatten()
    }

    /// Is this the id of an access key, so that what it names is the secret key?
    fn names_a_key(&self, name: &str) -> bool {
        let mut spans = Vec::new();
        if self.rules.has(RedactRule::AwsKeys) {
            tokens::aws_keys(name.as_bytes(), &mut spans);
        }
        !spans.is_empty()
    }

    /// Where secrets start and end, in no order.
    fn secrets(&self, text: &str, look: Look) -> Spans {
        let bytes = text.as_bytes();
        let mut spans = Vec::new();
        if look.named {
            self.named(bytes, look.spoken, &mut spans);
            if escaped::may_be_in(bytes) {
                escaped::find(self, text, &mut spans);
            }
        }
        if look.cards
            && bytes.len() >= cards::FEWEST
            && self.rules.has(RedactRule::Cards)
            && cards::may_be_in(bytes)
        {
            cards::find(bytes, &mut spans);
        }
        if look.tokens && bytes.len() >= FEWEST_OF_TOKEN && self.marks.are_in(text) {
            self.tokens(bytes, &mut spans);
        }
        spans
    }

    /// Secrets behind names, in URLs and in statements.
    fn named(&self, bytes: &[u8], spoken: bool, spans: &mut Spans) {
        if !has_sign(bytes, spoken) {
            return;
        }
        // A URL with a quotation mark in it holds JSON, or is none.
        let spoken = spoken || memchr(b'"', bytes).is_some();
        self.names.find(bytes, spoken, spans);
        if self.rules.has(RedactRule::UrlPasswords) && memchr(b'@', bytes).is_some() {
            urls::passwords(bytes, spans);
        }
        if spoken && self.rules.has(RedactRule::SqlPasswords) {
            sql::passwords(bytes, spans);
        }
    }

    fn tokens(&self, bytes: &[u8], spans: &mut Spans) {
        if self.rules.has(RedactRule::AwsKeys) {
            tokens::aws_keys(bytes, spans);
        }
        if self.rules.has(RedactRule::Jwt) {
            tokens::jwts(bytes, spans);
        }
        if self.rules.has(RedactRule::Tokens) {
            tokens::by_prefix(bytes, spans);
        }
        if self.rules.has(RedactRule::PrivateKeys) {
            tokens::private_keys(bytes, spans);
        }
        if self.rules.has(RedactRule::Authorization) {
            authorization::find(bytes, spans);
        }
    }
}

/// Is there a byte that stands before or behind every name and URL that could matter?
fn has_sign(bytes: &[u8], spoken: bool) -> bool {
    if spoken {
        memchr3(b'=', b'@', b':', bytes).is_some() || memchr(b'\'', bytes).is_some()
    } else {
        memchr3(b'=', b'@', b'"', bytes).is_some()
    }
}

/// The text with each span hidden. Spans begin and end at ASCII bytes, so at borders of characters.
fn hide(text: &str, mut spans: Spans) -> String {
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in spans {
        if start >= from {
            out.push_str(text.get(from..start).unwrap_or_default());
            out.push_str(HIDDEN);
        }
        // What overlaps is one secret: all of it goes.
        from = from.max(end);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Does this field keep what the rule hides elsewhere? Fields of ours hold no secret. CloudTrail's id of the access key
/// that was used is asked for, and opens nothing alone
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>). Fields of ids hold runs of
/// digits that are no cards, and numbers are numbers. Names and their values are looked for where people, clients and
/// programs write freely.
pub fn keeps(field: Field, rule: RedactRule) -> bool {
    scope::keeps(field, rule)
}

#[cfg(test)]
mod tests;
