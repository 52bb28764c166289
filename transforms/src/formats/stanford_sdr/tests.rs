//! What the lines of `testdata/stanford_sdr` do not show.

use super::{FORMAT, detect};
use crate::formats::Group;
use crate::formats::testing::{check_any_text, check_events, refused, value};
use proptest::prelude::*;
use serde_json::json;

/// Check, message, type and outcome.
const MESSAGES: [(&str, &str, &str, &str); 16] = [
    ("validate_checksums", "checksum(s) match", "fixity check", "success"),
    (
        "validate_checksums",
        "checksums or size for a b version v1 do not match entry in latest signatureCatalog.xml.",
        "fixity check",
        "fail",
    ),
    (
        "validate_checksums",
        "MoabRecord status changed from invalid_checksum to ok",
        "fixity check",
        "success",
    ),
    ("check_catalog_version", "MoabRecord status changed from ok to invalid_moab", "validation", "fail"),
    (
        "check_catalog_version",
        "CompleteMoab status changed from ok to validity_unknown",
        "validation",
        "warning",
    ),
    ("check_existence", "actual version (3) greater than MoabRecord db version (2)", "validation", "success"),
    (
        "update_version",
        "actual version (2) less than MoabRecord db version (3); ERROR!",
        "validation",
        "fail",
    ),
    (
        "check_catalog_version",
        "actual version (2) has unexpected relationship to MoabRecord db version (3); ERROR!",
        "validation",
        "fail",
    ),
    ("create_after_validation", "added object to db as it did not exist", "accession", "success"),
    ("create", "PreservedObject db object already exists", "validation", "fail"),
    ("check_existence", "MoabRecord db object does not exist", "validation", "warning"),
    ("check_existence", "Invalid Moab, validation errors: [x]", "validation", "fail"),
    (
        "CatalogToArchive",
        "3 on aws_s3_west_2: no zip_parts exist yet for this ZippedMoabVersion",
        "replication",
        "warning",
    ),
    (
        "ReplicationAudit",
        "replicated part not found on e: bj/102/hs/9687/bj102hs9687.v0003.zip was not found on b",
        "replication",
        "fail",
    ),
    (
        "PartReplicationAuditJob",
        "replicated md5 mismatch on e: bj/102/hs/9687/bj102hs9687.v0003.zip catalog md5 (a) doesn't match the replicated md5 (b) on c",
        "fixity check",
        "fail",
    ),
    ("FooCheck", "MoabRecord version 2 does not match PreservedObject current_version 3", "FooCheck", "fail"),
];

#[test]
fn messages_of_the_catalogue() {
    for (check, message, kind, outcome) in MESSAGES {
        let line = format!("{check}(bj102hs9687, sr1) {message}");
        assert!(detect(&line), "{line}");
        let event = value(&FORMAT, &line);
        assert_eq!(event["catchwater"]["kind"], "preservation");
        assert_eq!(
            (&event["premis"]["event"]["type"], &event["premis"]["event"]["outcome"]),
            (&json!(kind), &json!(outcome)),
            "{line}"
        );
        assert_eq!(
            (&event["event"]["action"], &event["premis"]["event"]["outcome_detail"]),
            (&json!(check), &json!(message))
        );
        assert_eq!(event["premis"]["object"]["identifier"], "druid:bj102hs9687");
    }
}

#[test]
fn versions_files_and_endpoints() {
    let event = value(
        &FORMAT,
        "CatalogToArchive(bj102hs9687, sr3) 3 on aws_s3_west_2: not all ZippedMoabVersion parts are replicated yet: []",
    );
    assert_eq!(event["premis"]["object"]["version"], "3");
    assert_eq!(
        event["catchwater"]["fields"],
        json!({"druid": "bj102hs9687", "storage_area": "sr3", "endpoint_name": "aws_s3_west_2"})
    );
    let event = value(
        &FORMAT,
        "validate_checksums(druid:zz628nk4868, ) checksums for content/a b.jpg version v1 do not match.",
    );
    assert_eq!(
        (&event["file"], event["catchwater"].get("fields")),
        (&json!({"name": "a b.jpg", "path": "content/a b.jpg"}), None)
    );
    let event = value(&FORMAT, "x_check(bj102hs9687, sr1) y bj/102/hs/9687/bj102hs9687.v0003.zip z");
    assert_eq!(event["file"]["name"], "bj102hs9687.v0003.zip");
    assert_eq!(event["event"].get("outcome"), None);
}

#[test]
fn behind_the_logger_and_by_its_level() {
    let line = "E, [2022-05-07T17:50:59.085023 #27] ERROR -- : some_check(bj102hs9687, sr1) a new message";
    let event = value(&FORMAT, line);
    assert_eq!(
        (&event["@timestamp"], &event["process"]["pid"]),
        (&json!("2022-05-07T17:50:59.085023Z"), &json!(27))
    );
    assert_eq!(
        (&event["premis"]["event"]["outcome"], &event["log"]["level"]),
        (&json!("fail"), &json!("ERROR"))
    );
    let known = line.replace("a new message", "checksum(s) match");
    assert_eq!(value(&FORMAT, &known)["premis"]["event"]["outcome"], "success", "the message tells more");
}

