//! Numbers for the texts that repeat in every row: services, and who asked.

use rusqlite::{Connection, OptionalExtension, Statement};
use std::collections::HashMap;

/// Bytes of texts held in memory; above it all are forgotten and read again as they come.
const HELD_BYTES: usize = 8 << 20;

pub(crate) struct Names<'c> {
    held: HashMap<String, i64>,
    held_bytes: usize,
    find: Statement<'c>,
    add: Statement<'c>,
}

impl<'c> Names<'c> {
    pub fn open(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            held: HashMap::new(),
            held_bytes: 0,
            find: connection.prepare("SELECT id FROM name WHERE name = ?1")?,
            add: connection.prepare("INSERT INTO name (name) VALUES (?1)")?,
        })
    }

    /// The text's number; 0 for none.
    pub fn number(&mut self, name: Option<&str>) -> rusqlite::Result<i64> {
        let Some(name) = name else { return Ok(0) };
        if let Some(number) = self.held.get(name) {
            return Ok(*number);
        }
        let number = match self.find.query_row([name], |row| row.get(0)).optional()? {
            Some(number) => number,
            None => self.add.insert([name])?,
        };
        if self.held_bytes > HELD_BYTES {
            self.forget();
        }
        // What the map and the allocator need besides the text.
        self.held_bytes += name.len() + 64;
        self.held.insert(name.to_string(), number);
        Ok(number)
    }

    /// Forgets all: after a rollback the table may lack what is held here.
    pub fn forget(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
    }
}
