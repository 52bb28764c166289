//! Dead letters on AWS, each one line of JSON: through Firehose to S3, which gathers many letters in an object, and those that are
//! too large for that as an object each, `<prefix>/<yyyy/mm/dd/hh>/large-<id>.json` by the hour of the last try, where the table of
//! dead letters looks. Firehose cannot
//! tell what it has taken before: a letter that comes again lies there again, under the same id.

use crate::failure::Failure;
use crate::objects::PutObjectApi;
use crate::put_record_batch::{PutRecordBatch, RecordResult};
use bytes::Bytes;
use catchwater_consumer_core::dead_letters::{DeadLetters, DeadLettersDown};
use catchwater_schemas::dead_letter::DeadLetter;
use catchwater_schemas::time::Timestamp;
use futures::future::BoxFuture;
use std::sync::Arc;

/// Most bytes of a letter's line that goes through Firehose, well below a record's 1,000 KiB.
pub const SMALL_BYTES: usize = 700_000;

/// Keeps dead letters in S3.
pub struct LettersToS3 {
    firehose: PutRecordBatch,
    objects: Arc<dyn PutObjectApi>,
    /// What stands before the keys of large ones: nothing, or something with a slash at its end.
    prefix: String,
}

impl LettersToS3 {
    /// Letters of at most [`SMALL_BYTES`] by a writer to their delivery stream, larger ones into a bucket under keys that begin
    /// with `prefix`, if it is not empty.
    pub fn new(firehose: PutRecordBatch, objects: Arc<dyn PutObjectApi>, prefix: &str) -> Self {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        };
        Self { firehose, objects, prefix }
    }

    /// Key of the object that a large letter is kept in.
    fn key(&self, letter: &DeadLetter) -> String {
        let at = Timestamp::from_millis(letter.last_try_millis).unwrap_or_default().civil();
        let (year, month, day, hour) = (at.year, at.month, at.day, at.hour);
        format!("{}{year:04}/{month:02}/{day:02}/{hour:02}/large-{}.json", self.prefix, letter.id)
    }

    async fn keep_all(&self, letters: &[DeadLetter]) -> Result<(), DeadLettersDown> {
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for letter in letters {
            let line = line(letter).map_err(|cause| down("memory".into(), cause.to_string()))?;
            match line.len() <= SMALL_BYTES {
                true => small.push(line),
                false => large.push((self.key(letter), line)),
            }
        }
        let (gathered, single) = futures::join!(self.gather(small), self.keep_single(large));
        gathered.and(single)
    }

    async fn gather(&self, lines: Vec<Bytes>) -> Result<(), DeadLettersDown> {
        let results = self.firehose.put(&lines).await;
        let failed = |result: &RecordResult| match result {
            RecordResult::Accepted => None,
            RecordResult::Failed { code, message } => Some(format!("{code}: {message}")),
        };
        let mut causes = results.iter().filter_map(failed);
        let Some(cause) = causes.next() else { return Ok(()) };
        let place = format!("the Firehose {}", self.firehose.delivery_stream());
        Err(down(place, format!("{} of {} letters: {cause}", causes.count() + 1, lines.len())))
    }

    async fn keep_single(&self, letters: Vec<(String, Bytes)>) -> Result<(), DeadLettersDown> {
        let bucket = self.objects.bucket();
        for (key, line) in letters {
            let put = self.objects.put_object(&key, "application/x-ndjson", line).await;
            put.map_err(|failure: Failure| down(format!("s3://{bucket}/{key}"), failure.to_string()))?;
        }
        Ok(())
    }
}

impl DeadLetters for LettersToS3 {
    fn keep<'a>(&'a self, letters: &'a [DeadLetter]) -> BoxFuture<'a, Result<(), DeadLettersDown>> {
        Box::pin(self.keep_all(letters))
    }
}

fn line(letter: &DeadLetter) -> serde_json::Result<Bytes> {
    let mut line = serde_json::to_vec(letter)?;
    line.push(b'\n');
    Ok(line.into())
}

fn down(place: String, cause: String) -> DeadLettersDown {
    DeadLettersDown { place, cause }
}

#[cfg(test)]
mod tests;
