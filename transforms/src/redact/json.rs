//! Secrets in JSON: members by their name, and in every string; what is left is JSON again.

use super::{ALL, Redactor};
use crate::json::{Token, rewrite};
use catchwater_schemas::config::HIDDEN;

/// The JSON without any secret; `None` if it has none, or cannot be read (what is in an event can).
pub(super) fn walk(redactor: &Redactor, json: &str) -> Option<String> {
    let is_secret = |name: Option<&str>| {
        name.is_some_and(|n| redactor.names.get(n.as_bytes()).is_some() || redactor.names_a_key(n))
    };
    rewrite(json, |token| match token {
        Token::Text(text, name) if !text.is_empty() && is_secret(name) => Some(HIDDEN.to_string()),
        Token::Number(_, name) if is_secret(name) => Some(HIDDEN.to_string()),
        // A number may be a card's.
        Token::Name(text) | Token::Text(text, _) | Token::Number(text, _) => redactor.clean(text, ALL),
    })
}
