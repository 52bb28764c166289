//! What a route says of its format beyond the format's name: read once from the configuration, handed to the format
//! with each log event.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::any::Any;
use std::sync::Arc;

/// Options that a format has read; only it knows their type.
pub type CompiledOptions = Arc<dyn Any + Send + Sync>;

/// The options that a format takes.
pub struct Options {
    /// Each key with what it says, for the docs.
    pub keys: &'static [(&'static str, &'static str)],
    /// Reads what a route gives: see [`read`].
    pub read: fn(&Map<String, Value>) -> Result<CompiledOptions, OptionError>,
}

/// An option cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OptionError {
    /// The key that is wrong; empty where it is not one key.
    pub key: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl OptionError {
    /// Of one key.
    pub fn of(key: &str, message: impl Into<String>) -> Self {
        Self { key: key.to_string(), message: message.into() }
    }
}

/// Reads options as `R`, a struct that denies unknown fields, and makes of it what the format asks for with each line.
pub fn read<R: DeserializeOwned, T: Any + Send + Sync>(
    given: &Map<String, Value>,
    compile: impl FnOnce(R) -> Result<T, OptionError>,
) -> Result<CompiledOptions, OptionError> {
    let read: R = serde_json::from_value(Value::Object(given.clone())).map_err(|e| {
        let message = e.to_string();
        // serde names the key first where it is unknown; a value of the wrong type has no place of its own.
        let key = message.split('`').nth(1).filter(|key| given.contains_key(*key)).unwrap_or_default();
        OptionError::of(key, message.clone())
    })?;
    Ok(Arc::new(compile(read)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Given {
        width: u8,
    }

    fn width(value: Value) -> Result<u8, OptionError> {
        let given = value.as_object().cloned().unwrap_or_default();
        let compiled = read(&given, |given: Given| match given.width {
            0 => Err(OptionError::of("width", "at least 1")),
            width => Ok(width),
        })?;
        Ok(*compiled.downcast_ref::<u8>().unwrap())
    }

    #[test]
    fn are_read_once_and_errors_name_the_key() {
        assert_eq!(width(json!({"width": 3})), Ok(3));
        assert_eq!(width(json!({"width": 0})).unwrap_err().key, "width");
        let unknown = width(json!({"width": 3, "widht": 4})).unwrap_err();
        assert_eq!(unknown.key, "widht");
        assert!(unknown.message.contains("unknown field"), "{unknown}");
        assert!(width(json!({"width": "x"})).unwrap_err().message.contains("invalid type"));
    }
}
