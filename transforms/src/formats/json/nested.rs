//! Objects that hold fields: ECS's own, `"log":{"level":"info"}`, and errors, `"err":{"stack":"…"}`.

use super::access::Shape;
use super::names::{Ecs, ecs, error, holds_error};
use super::value::fit;
use crate::json::{Cursor, Invalid, JsonStr, ObjectWriter};
use catchwater_schemas::fields::Fields;

/// Is this a key under which an object may hold fields?
pub(super) fn may_hold_fields(key: &str) -> bool {
    ecs(key) == Some(Ecs::Object) || holds_error(key)
}

/// Sets the fields of the object ahead of `cursor`, but for those that have a value; the rest goes to `free`.
pub(super) fn object<'a>(
    key: JsonStr<'a>,
    mut cursor: Cursor<'a>,
    zone_seconds: i32,
    fields: &mut Fields<'a>,
    free: &mut ObjectWriter,
) {
    let mut walk =
        Walk { path: key.text().into_owned(), is_error: holds_error(key.raw()), zone_seconds, fields, free };
    walk.free.open(key);
    // It was read before: it is JSON, and no deeper than allowed.
    let read = walk.members(&mut cursor);
    debug_assert_eq!(read, Ok(()));
    walk.free.close();
}

struct Walk<'w, 'a> {
    /// Dotted name of where we are.
    path: String,
    is_error: bool,
    zone_seconds: i32,
    fields: &'w mut Fields<'a>,
    free: &'w mut ObjectWriter,
}

impl<'a> Walk<'_, 'a> {
    fn members(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let parent = self.path.len();
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            self.path.push('.');
            self.path.push_str(&key.text());
            self.member(cursor, key)?;
            self.path.truncate(parent);
        }
        Ok(())
    }

    fn member(&mut self, cursor: &mut Cursor<'a>, key: JsonStr<'a>) -> Result<(), Invalid> {
        let known = ecs(&self.path);
        if known == Some(Ecs::Object) && cursor.peek() == b'{' {
            self.free.open(key);
            self.members(cursor)?;
            self.free.close();
            return Ok(());
        }
        let value = cursor.value()?;
        let field = match known {
            Some(Ecs::Field(field)) => Some(field),
            _ => error(key.raw()).filter(|_| self.is_error),
        };
        let fitting = field
            .filter(|field| !self.fields.has(*field))
            .and_then(|field| Some((field, fit(field, &value, self.zone_seconds, &Shape::default())?)));
        match fitting {
            Some((field, value)) => self.fields.set(field, value),
            None => self.free.member(key, &value),
        }
        Ok(())
    }
}
