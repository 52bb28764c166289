//! The whole chain with the functions as they are shipped: log groups → subscription → raw stream → transform → event stream →
//! a consumer a store → Elasticsearch, OpenSearch, InfluxDB, Loki, Timestream, and S3 by Firehose. What arrived is held against
//! what was put, field by field: nothing lost, nothing twice, also when every batch is delivered again.
//!
//! What is AWS's is emulated (moto, ministack), the stores are real but Timestream. Between the streams and the functions are
//! ministack's mapping, as on AWS, for the first way, and our own, which keeps Lambda's rules, for what is delivered again.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

mod archive;
mod by_hand;
mod chain;
mod expected;
mod influxdb;
mod loki;
#[path = "../functions/own_stream.rs"]
mod own_stream;
mod revisions;
mod search;
mod sources;
mod store;
mod timestream;

use archive::Archive;
use catchwater_schemas::account::Account;
use catchwater_tests::cloud::StreamRecord;
use catchwater_tests::influxdb_server::InfluxdbServer;
use chain::{Chain, TRANSFORM, check_all};
use expected::Expected;
use influxdb::Influxdb;
use loki::Loki;
use search::Search;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};
use store::Store;
use timestream::{Layout, Timestream};

/// Records that are none, each with a key of its own so that every shard has some.
const POISON: usize = 8;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A whole second, twenty minutes ago: CloudWatch takes events of two weeks, stores those of an hour.
fn some_time_ago() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    (i64::try_from(now).unwrap() - 1_200) * 1_000
}

async fn search_servers(chain: &Chain) -> Option<[Search; 2]> {
    Some([Search::elasticsearch(&chain.ministack).await?, Search::opensearch().await?])
}

async fn other_stores(chain: &Chain, from: i64) -> Option<Vec<Box<dyn Store>>> {
    Some(vec![
        Box::new(Influxdb(InfluxdbServer::start()?)),
        Box::new(Loki::start(from)?),
        Box::new(Timestream::make(&chain.moto, Layout::Events).await),
        Box::new(Timestream::make(&chain.moto, Layout::Existing).await),
        Box::new(Archive::of(&chain.ministack)),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_into_log_groups_is_in_every_store_once_however_often_it_is_delivered() {
    let from = some_time_ago();
    let Some(chain) = Chain::start() else { return };
    let groups = sources::log_groups(from);
    let subscribed = chain.subscribed(&groups);
    let poison: Vec<Vec<u8>> =
        (0..POISON).map(|n| [&subscribed[n].data[..40], &[n as u8]].concat()).collect();
    let keys: Vec<String> = (0..POISON).map(|n| format!("key{n}")).collect();
    let mut put: Vec<(&str, &[u8])> =
        subscribed.iter().map(|r| (r.key.as_str(), r.data.as_slice())).collect();
    let probe = gzip(sources::PROBE.as_bytes());
    put.insert(0, ("probe", &probe));
    // Between the others, not behind them.
    for (n, (key, poison)) in keys.iter().zip(&poison).enumerate() {
        put.insert(2 * n, (key, poison));
    }
    let raw = chain.put_raw(&put);
    let expected = expected::of(&raw, sources::ROUTES);
    check_expected(&expected, &groups, &subscribed, from);

    let Some([elasticsearch, opensearch]) = search_servers(&chain).await else { return };
    let Some(mut stores) = other_stores(&chain, from).await else { return };
    stores.insert(0, Box::new(elasticsearch));
    stores.insert(1, Box::new(opensearch));
    chain.deploy(&stores);
    chain.map(&stores);
    chain.check_counts(&stores, &expected, 1);
    check_all(&stores, &expected, 1);
    check_letters(&chain, &poison, 1);
    let event_records = chain.event_records();

    all_again_from_the_raw_stream(&chain, &stores, &expected, &raw).await;
    check_all(&stores, &expected, 2);
    check_letters(&chain, &poison, 2);

    let own = Chain::own_stream("events", &event_records).await;
    for deliveries in 3..5 {
        for store in &stores {
            every_batch_again(&chain, &**store, &expected, &own).await;
        }
        check_all(&stores, &expected, deliveries);
    }
    revisions::what_comes_out_of_order(&chain, &raw, &expected, &stores).await;
}

/// That what is expected is not nothing, and says what a person reads in the lines.
fn check_expected(expected: &Expected, groups: &[sources::LogGroup], raw: &[StreamRecord], from: i64) {
    let lines: usize = groups.iter().flat_map(|group| &group.calls).map(Vec::len).sum();
    let account = &expected.account;
    // Besides the log events, the probe and the poison.
    assert_eq!(account.taken as usize, lines + 1 + POISON, "{account:?}");
    assert_eq!(account.filtered, [("control_message".to_string(), 1)].into());
    assert_eq!(Account::total(&account.dead) as usize, POISON, "{account:?}");
    assert_eq!(Account::total(&account.unparsed), 0, "{account:?}");
    // Of an error's three lines two are joined to the first, and a notification is of two objects.
    let (errors, notifications) = (24, 20);
    assert_eq!(account.joined, errors * 2, "{account:?}");
    assert_eq!(expected.events.len(), lines - 2 * errors as usize + notifications);
    assert!(expected.events.values().all(|sent| !sent.line.contains(sources::SECRET)));
    by_hand::check(expected, raw, from);
}

/// Each poison record is a dead letter with its bytes, one a delivery: its id is that of a place, and each stream gives it another.
fn check_letters(chain: &Chain, poison: &[Vec<u8>], deliveries: usize) {
    let letters = chain.archive.letters(poison.len() * deliveries);
    assert_eq!(letters.len(), poison.len() * deliveries, "{letters:?}");
    for bytes in poison {
        let mut of: Vec<_> = letters.iter().filter(|letter| &letter.bytes == bytes).collect();
        assert_eq!(of.len(), deliveries);
        assert_eq!((of[0].origin.stream.as_str(), of[0].sink.as_deref()), ("raw", None));
        of.dedup_by_key(|letter| &letter.reason);
        assert_eq!(of.len(), 1, "{of:?}");
    }
}

/// Our own mapping hands every raw record to the transform once more: the event stream holds everything twice, and ministack's
/// mappings bring it to the stores once more.
async fn all_again_from_the_raw_stream(
    chain: &Chain,
    stores: &[Box<dyn Store>],
    expected: &Expected,
    raw: &[StreamRecord],
) {
    let own = Chain::own_stream("raw", raw).await;
    let account = chain.deliver(&own, TRANSFORM, 7).await;
    assert_eq!(account, expected.account);
    chain.check_counts(stores, expected, 2);
}

/// Our own mapping, its positions at the start, hands every event record to a consumer.
async fn every_batch_again(
    chain: &Chain,
    store: &dyn Store,
    expected: &Expected,
    own: &own_stream::OwnStream,
) {
    let name = store.consumer().name;
    let account = chain.deliver(own, name, 3).await;
    let kept = expected.events.values().filter(|sent| store.takes(sent)).count() as u64;
    let all = expected.events.len() as u64;
    let (delivered, duplicates) = if store.tells_duplicates() { (0, kept) } else { (kept, 0) };
    assert_eq!(
        (account.taken, account.delivered, account.duplicates),
        (all, delivered, duplicates),
        "{name}: {account:?}"
    );
    let (filtered, dead) = (Account::total(&account.filtered), Account::total(&account.dead));
    assert_eq!((filtered, dead), (all - kept, 0), "{name}: {account:?}");
}