#[test]
fn sums_and_results_without_an_object() {
    let event = value(
        &FORMAT,
        "⚠️ fixity check failed, investigate errors - validate_checksums - bj102hs9687 - actual location: /sr1; actual version: 3",
    );
    assert_eq!(
        (&event["premis"]["event"]["outcome"], &event["premis"]["object"]["version"]),
        (&json!("fail"), &json!("3"))
    );
    assert_eq!(event["catchwater"]["fields"]["storage_area"], "/sr1");
    let event = value(
        &FORMAT,
        "preservation-audit (actual location: sr1; actual version: 3) checksum(s) match && 3 on e: no zip_parts exist yet for this",
    );
    assert_eq!(
        (&event["premis"]["event"]["type"], &event["premis"]["event"]["outcome"]),
        (&json!("fixity check"), &json!("warning"))
    );
    assert_eq!(event["premis"]["object"], json!({"version": "3"}));
}

#[test]
fn results_below_their_sum_go_on_with_it() {
    let sum = "✅ fixity check passed - validate_checksums - bj102hs9687 - actual location: /sr1; actual version: 3";
    let joins = |text: &str, line: &str| FORMAT.continues.unwrap()(&mut Group { text, state: &mut 0 }, line);
    let result = "* {moab_checksum_valid: \"checksum(s) match\"}";
    assert!(joins(sum, result) && joins(&format!("{sum}\n{result}"), result));
    assert!(!joins(sum, "x") && !joins("x", result));
    let event = value(&FORMAT, &format!("{sum}\n{result}"));
    assert_eq!(
        (&event["premis"]["object"]["version"], &event["catchwater"]["fields"]["storage_area"]),
        (&json!("3"), &json!("/sr1"))
    );
    assert!(event["premis"]["event"]["outcome_detail"].as_str().unwrap().ends_with("match\"}"));
}

#[test]
fn copies_and_robots() {
    let event = value(&FORMAT, "Copying /w/a for b.jp2 (12 bytes) to /purl/9d3e for druid:bc123df4567");
    assert_eq!(event["catchwater"]["kind"], "file_move");
    let file = json!({"name": "a for b.jp2", "path": "/w/a for b.jp2", "size": 12, "source": {"key": "/w/a for b.jp2"}, "destination": {"key": "/purl/9d3e"}});
    assert_eq!((&event["file"], &event["event"]["type"]), (&file, &json!("start")));
    let event = value(&FORMAT, "Finished druid:bc123df4567 in 0.1234s");
    assert_eq!(
        (&event["event"]["duration"], &event["event"]["action"]),
        (&json!(123_400_000), &json!("finished"))
    );
    for (line, action) in [
        ("druid:bc123df4567 processing", "processing"),
        ("Cannot set druid:bc123df4567 to status='error'\nboom", "error"),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["event"]["action"], &event["premis"]["object"]["identifier"]),
            (&json!(action), &json!("druid:bc123df4567"))
        );
    }
    for (line, action, robot) in [
        ("update-moab druid:bc123df4567 starting", "starting", json!("update-moab")),
        ("load-raster working on druid:bc123df4567", "working", json!("load-raster")),
        ("Releasing embargo for druid:bc123df4567", "release embargo", json!(null)),
        ("!!! Unable to release embargo for: druid:bc123df4567\n#<X>", "release embargo", json!(null)),
    ] {
        let event = value(&FORMAT, line);
        assert_eq!(
            (&event["event"]["action"], &event["catchwater"]["fields"]["robot"]),
            (&json!(action), &robot)
        );
        assert_eq!(event["event"]["outcome"] == "failure", line.starts_with('!'));
    }
    let event = value(&FORMAT, "no Authorization token was provided by localhost");
    assert_eq!((&event["source"]["address"], event["source"].get("ip")), (&json!("localhost"), None));
    assert!(!detect("no Authorization token was provided by 127.0.0.1"));
}

#[test]
fn what_is_refused() {
    for text in [
        "",
        "hello",
        "validate_checksums(bj102hs9687) checksum(s) match",
        "validate_checksums(bj102hs968, sr1) checksum(s) match",
        "a b(bj102hs9687, sr1) c",
        "Copying a from b to c",
        "Copying a (x bytes) to b for druid:bc123df4567",
        "Finished druid:bc123df4567 in 5 minutes",
        "downloaded a.zip from b (1 KB retrieved)",
        "the fixity check passed - validate_checksums - bj102hs9687 - x",
        "read (actual size: 3) bytes",
    ] {
        assert_eq!(refused(&FORMAT, text), Some("no_sdr_line"), "{text}");
        assert!(!detect(text));
    }
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        check_any_text(&FORMAT, &text);
    }

    #[test]
    fn any_line(text in "(✅ fixity check passed - |check\\(|Copying |\\[Was Shelve\\] |Finished |downloaded |Cannot set |a|bj102hs9687|druid:bj102hs9687|, |\\) | \\(|actual version | to | for | in |\\.v0001\\.zip| && | - |é|1s?| status changed from ){0,12}") {
        check_any_text(&FORMAT, &text);
        check_events(&FORMAT, &format!("check(bj102hs9687, {text}) {text}"));
    }
}
