//! Gives each member its place: a field, or the free ones.

use super::access::{Shape, conclude};
use super::{Member, Writer, names, nested, value};
use crate::json::{Json, ObjectWriter};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field_set::CAPACITY;
use catchwater_schemas::fields::Fields;

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
        let Some((field, rank)) = names::role(&member.key.text(), &shape) else { continue };
        let slot = field as usize;
        if rank < ranks[slot]
            && let Some(value) = value::fit(field, &member.value, zone_seconds, &shape)
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
    for (Member { key, value, start }, _) in left {
        if matches!(value, Json::Object(_)) && nested::may_hold_fields(&key.text()) {
            nested::object(key, start, zone_seconds, &mut fields, &mut free);
        } else {
            free.member(key, &value);
        }
    }
    let kind = conclude(&mut fields, &shape);
    free.set(&mut fields);
    (fields, kind)
}
