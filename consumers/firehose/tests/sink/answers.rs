//! What Firehose answers, and what becomes of the events.

use super::*;
use catchwater_aws::failure::Failure;
use catchwater_aws::put_record_batch::RecordResult;
use catchwater_aws::put_record_batch::script::ScriptedFirehose;
use catchwater_consumer_core::contract::{Subject, check, event_json};
use catchwater_consumer_firehose::sink::FirehoseSink;
use catchwater_schemas::record::unpack;
use futures::future::BoxFuture;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

fn sink(firehose: &Arc<ScriptedFirehose>, packing: Packing) -> FirehoseSink {
    FirehoseSink::with_api(&config(packing), firehose.clone()).unwrap()
}

/// The lines of what was accepted, in their order.
fn lines(firehose: &ScriptedFirehose) -> Vec<String> {
    let records = firehose.accepted();
    records.iter().flat_map(|r| unpack(r).unwrap().lines().map(String::from).collect::<Vec<_>>()).collect()
}

struct Fake(Arc<ScriptedFirehose>, Packing);

impl Subject for Fake {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(sink(&self.0, self.1));
        Box::pin(async move { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        let ids = lines(&self.0).iter().map(|line| Event::read(line).unwrap().id).collect::<HashSet<_>>();
        Box::pin(async move { ids.len() as u64 })
    }

    fn poison(&self) -> Option<String> {
        Some(noisy(9_999, 3 << 20))
    }

    fn tells_duplicates(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn keeps_the_contract_of_all_sinks() {
    for packing in [Packing::Zstd, Packing::Gzip, Packing::None] {
        check(&mut Fake(Arc::new(ScriptedFirehose::willing()), packing)).await;
    }
}

#[tokio::test]
async fn events_of_a_record_that_failed_come_again_and_those_of_the_others_do_not() {
    // Takes the first call's records but the second.
    let firehose = Arc::new(ScriptedFirehose::new(|call, records| {
        let mut results = vec![RecordResult::Accepted; records.len()];
        if call == 0 {
            let (code, message) = ("ServiceUnavailableException".into(), "Slow down.".into());
            results[1] = RecordResult::Failed { code, message };
        }
        Ok(results)
    }));
    let sink = sink(&firehose, Packing::Zstd);
    let json: Vec<String> = (0..30).map(|n| noisy(n, 100_000)).collect();
    let outcomes = write(&sink, &json).await;
    let calls = firehose.calls();
    assert!(calls.len() == 1 && calls[0].len() > 2, "all in one call");
    let failed: Vec<String> = unpack(&calls[0][1]).unwrap().lines().map(String::from).collect();
    let retry =
        Outcome::Retry { after: Duration::ZERO, reason: "ServiceUnavailableException: Slow down.".into() };
    for (line, outcome) in json.iter().zip(&outcomes) {
        let expected = if failed.contains(line) { &retry } else { &Outcome::Delivered };
        assert_eq!(outcome, expected);
    }
    assert_eq!(write(&sink, &failed).await, vec![Outcome::Delivered; failed.len()]);
    let (mut held, mut sent) = (lines(&firehose), json);
    held.sort_unstable();
    sent.sort_unstable();
    assert!(held == sent, "each event once");
}

#[tokio::test]
async fn a_delivery_stream_that_is_not_there_is_no_fault_of_the_events() {
    for (failure, reason) in [
        (
            Failure::Refused { code: "ResourceNotFoundException".into(), message: "no stream".into() },
            "ResourceNotFoundException: no stream",
        ),
        (Failure::ComeAgain("no answer".into()), "Unavailable: no answer"),
    ] {
        let firehose = Arc::new(ScriptedFirehose::new(move |_, _| Err(failure.clone())));
        let json = [event_json(1, 1), noisy(2, 3 << 20), event_json(1, 1)];
        let outcomes = write(&sink(&firehose, Packing::Zstd), &json).await;
        let retry = Outcome::Retry { after: Duration::ZERO, reason: reason.into() };
        assert_eq!((&outcomes[0], &outcomes[2]), (&retry, &retry));
        assert!(matches!(&outcomes[1], Outcome::Reject { reason } if reason.starts_with("event_too_large:")));
        assert_eq!(firehose.calls().len(), 1, "the frame tries again, not the sink");
    }
}
