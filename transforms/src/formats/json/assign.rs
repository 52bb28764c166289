//! Gives each member its place: a field, or the free ones.

use super::access::{Shape, conclude};
use super::nested::{self, Reading};
use super::{Member, Writer, duration, names, otel, special, value};
use crate::json::{Json, ObjectWriter};
use crate::scan::stack_trace::{self, line};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::field_set::CAPACITY;
use catchwater_schemas::fields::{Fields, Value};

/// Rank of a field that no member has yet.
const NOBODY: u8 = u8::MAX;

/// Fills the fields. Where several members mean one field, the one of the best rank has it, the first of equals; the
/// others are kept as free ones.
pub(super) fn assign<'a>(members: Vec<Member<'a>>, writer: Writer, zone_seconds: i32) -> (Fields<'a>, Kind) {
    let shape = Shape { lambda: writer == Writer::Lambda, ..Shape::of(&members) };
    let mut fields = Fields::new();
    let mut ranks = [NOBODY; CAPACITY];
    let mut owners = [0; CAPACITY];
    let mut taken = vec![false; members.len()];
    for (index, member) in members.iter().enumerate() {
        let key = member.key.text();
        let (field, rank, value) = match duration::read(&key, &member.value, &shape) {
            Some(nanos) => (Field::EventDuration, 1, Some(nanos.into())),
            None => match names::role(&key, &shape) {
                Some((field, rank)) => (field, rank, None),
                None => continue,
            },
        };
        let slot = field as usize;
        if rank < ranks[slot]
            && let Some(value) = value.or_else(|| value::fit(field, &member.value, zone_seconds, &shape))
        {
            if ranks[slot] != NOBODY {
                taken[owners[slot]] = false;
            }
            (ranks[slot], owners[slot], taken[index]) = (rank, index, true);
            fields.set(field, value);
        }
    }
    let mut free = ObjectWriter::default();
    let left = members.into_iter().zip(taken).filter(|(_, taken)| !taken);
    let reading = Reading { zone_seconds, shape: &shape };
    for (Member { key, value, start }, _) in left {
        let name = key.text();
        if matches!(value, Json::Object(_)) && nested::may_hold_fields(&name, &shape) {
            nested::object(key, start, reading, &mut fields, &mut free);
        } else if !special::set(&name, &value, &shape, &mut fields) {
            free.member(key, &value);
        }
    }
    complete(&mut fields, &shape);
    let kind = conclude(&mut fields, &shape);
    free.set(&mut fields);
    (fields, kind)
}

/// Sets what the members say together, or by leaving something out.
fn complete(fields: &mut Fields<'_>, shape: &Shape) {
    if !fields.has(Field::LogLevel) {
        let by_number = match fields.get(Field::EventSeverity) {
            Some(Value::Number(number)) if shape.otel => otel::level(number),
            _ => None,
        };
        // <https://clef-json.org>: without a level it is `Information`.
        if let Some(level) = by_number.or(shape.clef.then_some("Information")) {
            fields.set(Field::LogLevel, level);
        }
    }
    if fields.has(Field::ErrorStackTrace)
        && !fields.has(Field::ErrorType)
        && let Some(trace) = fields.text(Field::ErrorStackTrace)
    {
        let thrown = stack_trace::split(&trace).1.and_then(|trace| trace.thrown);
        let thrown = thrown.or_else(|| line::thrown(trace.lines().next()?));
        let thrown = thrown.map(|thrown| (thrown.class.to_string(), thrown.message.to_string()));
        drop(trace);
        if let Some((class, message)) = thrown.filter(|(class, _)| !class.is_empty()) {
            fields.set(Field::ErrorType, class);
            if !fields.has(Field::ErrorMessage) && !message.is_empty() {
                fields.set(Field::ErrorMessage, message);
            }
        }
    }
}
