//! An access as JSON, with the owner's names.

use super::access::Access;
use super::names::{Names, Variable, variable};
use crate::formats::{LogEvent, Refusal};
use crate::json::{Cursor, Invalid, Json, JsonStr, Members, is_absent};
use memchr::memmem;
use std::borrow::Cow;

/// Longest name of a value, in bytes, with those of the objects that it is in.
const MOST_PATH: usize = 256;

/// Is this surely one? It must have a request's id, a status, and a name that nobody but API Gateway uses.
pub(super) fn is_sure(message: &str) -> bool {
    let has = |word: &str| memmem::find(message.as_bytes(), word.as_bytes()).is_some();
    // Most objects of others are told by this at once.
    let may_be = || has("equest") && (has("tatus") || has("TATUS"));
    may_be() && own_names(message).unwrap_or_default()
}

fn own_names(message: &str) -> Result<bool, Invalid> {
    let mut cursor = Cursor::new(message, crate::json::MOST_DEPTH);
    let (mut id, mut status, mut own) = (false, false, false);
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        // A value of another type is no variable's.
        let (Json::String(_) | Json::Number(_)) = cursor.value()? else { continue };
        match variable(key.raw()) {
            Some(Variable::RequestId) => id = true,
            Some(Variable::ExtendedRequestId) => (id, own) = (true, true),
            Some(Variable::ResourcePath | Variable::RouteKey) => own = true,
            Some(Variable::Status) => status = true,
            _ => (),
        }
    }
    Ok(id && status && own)
}

/// Reads the object.
pub(super) fn read<'a>(message: &'a str, event: LogEvent<'a>) -> Result<Access<'a>, Refusal> {
    let mut reader = Reader {
        access: Access::default(),
        members: Members::default(),
        names: event.options::<Names>(),
        path: String::new(),
        zone_seconds: event.zone_seconds,
    };
    let mut cursor = Cursor::new(message, event.json_depth);
    reader.object(&mut cursor)?;
    cursor.end()?;
    let Reader { mut access, members, .. } = reader;
    members.free.set(&mut access.fields);
    Ok(access)
}

struct Reader<'a> {
    access: Access<'a>,
    members: Members<'a>,
    names: Option<&'a Names>,
    /// Dotted name of where we are.
    path: String,
    zone_seconds: i32,
}

impl<'a> Reader<'a> {
    fn object(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let parent = self.path.len();
        cursor.begin_object()?;
        while let Some(key) = cursor.next_key()? {
            if parent > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key.text());
            self.member(key, cursor)?;
            self.path.truncate(parent);
        }
        Ok(())
    }

    fn member(&mut self, key: JsonStr<'a>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        if cursor.peek() == b'{' {
            self.members.free.open(key);
            self.object(cursor)?;
            self.members.free.close();
            return Ok(());
        }
        let value = cursor.value()?;
        let text = match &value {
            Json::String(text) if !is_absent(*text) => Some(text.text()),
            Json::Number(number) => Some(Cow::Borrowed(*number)),
            _ => None,
        };
        // A long name is nobody's, and is not read for each of its members.
        let path = Some(self.path.as_str()).filter(|path| path.len() <= MOST_PATH);
        let given = path.and_then(|path| self.names?.variable(path));
        let is_set = match (text, given.or_else(|| variable(path?))) {
            (Some(text), Some(variable)) => self.access.set(variable, text, self.zone_seconds),
            _ => false,
        };
        if !is_set {
            self.members.keep_value(key, &value);
        }
        Ok(())
    }
}
