//! What lets this program in at the stores.

use catchwater_consumer_core::http::Keyring;

/// Secrets of the environment.
#[cfg(not(feature = "aws"))]
pub fn keyring() -> Keyring {
    Keyring::environment()
}

/// Secrets of the environment, and AWS's credentials, which are looked for when a request has to be signed.
#[cfg(feature = "aws")]
pub fn keyring() -> Keyring {
    use catchwater_aws::sigv4::SigV4;
    use catchwater_consumer_core::world::SystemClock;
    use std::sync::Arc;

    let signers = SigV4::found(Arc::new(SystemClock));
    Keyring { signers: Some(Arc::new(signers)), ..Keyring::environment() }
}
