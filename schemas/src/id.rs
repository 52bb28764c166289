//! `event.id`: the same on every retry, replay and duplicate, 128 bits of keyed BLAKE3.
//!
//! Hashed in two steps: once a log stream, a scope key from the pipeline's key and scheme version, account, region,
//! log group and log stream; once a log event, its source id under the scope key (one BLAKE3 block for ids of up to
//! 64 bytes, as CloudWatch's 56 digits are). Each text is preceded by its length, so that no two scopes meet.

use std::fmt;
use std::str::FromStr;

/// Version of the scheme by which ids are made; part of what is hashed.
pub const SCHEME_VERSION: u32 = 1;

/// Key used where the configuration gives none: ids then agree between all pipelines with this default.
pub const DEFAULT_KEY: &str = "catchwater event id, scheme 1";

/// The pipeline's key, from any text.
#[derive(Clone)]
pub struct IdKey([u8; 32]);

/// Where log events come from; all that their ids share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope<'a> {
    /// AWS account that owns the log group.
    pub account: &'a str,
    /// AWS region.
    pub region: &'a str,
    /// Log group.
    pub log_group: &'a str,
    /// Log stream.
    pub log_stream: &'a str,
}

/// A [`Scope`] hashed once, from which ids of its log events are made.
#[derive(Clone, PartialEq, Eq)]
pub struct IdScope([u8; 32]);

/// Identity of an event: the digest, and the event's number among those of one log event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// 128 bits of keyed BLAKE3.
    pub digest: [u8; 16],
    /// 0 for the first event of a log event, then 1, 2 …; written as `-1`, `-2` …
    pub ordinal: u32,
}

impl IdKey {
    /// Derives the key from a text of any length.
    pub fn new(text: &str) -> Self {
        Self(blake3::derive_key("catchwater 2026 pipeline id key", text.as_bytes()))
    }

    /// Hashes a scope.
    pub fn scope(&self, scope: &Scope<'_>) -> IdScope {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&SCHEME_VERSION.to_le_bytes());
        for text in [scope.account, scope.region, scope.log_group, scope.log_stream] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        IdScope(*hasher.finalize().as_bytes())
    }
}

impl IdScope {
    /// Id of the log event with this source id; `ordinal` counts its events from 0.
    pub fn id(&self, source_id: &str, ordinal: u32) -> EventId {
        let hash = blake3::keyed_hash(&self.0, source_id.as_bytes());
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.as_bytes()[..16]);
        EventId { digest, ordinal }
    }
}

impl EventId {
    /// Appends the text: 32 hexadecimal digits, then `-n` where `ordinal` is not 0.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut text = [0; 32];
        for (eight, four) in text.as_chunks_mut::<8>().0.iter_mut().zip(self.digest.as_chunks::<4>().0) {
            *eight = hex(*four);
        }
        out.extend_from_slice(&text);
        if self.ordinal != 0 {
            out.extend_from_slice(format!("-{}", self.ordinal).as_bytes());
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::with_capacity(40);
        self.write(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

/// Hexadecimal digits of four bytes, all at once: their eight halves are spread over the bytes of a word.
fn hex(four: [u8; 4]) -> [u8; 8] {
    let mut halves = u64::from(u32::from_be_bytes(four));
    halves = (halves << 16 | halves) & 0x0000_ffff_0000_ffff;
    halves = (halves << 8 | halves) & 0x00ff_00ff_00ff_00ff;
    halves = (halves << 4 | halves) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 in each byte that holds 10 or more: its digit is a letter.
    let letters = (halves + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    let to_letter = u64::from(b'a' - b'0' - 10);
    (halves + 0x3030_3030_3030_3030 + letters * to_letter).to_be_bytes()
}

/// The text is no event id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event id: 32 hexadecimal digits, then nothing or a hyphen and a number")]
pub struct NotAnId;

impl FromStr for EventId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let (hex, ordinal) = match text.split_once('-') {
            None => (text, 0),
            Some((hex, n)) => (hex, n.parse().ok().filter(|n| *n > 0).ok_or(NotAnId)?),
        };
        if hex.len() != 32 {
            return Err(NotAnId);
        }
        let mut digest = [0u8; 16];
        for (byte, pair) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Ok(Self { digest, ordinal })
    }
}

fn nibble(digit: u8) -> Result<u8, NotAnId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotAnId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope<'_> = Scope { account: "123456789012", region: "", log_group: "/a", log_stream: "b" };

    #[test]
    fn stays_what_it_was() {
        let cloudwatch_id = "37199717562907174288355125807040114704837640994633613312";
        let id = IdKey::new(DEFAULT_KEY).scope(&SCOPE).id(cloudwatch_id, 0);
        assert_eq!(id.to_string(), "1e7f52322ff24c267609d45e0dcab2f0");
    }

    #[test]
    fn every_part_counts() {
        let key = IdKey::new(DEFAULT_KEY);
        let base = key.scope(&SCOPE).id("1", 0);
        let others = [
            key.scope(&SCOPE).id("2", 0),
            key.scope(&Scope { account: "", ..SCOPE }).id("1", 0),
            key.scope(&Scope { region: "eu-west-1", ..SCOPE }).id("1", 0),
            key.scope(&Scope { log_group: "/ab", log_stream: "", ..SCOPE }).id("1", 0),
            IdKey::new("other").scope(&SCOPE).id("1", 0),
        ];
        for other in others {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn every_byte_in_hexadecimal() {
        for byte in 0..=255 {
            let expected = format!("00{byte:02x}ff{byte:02x}");
            assert_eq!(hex([0, byte, 255, byte]), expected.as_bytes());
        }
    }

    #[test]
    fn text_and_back() {
        for ordinal in [0, 1, 4_000_000_000] {
            let id = IdKey::new("k").scope(&SCOPE).id("1", ordinal);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for bad in [
            "",
            "0123",
            "0123456789abcdef0123456789abcdeg",
            "0123456789abcdef0123456789abcdef-0",
            "0123456789abcdef0123456789abcdef-",
        ] {
            assert_eq!(bad.parse::<EventId>(), Err(NotAnId), "{bad}");
        }
    }
}
