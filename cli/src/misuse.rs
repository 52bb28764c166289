//! What was asked on the command line cannot be done: the program then ends with 2, as it does for unknown options.

use std::fmt;

/// The exit code.
pub const EXIT_CODE: u8 = 2;

/// Something on the command line, or in a file that it names, is wrong.
#[derive(Debug)]
pub struct Misuse(pub String);

impl Misuse {
    /// Of another error, with all that led to it.
    pub fn of(error: anyhow::Error) -> anyhow::Error {
        Self(format!("{error:#}")).into()
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}
