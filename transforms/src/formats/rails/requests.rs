//! Requests whose lines do not stand together: those of one request id, or of one process, are put together again, within
//! one log stream and raw record.

use super::block::Block;
use super::flow::{Flow, Key};
use crate::emit::{Emit, Held, Shared};
use crate::scan::ansi;
use crate::scan::log_time::Context;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use std::collections::{HashMap, HashSet};

/// Bytes of one request that are kept; what follows is left out.
const MOST_BYTES: usize = 256 * 1024;

/// Requests that began and have not ended, in the order in which they were met.
#[derive(Default)]
pub struct Requests {
    all: Vec<Option<Open>>,
    by_key: HashMap<String, usize>,
    /// Processes that were seen to answer two requests at once: nothing tells whose line is whose.
    threaded: HashSet<String>,
}

/// A request that may go on.
struct Open {
    held: Held,
    context: Context,
    text: String,
    seen: Flow,
    name: String,
}

/// The key as a text, in which ids and processes differ.
fn name(key: Key<'_>) -> Option<String> {
    match key {
        Key::Request(id) => Some(id.to_string()),
        Key::Process(pid) => Some(format!("#{pid}")),
        Key::None => None,
    }
}

impl Requests {
    /// Takes lines that stand together. They are emitted if nothing is to come or has come before; else they are kept
    /// until the request ends.
    pub fn add(
        &mut self,
        key: Key<'_>,
        seen: Flow,
        text: &str,
        event: (Context, &Block<'_>),
        emit: &mut Emit<'_>,
    ) {
        let (context, block) = event;
        let Some(name) = name(key).filter(|name| !self.threaded.contains(name)) else {
            return emit_block(block, emit);
        };
        let known = self.by_key.get(&name).copied();
        let goes_on = known.and_then(|at| self.all[at].as_mut()).is_some_and(|open| open.takes(block, seen));
        if goes_on && let Some(at) = known {
            self.join(at, text, seen, emit);
            return;
        }
        if block.is_request()
            && let Some(at) = known
        {
            self.end(at, emit);
        }
        if !block.is_request() || seen.is_whole() || self.threaded.contains(&name) {
            return emit_block(block, emit);
        }
        self.by_key.insert(name.clone(), self.all.len());
        self.all.push(Some(Open { held: emit.hold(), context, text: text.to_string(), seen, name }));
    }

    fn join(&mut self, at: usize, text: &str, seen: Flow, emit: &mut Emit<'_>) {
        let Some(open) = self.all[at].as_mut() else { return };
        if open.text.len() <= MOST_BYTES {
            open.text.push('\n');
            open.text.push_str(text);
        }
        open.seen = open.seen.with(seen);
        if open.seen.is_whole() {
            self.end(at, emit);
        }
    }

    /// Ends a request: the next of its process has begun, or it is whole.
    fn end(&mut self, at: usize, emit: &mut Emit<'_>) {
        let Some(open) = self.all[at].take() else { return };
        self.by_key.remove(&open.name);
        let overlaps = open.seen.is_processing() && !open.seen.is_completed();
        if overlaps && open.name.starts_with('#') {
            self.threaded.insert(open.name.clone());
        }
        open.emit(emit);
    }

    /// Emits all that is left.
    pub fn emit_all(&mut self, emit: &mut Emit<'_>) {
        let Requests { all, .. } = std::mem::take(self);
        for open in all.into_iter().flatten() {
            open.emit(emit);
        }
    }
}

impl Open {
    /// Do these lines go on with it?
    fn takes(&self, block: &Block<'_>, seen: Flow) -> bool {
        let again = (block.is_started())
            || (seen.is_processing() && self.seen.is_processing())
            || (seen.is_completed() && self.seen.is_completed());
        !again
    }

    fn emit(self, emit: &mut Emit<'_>) {
        let plain = ansi::stripped(&self.text);
        let block = Block::read(&plain, self.context);
        let (kind, mut fields) = block.fields();
        if emit.keeps_original() {
            fields.set(Field::EventOriginal, self.text.clone());
        }
        for (field, value) in shared(kind) {
            if !fields.has(*field) {
                fields.set(*field, value.clone());
            }
        }
        emit.held_event(&self.held, kind, fields);
    }
}

/// Emits lines that are no part of what is kept.
pub fn emit_block(block: &Block<'_>, emit: &mut Emit<'_>) {
    let (kind, fields) = block.fields();
    emit.event_sharing(kind, shared(kind), fields);
}

fn shared(kind: Kind) -> Shared {
    match kind {
        Kind::ServiceQuery => crate::scan::access_line::WEB,
        _ => &[],
    }
}
