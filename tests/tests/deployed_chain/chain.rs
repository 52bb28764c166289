//! The chain on emulators: log groups and their subscription on moto; streams, functions and their mappings on ministack.

use crate::archive::{Archive, LETTERS, LETTERS_BUCKET};
use crate::expected::Expected;
use crate::own_stream::OwnStream;
use crate::sources::{LogGroup, ROUTES};
use crate::store::{Consumer, Store};
use catchwater_mapping::memory_positions::MemoryPositions;
use catchwater_schemas::account::Account;
use catchwater_schemas::config;
use catchwater_tests::cloud::{StreamRecord, Subscription};
use catchwater_tests::deployment::{Configuration, Counted, Deployment, Letters, counted};
use catchwater_tests::emulator::Emulator;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const TRANSFORM: &str = "transform";
/// The streams; the same on moto, on ministack and on disk.
const RAW: &str = "raw";
const EVENTS: &str = "events";
const SHARDS: u32 = 2;
/// The bucket of the configuration.
const SETTINGS: &str = "settings";
const LIMIT: Duration = Duration::from_secs(120);

pub struct Chain {
    pub moto: Emulator,
    pub ministack: Emulator,
    pub archive: Archive,
    raw_arn: String,
    events_arn: String,
}

impl Chain {
    /// Emulators with empty streams and buckets; `None` where one is not installed.
    pub fn start() -> Option<Self> {
        let (moto, ministack) = (Emulator::moto()?, Emulator::ministack()?);
        let archive = Archive::make(&ministack);
        let cloud = ministack.cloud();
        cloud.create_bucket(SETTINGS);
        let raw_arn = cloud.create_stream(RAW, SHARDS);
        let events_arn = cloud.create_stream(EVENTS, SHARDS);
        Some(Self { moto, ministack, archive, raw_arn, events_arn })
    }

    /// Puts log events into log groups that are subscribed to: the records that the subscription has put on moto's stream.
    pub fn subscribed(&self, log_groups: &[LogGroup]) -> Vec<StreamRecord> {
        let cloud = self.moto.cloud();
        let destination_arn = &cloud.create_stream(RAW, SHARDS);
        for LogGroup { name, stream, calls } in log_groups {
            cloud.create_log_group(name, stream);
            cloud.subscribe(&Subscription { group: name, pattern: "", destination_arn });
            for call in calls {
                let events: Vec<(i64, &str)> = call.iter().map(|(at, text)| (*at, text.as_str())).collect();
                cloud.put_log_events(name, stream, &events);
            }
        }
        cloud.read_stream(RAW)
    }

    /// Puts records on ministack's raw stream, bit for bit; gives them as they lie there.
    pub fn put_raw(&self, records: &[(&str, &[u8])]) -> Vec<StreamRecord> {
        let cloud = self.ministack.cloud();
        let refused = cloud.put_records(RAW, records).unwrap();
        assert!(refused.iter().all(Option::is_none), "{refused:?}");
        let lie = cloud.read_stream(RAW);
        let sorted = |mut all: Vec<(String, Vec<u8>)>| {
            all.sort();
            all
        };
        let put = sorted(records.iter().map(|(key, data)| (key.to_string(), data.to_vec())).collect());
        assert!(sorted(lie.iter().map(|r| (r.key.clone(), r.data.clone())).collect()) == put);
        for shard in 0..SHARDS {
            let is_there = lie.iter().any(|record| record.shard.ends_with(&format!("{shard:012}")));
            assert!(is_there, "nothing lies on shard {shard}");
        }
        lie
    }

