//! Moves that were begun in this raw record, which a later line of it ends.

use std::collections::HashMap;

/// Starts of one key that are remembered; a file goes to few buckets.
const STARTS_OF_A_KEY: usize = 16;

/// A move that was begun.
#[derive(Clone)]
pub(super) struct Start {
    pub action: &'static str,
    pub source: Option<String>,
    pub destination: String,
    pub new_key: Option<String>,
}

/// Starts that are not ended, by key.
#[derive(Default)]
pub(super) struct Starts {
    by_key: HashMap<String, Vec<Start>>,
    /// Key and Lambda request of the start that came last, if nothing ended since.
    last: Option<(String, Option<String>)>,
}

impl Starts {
    pub fn add(&mut self, key: &str, request: Option<&str>, start: Start) {
        self.last = Some((key.to_string(), request.map(Into::into)));
        let starts = self.by_key.entry(key.to_string()).or_default();
        if starts.len() == STARTS_OF_A_KEY {
            starts.remove(0);
        }
        starts.push(start);
    }

    /// The start that a completion belongs to: the oldest to the same bucket, else the newest of the key.
    pub fn take(&mut self, key: &str, destination: Option<&str>) -> Option<Start> {
        self.last = None;
        let starts = self.by_key.get_mut(key)?;
        match starts.iter().position(|s| destination == Some(s.destination.as_str())) {
            Some(index) => Some(starts.remove(index)),
            None => starts.pop(),
        }
    }

    /// Key of the move that an error of this request ended, which does not name it: the sorter moves one file after the
    /// other, and the error follows.
    pub fn begun_last(&self, request: Option<&str>) -> Option<String> {
        self.last.as_ref().filter(|(_, of)| of.as_deref() == request).map(|(key, _)| key.clone())
    }
}
