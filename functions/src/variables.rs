//! The environment variables of the functions: all that differs between two functions of one configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What stands before the names of secrets.
pub const SECRET_PREFIX: &str = "CATCHWATER_SECRET_";

/// The environment variables, read once.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

/// A variable is missing or wrong: says which, and what belongs there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` {what}")]
pub struct BadVariable {
    name: &'static str,
    what: String,
}

impl BadVariable {
    /// A variable that holds something else than it should.
    pub fn new(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, what: what.into() }
    }
}

impl Variables {
    /// Those of the process.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// These, as in tests.
    pub fn of(variables: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of a variable without which the function cannot run. `purpose` ends "set it to …".
    pub fn need(&self, name: &'static str, purpose: &str) -> Result<&str, BadVariable> {
        self.get(name).ok_or_else(|| BadVariable::new(name, format!("is not set; set it to {purpose}")))
    }

    /// The secrets: name and reference.
    pub fn secrets(&self) -> Vec<(String, String)> {
        let secret = |(name, value): (&String, &String)| {
            Some((name.strip_prefix(SECRET_PREFIX)?.to_string(), value.clone()))
        };
        self.0.iter().filter_map(secret).collect()
    }

    /// The folder that the function's zip lies in.
    pub fn task_root(&self) -> PathBuf {
        self.get("LAMBDA_TASK_ROOT").unwrap_or(".").into()
    }

    /// The function's name.
    pub fn function(&self) -> &str {
        self.get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or("catchwater")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_none_and_a_missing_one_says_what_belongs_there() {
        let variables = Variables::of([("A", " x "), ("B", " "), ("CATCHWATER_SECRET_ES", "ssm:/es")]);
        assert_eq!((variables.get("A"), variables.get("B")), (Some("x"), None));
        let error = variables.need("CATCHWATER_EVENT_STREAM", "the event stream's name or ARN").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable `CATCHWATER_EVENT_STREAM` is not set; set it to the event stream's name or ARN"
        );
        assert_eq!(variables.secrets(), [("ES".to_string(), "ssm:/es".to_string())]);
    }
}
