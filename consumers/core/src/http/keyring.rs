//! What lets a client in at servers. The program or function that runs the sinks makes one for all of them.

use crate::http::secrets::{Environment, Secrets};
use crate::http::sign::Signers;
use std::fmt;
use std::sync::Arc;

/// Secrets, and signers where the program has some. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    /// Passwords, tokens and keys, by the names that the configuration has for them.
    pub secrets: Arc<dyn Secrets>,
    /// Makes signers of requests to AWS; none where the program was built without AWS.
    pub signers: Option<Arc<dyn Signers>>,
}

impl Keyring {
    /// Secrets of the environment, and no AWS.
    pub fn environment() -> Self {
        Self { secrets: Arc::new(Environment), signers: None }
    }
}

/// Prints nothing that it holds.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.signers.is_some() { "Keyring(secrets, signers)" } else { "Keyring(secrets)" })
    }
}
