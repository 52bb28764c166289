//! Anybody's Kinesis client can put records: the `aws` command of PyPI.

use catchwater_tests::pipeline::Pipeline;
use catchwater_tests::store::Store;
use catchwater_tests::{skipped, wait_for};
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

fn aws() -> Option<PathBuf> {
    let cache = PathBuf::from(std::env::var_os("CATCHWATER_CACHE")?);
    Some(cache.join("bin/aws")).filter(|aws| aws.exists())
}

#[test]
fn the_aws_command_describes_puts_and_reads() {
    let Some(aws) = aws() else {
        return skipped("CATCHWATER_CACHE has no bin/aws: `make setup` installs it");
    };
    let folder = tempfile::tempdir().unwrap();
    let pipeline = Pipeline::start(folder.path(), &[]);
    let kinesis = |args: &[&str]| -> Value {
        let output = Command::new(&aws)
            .args([
                "--endpoint-url",
                &pipeline.kinesis(),
                "--region",
                "us-east-1",
                "--output",
                "json",
                "kinesis",
            ])
            .args(args)
            .env("AWS_ACCESS_KEY_ID", "any")
            .env("AWS_SECRET_ACCESS_KEY", "any")
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    };
    let streams = kinesis(&["list-streams"]);
    assert_eq!(streams["StreamNames"], serde_json::json!(["events", "raw"]));
    let line = r#"192.168.202.254 - - [20/Jul/2009:22:59:26 +0000] "GET /vmw/cgi/tramp HTTP/1.0" 200 134 "-" "gPXE/0.9.7""#;
    let put = kinesis(&["put-record", "--stream-name", "raw", "--partition-key", "p", "--data", line]);
    let shard = put["ShardId"].as_str().unwrap();
    let store = Store::open(&pipeline.data());
    wait_for("the event is in the store", Duration::from_secs(10), || (store.events() == 1).then_some(()));
    let event: Value = serde_json::from_str(&store.texts("SELECT event FROM events")[0]).unwrap();
    assert_eq!(event["@timestamp"], "2009-07-20T22:59:26.000Z");
    assert_eq!(event["url"]["path"], "/vmw/cgi/tramp");
    assert_eq!(event["catchwater"]["who"], "192.168.202.254");

    let iterator = kinesis(&[
        "get-shard-iterator",
        "--stream-name",
        "raw",
        "--shard-id",
        shard,
        "--shard-iterator-type",
        "TRIM_HORIZON",
    ]);
    let records = kinesis(&["get-records", "--shard-iterator", iterator["ShardIterator"].as_str().unwrap()]);
    assert_eq!(records["Records"][0]["SequenceNumber"], put["SequenceNumber"]);
}
