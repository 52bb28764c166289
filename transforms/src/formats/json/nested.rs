//! Objects that hold fields: ECS's own, `"log":{"level":"info"}`, errors, `"err":{"stack":"…"}`, and those that
//! [`inner`] knows.

use super::access::Shape;
use super::names::{Ecs, ecs, error, holds_error};
use super::value::fit;
use super::{duration, inner, special};
use crate::json::{Cursor, Invalid, Json, JsonStr, ObjectWriter};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// Is this a key under which an object may hold fields?
pub(super) fn may_hold_fields(key: &str, shape: &Shape) -> bool {
    ecs(key) == Some(Ecs::Object) || holds_error(key) || inner::holds_fields(key, shape)
}

/// Sets the fields of the object ahead of `cursor`, but for those that have a value; the rest goes to `free`.
pub(super) fn object<'a>(
    key: JsonStr<'a>,
    mut cursor: Cursor<'a>,
    reading: Reading<'_>,
    fields: &mut Fields<'a>,
    free: &mut ObjectWriter,
) {
    let mut walk =
        Walk { path: key.text().into_owned(), is_error: holds_error(key.raw()), reading, fields, free };
    walk.free.open(key);
    // It was read before: it is JSON, and no deeper than allowed.
    let read = walk.members(&mut cursor);
    debug_assert_eq!(read, Ok(()));
    walk.free.close();
}

/// How values are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'s> {
    pub zone_seconds: i32,
    pub shape: &'s Shape,
}

struct Walk<'w, 'a> {
    /// Dotted name of where we are.
    path: String,
    is_error: bool,
    reading: Reading<'w>,
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
        let Reading { zone_seconds, shape } = self.reading;
        let holds_fields = known == Some(Ecs::Object) || inner::holds_fields(&self.path, shape);
        if holds_fields && cursor.peek() == b'{' {
            self.free.open(key);
            self.members(cursor)?;
            self.free.close();
            return Ok(());
        }
        let value = cursor.value()?;
        if special::set(&self.path, &value, shape, self.fields) {
            return Ok(());
        }
        let field = match known {
            Some(Ecs::Field(field)) => Some(field),
            _ => error(key.raw()).filter(|_| self.is_error).or_else(|| inner::field(&self.path, shape)),
        };
        let single = special::only_text(&value).map(Json::String);
        let is_open = |field: &Field| !self.fields.has(*field);
        let fitting = field.filter(is_open).and_then(|field| {
            let value = fit(field, &value, zone_seconds, shape);
            Some((field, value.or_else(|| fit(field, single.as_ref()?, zone_seconds, shape))?))
        });
        let nanos = duration::read(&self.path, &value, shape).filter(|_| is_open(&Field::EventDuration));
        match (fitting, nanos) {
            (Some((field, value)), _) => self.fields.set(field, value),
            (None, Some(nanos)) => self.fields.set(Field::EventDuration, nanos),
            (None, None) => self.free.member(key, &value),
        }
        Ok(())
    }
}
