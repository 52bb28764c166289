//! The loop: takes entries in, keeps calls in flight, sends failed entries again.

use super::queue::{Queue, Queued};
use super::{DEADLINE, HELD, PutEntry, PutError, PutRecords, PutResult, TOO_LARGE};
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;

type Answer = Result<Vec<PutResult>, PutError>;

/// What is known of an entry while the call has the entry itself.
struct Sent<T> {
    tag: T,
    tries: u32,
    first_try: Option<i64>,
}

pub(super) struct Run<'w, T, F> {
    writer: &'w PutRecords,
    queue: Queue<T>,
    calls: FuturesUnordered<BoxFuture<'w, (u64, Vec<PutEntry>, Answer)>>,
    sent: BTreeMap<u64, Vec<Sent<T>>>,
    calls_made: u64,
    /// Keys of which an entry was given up: nothing of theirs is sent any more.
    broken: BTreeSet<String>,
    on_result: F,
}

impl<'w, T: Send, F: FnMut(T, PutResult) + Send> Run<'w, T, F> {
    pub fn new(writer: &'w PutRecords, on_result: F) -> Self {
        Self {
            writer,
            queue: Queue::new(),
            calls: FuturesUnordered::new(),
            sent: BTreeMap::new(),
            calls_made: 0,
            broken: BTreeSet::new(),
            on_result,
        }
    }

    pub async fn run(mut self, mut incoming: mpsc::Receiver<(T, PutEntry)>, deadline: Option<Duration>) {
        let clock = &self.writer.clock;
        let mut out_of_time = deadline.map(|left| clock.sleep(left));
        let mut open = true;
        loop {
            let now = clock.now_millis();
            self.start_calls(now);
            if !open && self.queue.unsettled() == 0 {
                return;
            }
            let has_room = self.has_room();
            let may_call = self.calls.len() < self.writer.settings.calls;
            let rest_ends = self.queue.next_wake().filter(|_| may_call);
            let mut rest = rest_ends.map(|at| clock.sleep(millis(at.saturating_sub(now))));
            tokio::select! {
                biased;
                () = passed(&mut out_of_time) => break,
                Some((call, entries, answer)) = self.calls.next() => self.answered(call, entries, answer),
                item = incoming.recv(), if open && has_room => match item {
                    Some((tag, entry)) => self.take_in(tag, entry, &mut incoming),
                    None => open = false,
                },
                () = passed(&mut rest) => {}
            }
        }
        self.stop(incoming);
    }

    fn has_room(&self) -> bool {
        let settings = &self.writer.settings;
        // Small entries cost more than their bytes: a queue of two rounds of calls is enough to keep calls full.
        self.queue.unsettled_bytes() < settings.queued_bytes
            && self.queue.unsettled() < 2 * settings.calls.max(1) * settings.call_records
    }

    /// Takes this entry and what else is there already, so that a call starts as full as it can without waiting.
    fn take_in(&mut self, tag: T, entry: PutEntry, incoming: &mut mpsc::Receiver<(T, PutEntry)>) {
        let mut next = Some((tag, entry));
        while let Some((tag, entry)) = next {
            let queued = Queued::new(tag, entry);
            let most = self.writer.settings.record_bytes;
            if queued.bytes() > most {
                let message = format!("a record of {} bytes; a record holds {most}", queued.bytes());
                (self.on_result)(queued.tag, PutResult::failed(TOO_LARGE, message));
            } else if self.broken.contains(&queued.entry.partition_key) {
                (self.on_result)(queued.tag, held());
            } else {
                self.queue.push(queued);
            }
            next = if self.has_room() { incoming.try_recv().ok() } else { None };
        }
    }

