//! Positions in memory, for tests and simulation: they survive a mapping, not the process.

use crate::positions::{Kept, Position, Positions, PositionsDown, Step, step};
use catchwater_schemas::account::Account;
use futures::future::{BoxFuture, ready};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Mapping, stream, shard.
type Key = (String, String, String);

/// Positions in memory.
#[derive(Debug, Default)]
pub struct MemoryPositions {
    kept: Mutex<BTreeMap<Key, (Position, Account)>>,
}

impl MemoryPositions {
    fn commit_now(&self, key: Key, position: &Position, account: &Account) -> Result<(), PositionsDown> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.entry(key).or_default();
        let step =
            step(&kept.0, position).map_err(|cause| PositionsDown { place: "memory".into(), cause })?;
        kept.0 = position.clone();
        if step == Step::Forward {
            kept.1.add(account);
        }
        Ok(())
    }
}

impl Positions for MemoryPositions {
    fn get<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
    ) -> BoxFuture<'a, Result<Position, PositionsDown>> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = all.get(&(mapping.into(), stream.into(), shard.into()));
        Box::pin(ready(Ok(kept.map(|k| k.0.clone()).unwrap_or_default())))
    }

    fn commit<'a>(
        &'a self,
        mapping: &'a str,
        stream: &'a str,
        shard: &'a str,
        position: &'a Position,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<(), PositionsDown>> {
        Box::pin(
            async move { self.commit_now((mapping.into(), stream.into(), shard.into()), position, account) },
        )
    }

    fn all(&self) -> BoxFuture<'_, Result<Vec<Kept>, PositionsDown>> {
        let all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = all.iter().map(|((mapping, stream, shard), (position, account))| Kept {
            mapping: mapping.clone(),
            stream: stream.clone(),
            shard: shard.clone(),
            position: position.clone(),
            account: account.clone(),
        });
        Box::pin(ready(Ok(rows.collect())))
    }
}
