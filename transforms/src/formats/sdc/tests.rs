//! What the lines of `testdata/sdc` do not show.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn a_copy_whose_space_is_missing() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2023-08-12T12:34:13.137Z");
    assert_eq!(event["aws"]["request_id"], "3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11");
    let file = json!({
        "path": "hermes_EEA_l0_2023042-000000_v0.bin", "name": "hermes_EEA_l0_2023042-000000_v0.bin",
        "source": {"bucket": "swsoc-incoming", "key": "hermes_EEA_l0_2023042-000000_v0.bin"},
        "destination": {"bucket": "hermes-eea"},
    });
    assert_eq!(event["file"], file);
    assert_eq!(event["event"]["type"], "start");
    assert_eq!(event["event"]["category"], json!(["file"]));
    let event = value(&FORMAT, "Copying a from b to c from x to y");
    assert_eq!(event["file"]["path"], "a from b to c", "the last words are the buckets");
    assert_eq!(event["file"]["source"]["bucket"], "x");
}

#[test]
fn a_completion_is_filled_in_from_its_start() {
    let events = in_one_record(
        &FORMAT,
        &[
            "Copying d/k1 from into one",
            "INFO: Copying d/k1 from other to two [log]",
            "Uploading file k2 to two",
            "File d/k1 Successfully Moved to two",
            "File d/k1 Successfully Moved to one",
            "File k2 Successfully Moved to two",
            "File d/k1 Successfully Moved to one",
        ],
    );
    let seen: Vec<_> = events[3..]
        .iter()
        .map(|e| (e["event"]["action"].clone(), e["file"]["source"]["bucket"].clone()))
        .collect();
    let null = serde_json::Value::Null;
    let expected = [
        (json!("copy"), json!("other")),
        (json!("copy"), json!("in")),
        (json!("upload"), null.clone()),
        (json!("move"), null),
    ];
    assert_eq!(seen, expected);
    assert_eq!(events[3]["event"]["type"], "end");
    assert_eq!(events[3]["file"]["name"], "k1");
    assert_eq!(events[3]["catchwater"]["action_type"], "PUT");
}

