//! Removes events that are older than the store keeps them, by their own time, in small steps between writes.

use crate::ids::{Contribution, Held};
use crate::store::Store;
use catchwater_schemas::id::EventId;

/// Events of one step: a write waits no longer than it takes to remove these.
const STEP: usize = 2_000;

/// Removes up to a step of events from before `cutoff_ns`; gives how many.
pub(crate) fn remove_step(store: &mut Store<'_>, cutoff_ns: i64) -> rusqlite::Result<usize> {
    let too_old: Vec<(EventId, Held)> = {
        let mut find = store.connection.prepare(
            "SELECT seq, digest, ordinal, kind, time_ns, service, who FROM events INDEXED BY events_time
             WHERE time_ns < ?1 ORDER BY time_ns LIMIT ?2",
        )?;
        let rows = find.query_map((cutoff_ns, STEP as i64), |row| {
            let id = EventId { digest: row.get(1)?, ordinal: row.get(2)? };
            let (kind, time_ns, service, who) = (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            let contribution = Contribution { kind, time_ns, service, who };
            Ok((id, Held { seq: row.get(0)?, revision: 0, contribution }))
        })?;
        rows.collect::<rusqlite::Result<_>>()?
    };
    if too_old.is_empty() {
        return Ok(0);
    }
    store.in_transaction(|store| {
        let mut delete = store.connection.prepare("DELETE FROM events WHERE seq = ?1")?;
        let mut forget = store.connection.prepare("DELETE FROM ids WHERE key = ?1 AND seq = ?2")?;
        for (id, held) in &too_old {
            delete.execute([held.seq])?;
            forget.execute([crate::ids::key(id), held.seq])?;
            store.rollup.remove(&held.contribution);
        }
        Ok(())
    })?;
    too_old.iter().for_each(|(id, _)| store.ids.forget(id));
    Ok(too_old.len())
}
