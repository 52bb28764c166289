//! Reads JSON where it lies: a cursor walks the text once, checks every byte that it passes, and hands out slices.
//!
//! [`Cursor`] walks objects and arrays and skips what nobody asks for; [`JsonStr`] is a string as it was written,
//! turned into text only on demand; [`rewrite()`] puts other texts in their place; [`ObjectWriter`] puts what nobody has
//! a name for into a new object; [`Members`] sorts members into fields and free ones. What was passed is valid JSON as
//! RFC 8259 has it, so slices may stand in an event as they are. There is no tree.

mod cursor;
mod members;
mod rewrite;
mod string;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use cursor::{Cursor, MOST_DEPTH};
pub use members::{Members, is_absent};
pub use rewrite::{Token, rewrite};
pub use string::JsonStr;
pub use value::{Json, member};
pub use write::ObjectWriter;

use crate::formats::Refusal;

/// Why a text cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not JSON as RFC 8259 has it, or of another type than the reader asked for.
    #[error("not the expected JSON at byte {0}")]
    Syntax(usize),
    /// Objects and arrays nest deeper than allowed.
    #[error("JSON nests too deep at byte {0}")]
    TooDeep(usize),
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Refusal(match invalid {
            Invalid::Syntax(_) => "not_json",
            Invalid::TooDeep(_) => "json_too_deep",
        })
    }
}
