//! The stream behind the traits of the other crates: mappings read it, producers write it.

use crate::shards::FIRST_PLACE;
use crate::stream::{self, EmbeddedStream, PutEntry};
use crate::streams::Streams;
use catchwater_mapping::stream::{Read, Record, SequenceNumber, Shard, Stream, StreamDown};
use catchwater_producers::put_records as producers;
use ferrokinesis_core::sequence::shard_id_name;
use futures::FutureExt;
use futures::future::BoxFuture;

impl EmbeddedStream {
    fn down(&self, cause: impl ToString) -> StreamDown {
        StreamDown { stream: self.name().into(), cause: cause.to_string() }
    }

    /// Number of a shard and the place after a sequence number in it.
    fn start(&self, shard: &str, after: Option<&SequenceNumber>) -> Result<(u32, u64), StreamDown> {
        let view = self.view();
        let found = stream::find_shard(&view, shard).ok_or_else(|| self.down(format!("no shard {shard}")))?;
        let Some(after) = after else { return Ok((found.ix, FIRST_PLACE)) };
        let place = found.place(&after.0);
        let place = place.ok_or_else(|| self.down(format!("{after} is no sequence number of {shard}")))?;
        Ok((found.ix, place.saturating_add(1)))
    }

    async fn read_after(
        &self,
        shard: &str,
        after: Option<&SequenceNumber>,
        max_records: usize,
        max_bytes: usize,
    ) -> Result<Read, StreamDown> {
        let (ix, from) = self.start(shard, after)?;
        let page = self.page(ix, from, max_records, max_bytes).await.map_err(|e| self.down(e))?;
        let record = |r: crate::store::StoredRecord| Record {
            sequence_number: SequenceNumber(page.shard.sequence_number(r.place, r.arrival_millis)),
            partition_key: r.partition_key,
            arrival_millis: r.arrival_millis,
            data: r.data.into(),
        };
        let records = page.records.into_iter().map(record).collect();
        Ok(Read { records, ended: page.ended, behind_millis: page.behind_millis })
    }
}

impl Stream for EmbeddedStream {
    fn name(&self) -> &str {
        EmbeddedStream::name(self)
    }

    fn retention_hours(&self) -> BoxFuture<'_, Result<u32, StreamDown>> {
        let hours = self.header().retention_hours;
        async move { Ok(hours) }.boxed()
    }

    fn shards(&self) -> BoxFuture<'_, Result<Vec<Shard>, StreamDown>> {
        let view = self.view();
        let parents = |s: &crate::shards::Shard| s.parents().map(|p| shard_id_name(i64::from(p))).collect();
        let shards = view.to_read().into_iter().map(|s| Shard { id: s.id(), parents: parents(s) }).collect();
        async move { Ok(shards) }.boxed()
    }

    fn read<'a>(
        &'a self,
        shard: &'a str,
        after: Option<&'a SequenceNumber>,
        max_records: usize,
        max_bytes: usize,
    ) -> BoxFuture<'a, Result<Read, StreamDown>> {
        self.read_after(shard, after, max_records, max_bytes).boxed()
    }

    fn changed<'a>(&'a self, shard: &'a str, after: Option<&'a SequenceNumber>) -> BoxFuture<'a, ()> {
        let mut watch = self.watch();
        let shards = watch.borrow_and_update().shards.len();
        async move {
            // A wrong shard or place is for the next read to tell.
            let Ok((ix, from)) = self.start(shard, after) else { return };
            let ready = |view: &std::sync::Arc<crate::writer::View>| {
                let waiting = view.shard(ix).is_some_and(|s| s.is_open() && s.next <= from);
                !waiting || view.shards.len() != shards
            };
            // Fails when the stream is closed, which the next read tells too.
            let _ = watch.wait_for(ready).await;
        }
        .boxed()
    }
}

impl producers::PutRecordsApi for Streams {
    fn put_records<'a>(
        &'a self,
        stream: &'a str,
        entries: &'a [producers::PutEntry],
    ) -> BoxFuture<'a, Result<Vec<producers::PutResult>, producers::PutError>> {
        async move {
            let found = self.get(stream).ok_or_else(|| producers::PutError::Refused {
                code: "ResourceNotFoundException".into(),
                message: format!("there is no stream {stream}"),
            })?;
            producers::PutRecordsApi::put_records(&*found, stream, entries).await
        }
        .boxed()
    }
}

impl producers::PutRecordsApi for EmbeddedStream {
    fn put_records<'a>(
        &'a self,
        stream: &'a str,
        entries: &'a [producers::PutEntry],
    ) -> BoxFuture<'a, Result<Vec<producers::PutResult>, producers::PutError>> {
        async move {
            if stream != self.name() {
                return Err(producers::PutError::Refused {
                    code: "ResourceNotFoundException".into(),
                    message: format!("this is stream {}, not {stream}", self.name()),
                });
            }
            let entries = entries.iter().map(own_entry).collect::<Result<_, _>>()?;
            let results = EmbeddedStream::put_records(self, entries).await;
            Ok(results.into_iter().map(their_result).collect())
        }
        .boxed()
    }
}

fn own_entry(entry: &producers::PutEntry) -> Result<PutEntry, producers::PutError> {
    let hash_key = entry.explicit_hash_key.as_deref().map(str::parse).transpose();
    let explicit_hash_key = hash_key.map_err(|_| producers::PutError::Refused {
        code: "InvalidArgumentException".into(),
        message: "an explicit hash key is a number below 2^128".into(),
    })?;
    let partition_key = entry.partition_key.clone();
    Ok(PutEntry { partition_key, explicit_hash_key, data: entry.data.clone() })
}

fn their_result(result: Result<stream::PutResult, stream::PutError>) -> producers::PutResult {
    match result {
        Ok(taken) => producers::PutResult::Accepted {
            shard_id: taken.shard_id,
            sequence_number: taken.sequence_number,
        },
        Err(error) => producers::PutResult::Failed { code: error.code().into(), message: error.to_string() },
    }
}
