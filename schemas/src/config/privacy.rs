//! What of persons is kept: addresses and users can be cut, replaced by a keyed hash, or left out before any sink.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What of persons is kept, for all routes. A route's own `privacy` takes the place of what it names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Addresses of who asked, in every field and text.
    pub addresses: AddressPrivacy,
    /// Names and ids of who asked, in every field and text.
    pub users: UserPrivacy,
    /// The environment variable that holds the key for `hash`; a new key gives new hashes.
    pub key_env: Option<String>,
}

/// What of persons is kept of one route's events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RoutePrivacy {
    /// Addresses of who asked.
    pub addresses: Option<AddressPrivacy>,
    /// Names and ids of who asked.
    pub users: Option<UserPrivacy>,
}

/// What becomes of addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressPrivacy {
    /// They stay.
    #[default]
    Keep,
    /// The network stays: 24 bits of IPv4, 48 bits of IPv6, the rest is 0.
    Truncate,
    /// HMAC-SHA-256, written as an address of `fd00::/8`, so that stores still take it for one: equal addresses stay
    /// equal, and none can be called.
    Hash,
    /// They are left out.
    Drop,
}

/// What becomes of users' names and ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserPrivacy {
    /// They stay.
    #[default]
    Keep,
    /// HMAC-SHA-256, as `user-` and 20 hexadecimal digits.
    Hash,
    /// They are left out.
    Drop,
}

impl Privacy {
    /// What counts for a route.
    pub fn of_route(&self, route: &RoutePrivacy) -> (AddressPrivacy, UserPrivacy) {
        (route.addresses.unwrap_or(self.addresses), route.users.unwrap_or(self.users))
    }
}
