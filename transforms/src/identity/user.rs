//! The authenticated user, as the source names it.

use super::first_text;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};

/// What names a user, the best first.
pub(super) const USER: [Field; 2] = [Field::UserName, Field::UserId];

/// The user's name, else its id.
#[inline]
pub(super) fn find<'a>(fields: &Fields<'a>) -> Option<Value<'a>> {
    first_text(fields, &USER)
}