    /// Deploys the transform and the consumers. They wait for records: nothing is mapped yet.
    pub fn deploy(&self, stores: &[Box<dyn Store>]) {
        self.deploy_one(TRANSFORM, TRANSFORM, "", &[("CATCHWATER_EVENT_STREAM", EVENTS)]);
        for Consumer { name, zip, section, variables } in stores.iter().map(|store| store.consumer()) {
            let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (*n, v.as_str())).collect();
            self.deploy_one(name, zip, &section, &variables);
        }
    }

    fn deploy_one(&self, name: &str, zip: &str, section: &str, variables: &[(&str, &str)]) {
        let key = format!("{name}.toml");
        let configuration = format!("{ROUTES}\n{section}");
        self.ministack.cloud().put_object(SETTINGS, &key, configuration.as_bytes());
        let deployment = Deployment {
            name,
            zip,
            configuration: Configuration::Object(&format!("s3://{SETTINGS}/{key}")),
            letters: Letters::Archive { delivery_stream: LETTERS, bucket: LETTERS_BUCKET },
            variables,
            timeout_seconds: 60,
        };
        deployment.on(&self.ministack);
    }

    /// Maps ministack's streams to the functions, from their start.
    pub fn map(&self, stores: &[Box<dyn Store>]) {
        let cloud = self.ministack.cloud();
        cloud.map_stream(&self.raw_arn, TRANSFORM, 10);
        for store in stores {
            cloud.map_stream(&self.events_arn, store.consumer().name, 10);
        }
    }

    /// Waits until ministack's mapping has passed so many records of a stream to a function.
    fn passed(&self, function: &str, stream: &str, records: usize) {
        let begin = format!("ESM: Lambda {function} processed ");
        let end = format!(" Kinesis records from {stream}/");
        let passed =
            |line: &str| -> Option<usize> { line.split_once(&begin)?.1.split_once(&end)?.0.parse().ok() };
        let begun = Instant::now();
        loop {
            let all: usize = self.ministack.log().lines().filter_map(passed).sum();
            assert!(all <= records, "{function} has had {all} records of {records}");
            if all == records {
                return;
            }
            let log = || self.ministack.cloud().function_log(function).join("\n");
            assert!(begun.elapsed() < LIMIT, "{function} has had {all} records of {records}:\n{}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What a function has counted, which is of at least so many log events, or events.
    fn counted(&self, function: &str, taken: u64) -> Counted {
        let cloud = self.ministack.cloud();
        let begun = Instant::now();
        loop {
            let counted = counted(&cloud, function);
            if counted.taken >= taken {
                return counted;
            }
            assert!(begun.elapsed() < LIMIT, "{function}: {counted:?} of {taken}");
            // ministack reads what a function prints beside its answer, and an invocation's last lines may come with the next
            // one's. This one counts nothing.
            let nothing = cloud.invoke(function, b"{}").unwrap();
            assert!(nothing.function_error.is_some(), "{nothing:?}");
        }
    }

    /// The event records as they lie on ministack's stream, each shard's in its order.
    pub fn event_records(&self) -> Vec<StreamRecord> {
        self.ministack.cloud().read_stream(EVENTS)
    }

    /// A stream of our own with these records.
    pub async fn own_stream(name: &str, records: &[StreamRecord]) -> OwnStream {
        let stream = OwnStream::new(name, SHARDS);
        stream.put(records.iter().map(|r| (r.key.clone(), r.data.clone())).collect()).await;
        stream
    }

    /// Delivers all of a stream of our own to a function by our own mapping, from the start on.
    pub async fn deliver(&self, stream: &OwnStream, function: &str, batch_size: u32) -> Account {
        let settings = config::Mapping { batch_size, ..config::Mapping::default() };
        stream.run(&self.ministack, function, settings, &Arc::new(MemoryPositions::default())).await
    }

    /// Waits until ministack's mappings have passed all that lies on its streams. Do then the numbers of all functions tell of
    /// what was sent, so many times, and of nothing else?
    pub fn check_counts(&self, stores: &[Box<dyn Store>], expected: &Expected, deliveries: u64) {
        self.passed(TRANSFORM, RAW, self.ministack.cloud().read_stream(RAW).len());
        let event_records = self.event_records().len();
        let account = &expected.account;
        let transform = self.counted(TRANSFORM, account.taken * deliveries);
        assert_eq!(transform.taken, account.taken * deliveries, "{transform:?}");
        assert_eq!(transform.delivered, account.delivered * deliveries, "{transform:?}");
        assert_eq!(transform.joined, account.joined * deliveries, "{transform:?}");
        assert_eq!(transform.filtered, Account::total(&account.filtered) * deliveries, "{transform:?}");
        assert_eq!(transform.dead, Account::total(&account.dead) * deliveries, "{transform:?}");
        let events = expected.events.len() as u64;
        for store in stores {
            let name = store.consumer().name;
            self.passed(name, EVENTS, event_records);
            let counted = self.counted(name, events * deliveries);
            let kept = expected.events.values().filter(|sent| store.takes(sent)).count() as u64;
            let new = if store.tells_duplicates() { kept } else { kept * deliveries };
            assert_eq!(counted.taken, events * deliveries, "{name}: {counted:?}");
            assert_eq!(counted.delivered, new, "{name}: {counted:?}");
            assert_eq!(counted.duplicates, kept * deliveries - new, "{name}: {counted:?}");
            assert_eq!(counted.filtered, (events - kept) * deliveries, "{name}: {counted:?}");
            assert_eq!((counted.dead, counted.come_again), (0, 0), "{name}: {counted:?}");
        }
    }
}

/// Holds every store against what was delivered to it so many times.
pub fn check_all(stores: &[Box<dyn Store>], expected: &Expected, deliveries: usize) {
    for store in stores {
        let name = store.consumer().name;
        println!("{name}: {} events, delivered {deliveries} times", expected.events.len());
        store.check(&expected.events, deliveries);
    }
}