    fn start_calls(&mut self, now: i64) {
        while self.calls.len() < self.writer.settings.calls.max(1) {
            let call = self.queue.next_call(now, &self.writer.settings);
            if call.is_empty() {
                return;
            }
            let (mut entries, mut sent) = (Vec::with_capacity(call.len()), Vec::with_capacity(call.len()));
            for queued in call {
                entries.push(queued.entry);
                let first_try = queued.first_try.or(Some(now));
                sent.push(Sent { tag: queued.tag, tries: queued.tries + 1, first_try });
            }
            self.calls_made += 1;
            let number = self.calls_made;
            self.sent.insert(number, sent);
            let writer = self.writer;
            self.calls.push(Box::pin(async move {
                let answer = writer.api.put_records(&writer.stream, &entries).await;
                (number, entries, answer)
            }));
        }
    }

    fn answered(&mut self, call: u64, entries: Vec<PutEntry>, answer: Answer) {
        let sent = self.sent.remove(&call).unwrap_or_default();
        let answer = answer.and_then(|results| match results.len() == entries.len() {
            true => Ok(results),
            false => {
                Err(PutError::Unavailable(format!("{} results for {} entries", results.len(), entries.len())))
            }
        });
        let refused = matches!(answer, Err(PutError::Refused { .. }));
        if let Err(error) = &answer {
            tracing::warn!(stream = &*self.writer.stream, records = entries.len(), %error, "PutRecords failed");
        }
        let results = answer.unwrap_or_else(|error| {
            let code = match &error {
                PutError::Unavailable(_) => "Unavailable",
                PutError::Refused { code, .. } => code,
            };
            vec![PutResult::failed(code, error.to_string()); entries.len()]
        });
        for ((entry, sent), result) in entries.into_iter().zip(sent).zip(results) {
            let queued = Queued { entry, tag: sent.tag, tries: sent.tries, first_try: sent.first_try };
            self.ended_or_again(queued, result, refused);
        }
    }

    fn ended_or_again(&mut self, queued: Queued<T>, result: PutResult, refused: bool) {
        if result.is_accepted() {
            self.queue.settle(&queued);
            return (self.on_result)(queued.tag, result);
        }
        let now = self.writer.clock.now_millis();
        let wait = self.backoff(queued.tries);
        let tried = millis(now.saturating_add(wait).saturating_sub(queued.first_try.unwrap_or(now)));
        if !refused && self.writer.settings.patience.is_none_or(|most| tried <= most) {
            return self.queue.retry(queued, now.saturating_add(wait));
        }
        let behind = self.queue.give_up(&queued);
        (self.on_result)(queued.tag, result);
        for other in behind {
            (self.on_result)(other.tag, held());
        }
        self.broken.insert(queued.entry.partition_key);
    }

    /// Exponential with full jitter, in milliseconds (AWS Architecture Blog, "Exponential Backoff And Jitter").
    fn backoff(&self, tries: u32) -> i64 {
        let settings = &self.writer.settings;
        let doubled = settings.backoff_millis.saturating_mul(1 << tries.saturating_sub(1).min(30));
        let most = doubled.min(settings.backoff_most_millis);
        i64::try_from(self.writer.rng.below(most.saturating_add(1))).unwrap_or(i64::MAX)
    }

    /// The deadline has come: nothing more is sent, and what has not ended fails.
    fn stop(mut self, mut incoming: mpsc::Receiver<(T, PutEntry)>) {
        incoming.close();
        let in_flight = std::mem::take(&mut self.sent).into_values().flatten();
        for sent in in_flight {
            (self.on_result)(sent.tag, PutResult::failed(DEADLINE, "no answer in the time that was left"));
        }
        let waiting = self.queue.drain().map(|queued| queued.tag);
        let unseen = std::iter::from_fn(|| incoming.try_recv().ok()).map(|(tag, _)| tag);
        for tag in waiting.chain(unseen) {
            (self.on_result)(tag, PutResult::failed(DEADLINE, "no time was left to send it"));
        }
    }
}

fn held() -> PutResult {
    PutResult::failed(HELD, "a record of its key before it was given up")
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}

/// Is ready when the wait is over; never, if there is none.
async fn passed(wait: &mut Option<BoxFuture<'static, ()>>) {
    match wait {
        Some(wait) => wait.await,
        None => std::future::pending().await,
    }
}
