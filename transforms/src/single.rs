//! One format over one message alone, outside any raw record: for those who ask what a format makes of a line.

use crate::emit::{Emit, Lineage, Pending, Stages};
use crate::formats::{Format, LogEvent, RecordState, Refusal};
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The word for a format that panicked.
const PANIC: &str = "panic";

/// A lineage of this scope, as it is where the configuration says nothing.
pub fn lineage<'a>(scope: &Scope<'a>) -> Lineage<'a> {
    Lineage {
        account: scope.account,
        region: scope.region,
        log_group: scope.log_group,
        log_stream: scope.log_stream,
        id_scope: IdKey::new(DEFAULT_KEY).scope(scope),
        service: None,
        revision: 1,
        original: false,
        who: None,
        privacy: Default::default(),
    }
}

/// The events that a format makes of a message, those it would hold back for later ones too; or why it refuses it.
pub fn events(format: &'static Format, event: LogEvent<'_>, stages: &Stages) -> Result<Vec<String>, Refusal> {
    let lineage = lineage(&Scope::default());
    let (mut pending, mut state) = (Pending::default(), RecordState::default());
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        let mut emit = Emit::new(&lineage, stages, format.name, "1", event.time, event.message, &mut pending);
        (format.parse)(&mut state, event, &mut emit)?;
        if let Some(finish) = format.finish {
            finish(&mut state, &mut emit);
        }
        Ok(())
    }));
    parsed.unwrap_or(Err(Refusal(PANIC)))?;
    Ok(pending.events().map(|event| String::from_utf8_lossy(event).into_owned()).collect())
}
