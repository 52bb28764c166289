//! JSON formats against documents of others. Names on the left are the expectations', on the right ours; a table is
//! the whole of what is read differently, and `testdata/<format>/DIFFERENCES.md` says of single values why.

mod corpus;

use catchwater_transforms::formats::detect;
use corpus::{differences, external, golden, run, testdata};

type Table = &'static [(&'static str, &'static str)];

const CLOUDTRAIL: Table = &[
    ("@timestamp", "@timestamp"),
    ("aws.request_id", "aws.request_id"),
    ("cloud.account.id", "cloud.account.id"),
    ("cloud.region", "cloud.region"),
    ("error.code", "error.code"),
    ("error.message", "error.message"),
    ("event.action", "event.action"),
    // `event.id` is the pipeline's own; the source's id is a reference.
    ("event.id", "event.reference_id"),
    ("event.provider", "event.provider"),
    // A bucket is a file's place only where the call names an object.
    ("s3.bucket", "file.destination.bucket|file.source.bucket|aws.cloudtrail.request_parameters.bucketName"),
    ("s3.key", "file.path"),
    ("source.address", "source.address"),
    ("source.ip", "source.ip"),
    ("user.arn", "aws.cloudtrail.user_identity.arn"),
    ("user.name", "user.name"),
    ("user_agent.original", "user_agent.original"),
];

const S3_EVENT: Table = &[
    ("@timestamp", "@timestamp"),
    ("cloud.region", "cloud.region"),
    ("event.action", "event.action"),
    ("s3.bucket", "file.destination.bucket|file.source.bucket"),
    ("s3.key", "file.path"),
    ("s3.object_size", "file.size"),
    // S3's own name stands there for what S3 itself does; an index for addresses would not take it.
    ("source.ip", "source.ip|source.address"),
    ("user.id", "user.id"),
];

const JSON: Table = &[("@timestamp", "@timestamp"), ("log.level", "log.level"), ("message", "message")];

/// Runs the cases that ship with the format, then, if they are there, the corpus's folders.
fn check(format: &str, folders: &[&str], table: Table) {
    run(format, &testdata(format), table, &differences(format));
    for dir in folders.iter().filter_map(|folder| external(folder)) {
        run(format, &dir, table, &differences(format));
    }
}

#[test]
fn aws_cloudtrail() {
    check("aws_cloudtrail", &["aws_cloudtrail", "aws_cloudtrail_s3file"], CLOUDTRAIL);
    golden("aws_cloudtrail");
}

#[test]
fn aws_s3_event() {
    check("aws_s3_event", &["aws_s3_event"], S3_EVENT);
    golden("aws_s3_event");
}

#[test]
fn json() {
    check("json", &["json"], JSON);
    golden("json");
}

#[test]
fn lines_of_others_find_their_format() {
    for format in ["aws_cloudtrail", "aws_s3_event", "json"] {
        for case in std::fs::read_dir(testdata(format)).expect("readable") {
            let Ok(text) = std::fs::read_to_string(case.expect("readable").path().join("input.jsonl")) else {
                continue;
            };
            for line in text.lines() {
                assert_eq!(detect(line).map(|f| f.name), Some(format), "{line}");
            }
        }
    }
}
