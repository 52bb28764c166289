//! Where secrets come from. A configuration holds none: it names them, and whoever runs the sink brings them.

use crate::http::credentials::Secret;

/// Secrets by their names.
pub trait Secrets: Send + Sync {
    /// The secret of this name, if there is one; white space around it is no part of it, and an empty one is none.
    fn get(&self, name: &str) -> Option<Secret>;

    /// What to do where there is none.
    fn remedy(&self, name: &str) -> String {
        format!("set the environment variable `{name}` to it")
    }

    /// The secret of this name, or what to do to have it.
    fn need(&self, name: &str) -> Result<Secret, NoSecret> {
        self.get(name).ok_or_else(|| NoSecret { name: name.to_string(), remedy: self.remedy(name) })
    }
}

/// A name is an environment variable's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment;

impl Secrets for Environment {
    fn get(&self, name: &str) -> Option<Secret> {
        // The standard library panics at such names.
        if name.is_empty() || name.contains(['=', '\0']) {
            return None;
        }
        Secret::of(&std::env::var(name).ok()?)
    }
}

/// There is no such secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration names `{name}` for a secret, and there is none: {remedy}")]
pub struct NoSecret {
    name: String,
    remedy: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_not_there_names_its_variable_and_what_to_do() {
        for name in ["CATCHWATER_NO_SUCH_VARIABLE", "", "a=b", "a\0b"] {
            let error = Environment.need(name).unwrap_err().to_string();
            assert!(error.contains(&format!("set the environment variable `{name}`")), "{error}");
        }
        assert_eq!(Environment.need("PATH").unwrap().reveal(), std::env::var("PATH").unwrap().trim());
    }
}