#[test]
fn logs_about_files() {
    let event = value(&FORMAT, "Downloading file a/b.bin from bucket");
    assert_eq!(
        (&event["catchwater"]["kind"], &event["event"]["action"]),
        (&json!("log"), &json!("download"))
    );
    let event = value(&FORMAT, "File a b does not exist in target buckets.");
    assert_eq!(event["file"]["path"], "a b");
    let event = value(&FORMAT, r#"{'status': 'ERROR', 'message': "can't", 'file_key': 'k'}"#);
    assert_eq!((&event["error"]["message"], &event["file"]["path"]), (&json!("can't"), &json!("k")));
    assert_eq!(event["event"]["outcome"], "failure");
}

#[test]
fn moves_that_fail() {
    let copy = "[INFO]\t2023-08-12T12:34:13.137Z\treq1\tCopying d/k.bin from into one as l0/k.bin";
    let error = |request: &str| {
        format!(
            "[ERROR]\t2023-08-12T12:34:14.137Z\t{request}\t{{'status': 'ERROR', 'message': ClientError('An error occurred (NoSuchBucket) when calling the CopyObject operation: The bucket does not exist')}}"
        )
    };
    let events = in_one_record(&FORMAT, &[copy, &error("req1"), &error("req1")]);
    let failed = &events[1];
    assert_eq!(
        (&failed["catchwater"]["kind"], &failed["event"]["type"], &failed["event"]["outcome"]),
        (&json!("file_move"), &json!("end"), &json!("failure"))
    );
    assert_eq!(
        (&failed["event"]["action"], &failed["error"]["code"]),
        (&json!("copy"), &json!("NoSuchBucket"))
    );
    let file = json!({
        "path": "d/k.bin", "name": "k.bin",
        "source": {"bucket": "in", "key": "d/k.bin"}, "destination": {"bucket": "one", "key": "l0/k.bin"},
    });
    assert_eq!(failed["file"], file);
    assert_eq!(events[2]["catchwater"]["kind"], "log", "it was ended already");
    let events = in_one_record(&FORMAT, &[copy, &error("req2")]);
    assert_eq!(
        (&events[1]["catchwater"]["kind"], events[1].get("file")),
        (&json!("log"), None),
        "of another request"
    );
    let head = "{'status': 'ERROR', 'message': 'An error occurred (404) when calling the HeadObject operation: Not Found', 'file_key': 'k'}";
    assert_eq!(value(&FORMAT, head)["catchwater"]["kind"], "log", "nothing was moved");
    let put = "{'status': 'ERROR', 'message': S3UploadFailedError('Failed to upload /tmp/k to b/k: An error occurred (AccessDenied) when calling the PutObject operation: Access Denied')}";
    let events = in_one_record(&FORMAT, &["Uploading /tmp/k.bin to bucket b-one as l0/k.bin", put]);
    assert_eq!(
        (&events[1]["event"]["action"], &events[1]["event"]["outcome"], &events[1]["file"]["destination"]),
        (&json!("upload"), &json!("failure"), &json!({"bucket": "b-one", "key": "l0/k.bin"}))
    );
}

#[test]
fn deletions_and_uploads() {
    let event = value(&FORMAT, "Deleting d/k.bin from incoming");
    assert_eq!(
        (&event["catchwater"]["action_type"], &event["event"]["type"]),
        (&json!("DELETE"), &json!("start"))
    );
    assert_eq!(event["file"]["source"], json!({"bucket": "incoming", "key": "d/k.bin"}));
    let events = in_one_record(
        &FORMAT,
        &["Uploading file l0/k.bin to hermes-eea", "File l0/k.bin Successfully Uploaded"],
    );
    assert_eq!(
        (&events[1]["event"]["type"], &events[1]["file"]["destination"]),
        (&json!("end"), &json!({"bucket": "hermes-eea", "key": "l0/k.bin"}))
    );
}

#[test]
fn what_else_it_says() {
    for (line, path, outcome) in [
        ("File a.b from in does not exist in hermes-eea", json!("a.b"), json!("failure")),
        ("File a.b already exists in target buckets.", json!("a.b"), json!(null)),
        ("File a.b already exists in bucket hermes-eea", json!("a.b"), json!(null)),
        ("File a.b does not exist in bucket in", json!("a.b"), json!("failure")),
        ("Error sorting file l0/a.b: File does not exist in bucket", json!("l0/a.b"), json!("failure")),
        ("Dry Run: Skipping copy of a.b to hermes-eea", json!("a.b"), json!(null)),
        ("Object (l0/a.b) - Logging Event to Timestream", json!("l0/a.b"), json!(null)),
        ("{'status': 'ERROR', 'message': KeyError('level')}", json!(null), json!("failure")),
        ("INFO: Found 3 files in incoming bucket. [sdc_aws_utils]", json!(null), json!(null)),
        ("Performing Dry Run - Files will not be copied/removed", json!(null), json!(null)),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(event["catchwater"]["kind"], "log", "{line}");
        assert_eq!((&event["file"]["path"], &event["event"]["outcome"]), (&path, &outcome), "{line}");
    }
}

#[test]
fn refuses_all_else() {
    for line in [
        "",
        "Copying",
        "Copying a from b",
        "Copying  from bto c",
        "Copying a from bto c d",
        "Uploading file a",
        "File a is there",
        "{'status': 'OK', 'file_key': 'k'}",
        "{'status': 'ERROR'}",
        "Found it",
        "Error sorting file a",
        "{\"status\": 1}",
    ] {
        assert_eq!(refused(&FORMAT, line), Some("no_file_move"), "{line}");
        assert!(!detect(line), "{line}");
    }
    assert!(detect(FORMAT.example) && detect("Uploading file d/a.bin to bucket"));
    for unsure in
        ["Uploading file a to bucket", "Copying files from here to there", "Downloading file a.b from /tmp"]
    {
        assert!(!detect(unsure), "{unsure}");
    }
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_words(line in "(INFO: |\\[INFO\\]\t|)(Copying |Uploading file |File |\\{')[a é'to:,\\\\/ ]{0,20}( from | to |to | Successfully Moved to )[a t]{0,8}('\\}|)") {
        check_any_text(&FORMAT, &line);
    }
}
