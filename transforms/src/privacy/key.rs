//! The key of keyed hashes, and the hash: HMAC-SHA-256 (RFC 2104, FIPS 180-4).

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

/// A secret: it is never shown.
#[derive(Clone)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The key with these bytes, of any length.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(****)")
    }
}

/// The hash of something of a `kind`, so that a user and an address that are written alike differ; without a key, that
/// of SHA-256 alone.
pub(crate) fn hash(key: Option<&Key>, kind: &str, bytes: &[u8]) -> [u8; 32] {
    let parts = [kind.as_bytes(), b"\0", bytes];
    let keyed = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key.0).ok());
    match keyed {
        Some(mut mac) => {
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().into()
        }
        None => {
            let mut hasher = Sha256::new();
            parts.iter().for_each(|part| hasher.update(part));
            hasher.finalize().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_the_standard_and_shows_no_key() {
        // printf 'user\0bob' | openssl dgst -sha256 -hmac secret
        let expected = "b28eaca18f0eeb617565835f53c20179bd1a2f8b4f5e21b2f95b0b1334c31bbb";
        let hash = hash(Some(&Key::new(b"secret")), "user", b"bob");
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, expected);
        assert_eq!(format!("{:?}", Key::new(b"secret")), "Key(****)");
    }
}
