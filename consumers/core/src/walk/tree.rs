//! The registry's paths as a tree, by which an event's nested JSON is walked: no path is put together and looked up.

use catchwater_schemas::field::{FIELDS, Field};
use std::sync::LazyLock;

/// The names that may stand in one object, in the order of the JSON.
#[derive(Default)]
pub(crate) struct Node {
    members: Vec<(&'static str, Under)>,
}

/// What stands under a name.
pub(crate) enum Under {
    /// A value.
    Field(Field),
    /// Another object.
    Object(Node),
}

/// The whole event.
pub(crate) static ROOT: LazyLock<Node> = LazyLock::new(|| {
    let mut root = Node::default();
    for (index, info) in FIELDS.iter().enumerate() {
        root.add(info.path, Field::from_index(index));
    }
    root
});

impl Node {
    fn add(&mut self, path: &'static str, field: Field) {
        let Some((name, rest)) = path.split_once('.') else {
            return self.members.push((path, Under::Field(field)));
        };
        // Fields of one object stand together in the registry: it is the last one, or a new one.
        if self.members.last().is_none_or(|(last, _)| *last != name) {
            self.members.push((name, Under::Object(Node::default())));
        }
        if let Some((_, Under::Object(object))) = self.members.last_mut() {
            object.add(rest, field);
        }
    }

    /// What stands under a name. Members come in the order of the registry, so it is looked for behind `from`, the place
    /// of the one before, first.
    pub fn find(&self, name: &str, from: &mut usize) -> Option<&Under> {
        let is_it = |(member, _): &(&str, Under)| *member == name;
        let behind = self.members[*from..].iter().position(is_it).map(|place| *from + place);
        let place = behind.or_else(|| self.members[..*from].iter().position(is_it))?;
        *from = place + 1;
        Some(&self.members[place].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, from: usize) -> Option<Field> {
        let mut node = &*ROOT;
        for part in path.split('.') {
            match node.find(part, &mut from.min(node.members.len()))? {
                Under::Field(field) => return Some(*field),
                Under::Object(object) => node = object,
            }
        }
        None
    }

    #[test]
    fn every_field_is_found_from_any_place() {
        for (index, info) in FIELDS.iter().enumerate() {
            for from in [0, 1, 1000] {
                assert_eq!(find(info.path, from), Some(Field::from_index(index)), "{}", info.path);
            }
        }
        assert_eq!((find("event", 0), find("no.such", 0), find("event.no", 0)), (None, None, None));
    }
}
