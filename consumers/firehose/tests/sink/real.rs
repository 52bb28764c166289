//! On ministack: PutRecordBatch by the SDK, and what Firehose laid down in S3, read by a client that shares no code with it.

use super::*;
use aws_config::SdkConfig;
use catchwater_aws::sdk;
use catchwater_consumer_core::contract::{Subject, check};
use catchwater_consumer_firehose::sink::FirehoseSink;
use catchwater_schemas::record::unpack;
use catchwater_tests::cloud::{Cloud, REGION};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::wait_for;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Events of all kinds: those of the reports' golden files.
const EVENTS: &str = include_str!("../../../../cli/testdata/report/events.jsonl");
const LIMIT: Duration = Duration::from_secs(30);

struct Archive {
    emulator: Emulator,
    cloud: Cloud,
    packing: Packing,
    sdk: SdkConfig,
}

impl Archive {
    async fn new(packing: Packing) -> Option<Self> {
        let emulator = Emulator::ministack()?;
        let cloud = emulator.cloud();
        cloud.create_bucket("archive");
        cloud.create_delivery_stream("events", "archive", "events/", None);
        let sdk = sdk::config_at("http://127.0.0.1:9", "xx-nowhere-1").await;
        Some(Self { emulator, cloud, packing, sdk })
    }

    fn sink(&self) -> FirehoseSink {
        // The section's address and region go before all others.
        let (endpoint_url, region) = (Some(self.emulator.url()), Some(REGION.into()));
        let config = Config { endpoint_url, region, ..config(self.packing) };
        FirehoseSink::with_sdk(&config, self.sdk.clone()).unwrap()
    }

    /// The lines of all objects. Objects are those of records, written after the answer.
    fn lines(&self) -> Vec<String> {
        let objects = self.cloud.objects("archive", "events/");
        objects
            .iter()
            .flat_map(|o| unpack(&o.body).unwrap().lines().map(String::from).collect::<Vec<_>>())
            .collect()
    }
}

impl Subject for Archive {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(self.sink());
        Box::pin(async move { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        let ids: HashSet<_> = self.lines().iter().map(|line| Event::read(line).unwrap().id).collect();
        Box::pin(async move { ids.len() as u64 })
    }

    fn poison(&self) -> Option<String> {
        Some(noisy(9_999, 3 << 20))
    }

    fn tells_duplicates(&self) -> bool {
        false
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_the_contract_of_all_sinks() {
    let Some(mut archive) = Archive::new(Packing::Zstd).await else { return };
    check(&mut archive).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_s3_is_what_was_sent_field_by_field() {
    for packing in [Packing::Zstd, Packing::Gzip, Packing::None] {
        let Some(archive) = Archive::new(packing).await else { return };
        let mut json: Vec<String> = EVENTS.lines().map(String::from).collect();
        // Larger than a call may be: several records, several calls.
        json.extend((0..90).map(|n| noisy(n, 100_000)));
        let outcomes = write(&archive.sink(), &json).await;
        assert_eq!(outcomes, vec![Outcome::Delivered; json.len()]);
        let mut sent: Vec<Value> = json.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lines = wait_for("all events in S3", LIMIT, || {
            Some(archive.lines()).filter(|lines| lines.len() >= sent.len())
        });
        let mut held: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        for values in [&mut sent, &mut held] {
            values.sort_by_key(|event| event["event"]["id"].as_str().map(String::from));
        }
        assert!(held == sent, "{packing:?}: {} events, not {}", held.len(), sent.len());
        let calls = archive.cloud.list_objects("archive", "events/").len();
        assert!(calls > 5, "{calls} records");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_stream_that_is_not_there_is_told_by_its_name() {
    let Some(archive) = Archive::new(Packing::Zstd).await else { return };
    let config = Config {
        delivery_stream: "nowhere".into(),
        endpoint_url: Some(archive.emulator.url()),
        region: Some(REGION.into()),
        ..Config::default()
    };
    let sink = FirehoseSink::with_sdk(&config, archive.sdk.clone()).unwrap();
    let outcomes = write(&sink, &[noisy(1, 10)]).await;
    let told = |reason: &str| reason.contains("ResourceNotFoundException") && reason.contains("nowhere");
    assert!(matches!(&outcomes[..], [Outcome::Retry { reason, .. }] if told(reason)), "{outcomes:?}");
}
