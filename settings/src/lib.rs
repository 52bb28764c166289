//! Reads and checks a configuration: for the program and for the functions alike.
//!
//! [`read`] parses it, [`check`](check()) finds all mistakes of its text, with line and column; [`sections`] says which `[sink.NAME]` a reader
//! knows; [`tables`] are the files of who asks that it names; [`parts`] is what the transform is made of.

pub mod check;
pub mod parts;
pub mod sections;
pub mod tables;

pub use check::{Mistake, check, read};
pub use parts::parts;
pub use sections::Sections;
