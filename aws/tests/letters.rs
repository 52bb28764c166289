//! Dead letters and objects on ministack: by the SDK in, by a client that shares no code with it out.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use catchwater_aws::firehose::Firehose;
use catchwater_aws::letters::LettersToS3;
use catchwater_aws::objects::{Bucket, ObjectError};
use catchwater_aws::put_record_batch::{PutBatchSettings, PutRecordBatch};
use catchwater_aws::sdk;
use catchwater_consumer_core::dead_letters::DeadLetters;
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use catchwater_schemas::dead_letter::{DeadLetter, Fault, Origin, Stage};
use catchwater_tests::cloud::{Cloud, REGION};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::wait_for;
use std::sync::Arc;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

async fn keeper(emulator: &Emulator, delivery_stream: &str) -> LettersToS3 {
    let sdk = sdk::config_at(&emulator.url(), REGION).await;
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let settings = PutBatchSettings::default();
    let firehose = PutRecordBatch::new(Arc::new(Firehose::new(&sdk)), delivery_stream, clock, rng, settings);
    let bucket = Bucket::new(&sdk, "letters", Arc::new(SystemClock)).unwrap();
    LettersToS3::new(firehose, Arc::new(bucket), "dead-letters")
}

/// Letters of so many bytes, last tried on 2026-02-03.
fn letters(sizes: &[usize]) -> Vec<DeadLetter> {
    let letter = |(n, size): (usize, &usize)| {
        let origin = Origin { sequence_number: n.to_string(), ..Origin::default() };
        let (reason, detail) = ("bad".to_string(), "d".to_string());
        let bytes = (0..*size).map(|at| (at * 31 % 251) as u8).collect();
        let fault = Fault { stage: Stage::Sink, sink: None, reason, detail, origin, bytes };
        fault.into_letter(1_770_000_000_000, 1_770_076_800_000, 1)
    };
    sizes.iter().enumerate().map(letter).collect()
}

/// What lies under a prefix, each letter once.
fn held(cloud: &Cloud, prefix: &str) -> Vec<DeadLetter> {
    let objects = cloud.objects("letters", prefix);
    let texts: Vec<String> = objects.into_iter().map(|o| String::from_utf8(o.body).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let mut letters: Vec<DeadLetter> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    letters.sort_by(|a, b| a.id.cmp(&b.id));
    letters.dedup();
    letters
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_both_sizes_arrive_and_a_large_one_that_comes_again_is_the_same_object() {
    let Some(emulator) = Emulator::ministack() else { return };
    let cloud = emulator.cloud();
    cloud.create_bucket("letters");
    cloud.create_delivery_stream("letters", "letters", "dead-letters/", None);
    let mut all = letters(&[1, 20, 300, 1 << 20]);
    let keeper = keeper(&emulator, "letters").await;
    for _ in 0..2 {
        keeper.keep(&all).await.unwrap();
    }
    let large = format!("dead-letters/2026/02/03/00/large-{}.json", all[3].id);
    assert_eq!(cloud.list_objects("letters", "dead-letters/2026/02/03/00/large-"), [large]);
    all.sort_by(|a, b| a.id.cmp(&b.id));
    wait_for("all letters in S3", LIMIT, || (held(&cloud, "dead-letters/") == all).then_some(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_delivery_stream_or_a_bucket_the_letters_are_down() {
    let Some(emulator) = Emulator::ministack() else { return };
    let cloud = emulator.cloud();
    let all = letters(&[1, 1 << 20]);
    let error = keeper(&emulator, "nowhere").await.keep(&all[..1]).await.unwrap_err();
    assert_eq!(error.place, "the Firehose nowhere");
    assert!(error.cause.starts_with("1 of 1 letters: ResourceNotFoundException"), "{error}");
    let error = keeper(&emulator, "nowhere").await.keep(&all[1..]).await.unwrap_err();
    assert!(error.place.starts_with("s3://letters/dead-letters/2026/02/03/"), "{error}");
    assert!(error.cause.starts_with("NoSuchBucket"), "{error}");
    cloud.create_bucket("letters");
    keeper(&emulator, "nowhere").await.keep(&all).await.unwrap_err();
    keeper(&emulator, "nowhere").await.keep(&all[1..]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_read_by_version_and_no_larger_than_asked_for() {
    let Some(emulator) = Emulator::ministack() else { return };
    let cloud = emulator.cloud();
    cloud.create_bucket("settings");
    let versions = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    cloud.rest("PUT", "s3", "/settings?versioning", versions).unwrap();
    let sdk = sdk::config_at(&emulator.url(), REGION).await;
    let bucket = Bucket::new(&sdk, "settings", Arc::new(SystemClock)).unwrap();
    cloud.put_object("settings", "a/catchwater.toml", b"one");
    let first = bucket.get("a/catchwater.toml", None, 3).await.unwrap();
    cloud.put_object("settings", "a/catchwater.toml", b"two, longer");
    let second = bucket.get("a/catchwater.toml", None, 100).await.unwrap();
    assert_eq!((&first.bytes[..], &second.bytes[..]), (&b"one"[..], &b"two, longer"[..]));
    assert!(first.version.is_some() && first.version != second.version);
    let again = bucket.get("a/catchwater.toml", first.version.as_deref(), 3).await.unwrap();
    assert_eq!(again, first);
    let too_large = bucket.get("a/catchwater.toml", None, 10).await.unwrap_err();
    assert!(matches!(&too_large, ObjectError::TooLarge { most_bytes: 10, .. }), "{too_large}");
    let missing = bucket.get("none", None, 10).await.unwrap_err().to_string();
    assert!(missing.starts_with("s3://settings/none: NoSuchKey"), "{missing}");
}
