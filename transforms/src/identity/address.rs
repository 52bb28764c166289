//! The peer's address or name. What a proxy says of the client counts only where the peer is not known: anyone can
//! write a header ([`super::forwarded_for`] says which to trust).

use super::first_text;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// What says where it came from, the best first.
pub(crate) const ADDRESS: [Field; 3] = [Field::SourceIp, Field::SourceAddress, Field::ClientIp];

/// The peer, else the client that is named.
#[inline]
pub(super) fn find<'a>(fields: &Fields<'a>) -> Option<Value<'a>> {
    first_text(fields, &ADDRESS)
}
