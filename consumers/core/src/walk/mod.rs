//! Walks an event's JSON along the field registry: what a sink needs that does not store the JSON as it is.
//!
//! [`members`] reads the text where it lies; `tree` is the registry as nested names; [`unescape`]
//! gives a string's text.

pub mod members;
mod tree;
pub mod unescape;

use catchwater_schemas::field::Field;
use members::{Members, Raw};
use tree::{Node, ROOT, Under};

/// Calls `found` for each value of an event, in their order: with its field, or with `None` for what stands under a
/// name that this version's registry lacks. Gives `None` if the text is no JSON object after all.
pub fn walk<'a>(json: &'a str, mut found: impl FnMut(Option<Field>, Raw<'a>)) -> Option<()> {
    object(&mut Members::new(json), &ROOT, &mut found)
}

fn object<'a>(
    members: &mut Members<'a>,
    node: &Node,
    found: &mut impl FnMut(Option<Field>, Raw<'a>),
) -> Option<()> {
    members.open()?;
    let mut place = 0;
    while let Some(name) = members.name()? {
        match node.find(name, &mut place) {
            Some(Under::Object(inner)) if members.is_object() => object(members, inner, found)?,
            Some(Under::Field(field)) => found(Some(*field), members.value()?),
            _ => found(None, members.value()?),
        }
    }
    Some(())
}
