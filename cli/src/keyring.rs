//! What lets this program in at the stores.

use catchwater_consumer_core::http::Keyring;

/// Secrets of the environment.
pub fn keyring() -> Keyring {
    Keyring::environment()
}
