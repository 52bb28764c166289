//! Firehose and S3: the archive's objects hold each event's line, as often as it was delivered: nothing on S3 is rewritten, and
//! who asks takes the highest revision of an id. Dead letters lie there likewise.

use crate::expected::Sent;
use crate::store::{Consumer, Store};
use catchwater_schemas::dead_letter::DeadLetter;
use catchwater_schemas::record::unpack;
use catchwater_tests::cloud::Cloud;
use catchwater_tests::emulator::Emulator;
use catchwater_tests::wait_for;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of the archive's delivery stream, and of that of dead letters.
pub const EVENTS: &str = "catchwater-events";
pub const LETTERS: &str = "catchwater-letters";
/// The buckets of both.
const ARCHIVE_BUCKET: &str = "archive";
pub const LETTERS_BUCKET: &str = "letters";
/// Firehose lays down what it has accepted a moment later.
const LIMIT: Duration = Duration::from_secs(30);

pub struct Archive(Cloud);

impl Archive {
    /// Makes the buckets and the delivery streams to them.
    pub fn make(ministack: &Emulator) -> Self {
        let archive = Self::of(ministack);
        for (stream, bucket) in [(EVENTS, ARCHIVE_BUCKET), (LETTERS, LETTERS_BUCKET)] {
            archive.0.create_bucket(bucket);
            archive.0.create_delivery_stream(stream, bucket, "of/", None);
        }
        archive
    }

    /// The one that was made there.
    pub fn of(ministack: &Emulator) -> Self {
        Self(ministack.cloud())
    }

    fn lines(&self) -> Vec<String> {
        let objects = self.0.objects(ARCHIVE_BUCKET, "of/");
        let lines = |body: &[u8]| unpack(body).unwrap().lines().map(String::from).collect::<Vec<_>>();
        objects.iter().flat_map(|object| lines(&object.body)).collect()
    }

    /// All dead letters, at least so many.
    pub fn letters(&self, least: usize) -> Vec<DeadLetter> {
        let all = || -> Vec<DeadLetter> {
            let objects = self.0.objects(LETTERS_BUCKET, "of/");
            let text: Vec<u8> = objects.into_iter().flat_map(|object| object.body).collect();
            let text = String::from_utf8(text).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        wait_for("the dead letters lie in S3", LIMIT, || Some(all()).filter(|all| all.len() >= least))
    }
}

impl Store for Archive {
    fn consumer(&self) -> Consumer {
        Consumer {
            name: "to-firehose",
            zip: "to-firehose",
            section: format!("[sink.firehose]\ndelivery_stream = \"{EVENTS}\"\n"),
            variables: Vec::new(),
        }
    }

    fn check(&self, events: &BTreeMap<String, Sent>, deliveries: usize) {
        let lines = wait_for("all events lie in S3", LIMIT, || {
            Some(self.lines()).filter(|lines| lines.len() >= events.len() * deliveries)
        });
        let mut held: BTreeMap<&str, usize> = BTreeMap::new();
        lines.iter().for_each(|line| *held.entry(line).or_default() += 1);
        for (id, sent) in events {
            assert_eq!(held.remove(sent.line.as_str()), Some(deliveries), "{id}: {}", sent.line);
        }
        assert!(held.is_empty(), "not sent: {held:#?}");
    }
}
