//! What the events of others do not show; those are in `testdata/aws_cloudtrail`.

use super::{FORMAT, detect};
use crate::formats::testing::{check_any_text, check_events, in_one_record, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An event with these members beside those that every event has.
fn event(members: &Value) -> String {
    let mut event =
        json!({"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "eventName": "GetObject"});
    for (key, value) in members.as_object().unwrap() {
        event[key] = value.clone();
    }
    event.to_string()
}

fn s3(name: &str, parameters: Value, more: Value) -> Value {
    let mut members = json!({"eventName": name, "requestParameters": parameters});
    members.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value(&FORMAT, &event(&members))
}

#[test]
fn example_is_read_whole() {
    let event = value(&FORMAT, FORMAT.example);
    assert_eq!(event["@timestamp"], "2024-05-01T12:00:00.000Z");
    assert_eq!(event["catchwater"]["kind"], "service_query");
    assert_eq!(event["catchwater"]["who"], "alice");
    assert_eq!(event["service"]["name"], "ec2.amazonaws.com");
    assert_eq!(
        event["cloud"],
        json!({"account": {"id": "123456789012"}, "provider": "aws", "region": "eu-west-1"})
    );
    assert_eq!(event["event"]["category"], json!(["api"]));
    assert_eq!((&event["event"]["type"], &event["event"]["outcome"]), (&json!("access"), &json!("success")));
    assert_eq!(event["aws"]["cloudtrail"]["request_parameters"], json!({"maxResults": 50}));
    assert_eq!(event["aws"]["cloudtrail"].get("response_elements"), None, "null is absent");
    assert_eq!(event["catchwater"]["fields"], json!({"eventVersion": "1.08"}));
}

#[test]
fn objects_that_move_are_file_moves() {
    let object = json!({"bucketName": "b", "key": "d/a b.fits"});
    let put = s3(
        "PutObject",
        object.clone(),
        json!({"responseElements": {"x-amz-version-id": "v1"}, "readOnly": false}),
    );
    assert_eq!(put["catchwater"]["kind"], "file_move");
    assert_eq!(put["catchwater"]["action_type"], "PUT");
    assert_eq!((&put["event"]["type"], &put["event"]["category"]), (&json!("end"), &json!(["file"])));
    let file = json!({"name": "a b.fits", "path": "d/a b.fits", "version": "v1", "destination": {"bucket": "b", "key": "d/a b.fits"}});
    assert_eq!(put["file"], file);

    let delete = s3("DeleteObject", object.clone(), json!({}));
    assert_eq!(delete["catchwater"]["action_type"], "DELETE");
    assert_eq!(delete["file"]["source"], json!({"bucket": "b", "key": "d/a b.fits"}));

    let mut parameters = object.clone();
    parameters["x-amz-copy-source"] = json!("/from/x%2By+z?versionId=1");
    let copy = s3("CopyObject", parameters.clone(), json!({}));
    assert_eq!(copy["catchwater"]["action_type"], "COPY");
    assert_eq!(copy["file"]["source"], json!({"bucket": "from", "key": "x+y z"}));
    parameters["x-amz-copy-source"] = json!("arn:aws:s3:eu-west-1:1:accesspoint/p/object/k");
    assert_eq!(s3("CopyObject", parameters, json!({}))["file"].get("source"), None);

    let get = s3("GetObject", object, json!({"readOnly": true}));
    assert_eq!(get["catchwater"]["kind"], "service_query");
    assert_eq!(get["file"]["source"]["bucket"], "b");
    assert_eq!(get["event"]["type"], "access");
}

#[test]
fn what_failed_moved_nothing() {
    let denied =
        s3("PutObject", json!({"bucketName": "b", "key": "k"}), json!({"errorCode": "AccessDenied"}));
    assert_eq!(denied["catchwater"]["kind"], "service_query");
    assert_eq!(denied["catchwater"].get("action_type"), None);
    assert_eq!(denied["event"]["outcome"], "failure");
    assert_eq!(denied["file"]["path"], "k");
    let login = json!({"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "responseElements": {"ConsoleLogin": "Failure"}});
    let login = value(&FORMAT, &event(&login));
    assert_eq!(
        (&login["event"]["outcome"], &login["event"]["category"]),
        (&json!("failure"), &json!(["authentication"]))
    );
}

#[test]
fn calls_on_buckets_name_no_file() {
    let created = s3("CreateBucket", json!({"bucketName": "b"}), json!({}));
    assert_eq!(created["catchwater"]["kind"], "service_query");
    assert_eq!(created.get("file"), None);
    assert_eq!(created["aws"]["cloudtrail"]["request_parameters"]["bucketName"], "b");
}

#[test]
fn who_it_was() {
    for (identity, name) in [
        (json!({"userName": "alice", "arn": "arn:aws:iam::1:user/a/other"}), json!("alice")),
        (json!({"arn": "arn:aws:sts::1:assumed-role/role/session@x"}), json!("session@x")),
        (json!({"type": "Root", "arn": "arn:aws:iam::1:root"}), json!("root")),
        (json!({"type": "AWSService", "invokedBy": "s3.amazonaws.com"}), Value::Null),
        (json!({"arn": "nonsense/x"}), Value::Null),
    ] {
        let event = value(&FORMAT, &event(&json!({"userIdentity": identity})));
        assert_eq!(event["user"]["name"], name, "{identity}");
    }
    let event =
        value(&FORMAT, &event(&json!({"userIdentity": {"accountId": "42", "sessionContext": {"a": 1}}})));
    assert_eq!(event["cloud"]["account"]["id"], "42");
    assert_eq!(event["catchwater"]["fields"]["userIdentity"], json!({"sessionContext": {"a": 1}}));
}

#[test]
fn values_of_other_types_are_kept_beside() {
    let odd = json!({
        "readOnly": "maybe", "requestParameters": "text", "errorCode": 5, "eventTime": "yesterday", "userIdentity": "x",
        "resources": {"a": 1}, "sourceIPAddress": "010.1.1.1", "awsRegion": "", "tlsDetails": {"tlsVersion": "TLSv1.3", "new": 1},
    });
    let event = value(&FORMAT, &event(&odd));
    let free = json!({
        "eventVersion": "1.08", "readOnly": "maybe", "requestParameters": "text", "errorCode": 5, "eventTime": "yesterday",
        "userIdentity": "x", "resources": {"a": 1}, "tlsDetails": {"new": 1},
    });
    assert_eq!(event["catchwater"]["fields"], free);
    assert_eq!(event["source"], json!({"address": "010.1.1.1"}));
    assert_eq!(event["tls"], json!({"version_protocol": "TLSv1.3"}));
    assert_eq!(event["@timestamp"], "2020-09-13T12:26:40.000Z", "the log event's own");
}

#[test]
fn records_give_an_event_each() {
    let records = format!("{{\"Records\":[{},\n{}]}}", FORMAT.example, event(&json!({})));
    assert!(detect(&records));
    let events = in_one_record(&FORMAT, &[&records]);
    let ids: Vec<_> = events.iter().map(|e| e["event"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[1], format!("{}-1", ids[0]));
}

#[test]
fn insights_and_events_through_eventbridge() {
    let insight = json!({
        "eventVersion": "1.07", "eventTime": "2024-05-01T12:00:00Z", "awsRegion": "us-east-1", "eventID": "e",
        "eventType": "AwsCloudTrailInsight", "recipientAccountId": "123456789012", "eventCategory": "Insight",
        "insightDetails": {"state": "Start", "eventSource": "autoscaling.amazonaws.com",
            "eventName": "CompleteLifecycleAction", "insightType": "ApiCallRateInsight", "insightContext": {"a": 1}},
    })
    .to_string();
    assert!(detect(&insight));
    let event = value(&FORMAT, &insight);
    assert_eq!(
        (&event["event"]["action"], &event["event"]["reason"]),
        (&json!("CompleteLifecycleAction"), &json!("ApiCallRateInsight"))
    );
    assert_eq!((&event["event"]["type"], &event["catchwater"]["kind"]), (&json!("start"), &json!("log")));
    assert_eq!(event["event"].get("outcome"), None);
    assert_eq!(event["catchwater"]["fields"]["insightDetails"]["insightContext"], json!({"a": 1}));

    let inner: Value = serde_json::from_str(FORMAT.example).unwrap();
    let bridged = json!({"version": "0", "id": "b", "detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "detail": inner}).to_string();
    assert!(detect(&bridged));
    assert_eq!(value(&FORMAT, &bridged), value(&FORMAT, FORMAT.example));
    assert_eq!(value(&FORMAT, &bridged)["catchwater"]["operation"], "ec2:DescribeInstances");
}

#[test]
fn a_rename_is_a_move_within_the_bucket() {
    let parameters =
        json!({"bucketName": "b--use1-az4--x-s3", "key": "new", "x-amz-rename-source": "/old%20one"});
    let event = s3("RenameObject", parameters, json!({"eventSource": "s3express.amazonaws.com"}));
    assert_eq!(event["catchwater"]["action_type"], "MOVE");
    let file = json!({"bucket": "b--use1-az4--x-s3", "key": "old one"});
    assert_eq!((&event["file"]["source"], &event["file"]["path"]), (&file, &json!("new")));
}

#[test]
fn a_user_of_identity_center() {
    let identity = json!({"type": "IdentityCenterUser", "accountId": "1", "onBehalfOf": {"userId": "544894e8", "identityStoreArn": "arn:x"}, "credentialId": "c"});
    let event =
        value(&FORMAT, &event(&json!({"userIdentity": identity, "eventContext": {"tagContext": {}}})));
    assert_eq!(event["user"], json!({"id": "544894e8"}));
    assert_eq!(event["catchwater"]["fields"]["userIdentity"]["credentialId"], "c");
}

#[test]
fn refuses_what_is_none() {
    let cut = &FORMAT.example[..FORMAT.example.len() - 9];
    for (text, reason) in [
        ("hello", "not_json"),
        ("{}", "no_event_name_or_source"),
        ("{\"Records\":[]}", "no_records"),
        ("{\"Records\":[{\"eventName\":\"x\"}]}", "no_event_name_or_source"),
        ("{\"Records\":[1]}", "not_json"),
        (cut, "not_json"),
    ] {
        assert_eq!(refused(&FORMAT, text), Some(reason), "{text}");
    }
    assert!(!detect(crate::formats::aws_s3_event::FORMAT.example));
    assert!(!detect(&format!("{{\"detail\":{}}}", FORMAT.example)), "an EventBridge event is another format");
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_change_of_an_event(
        records in any::<bool>(),
        at in any::<prop::sample::Index>(),
        len in 0..40usize,
        new in prop::sample::select(vec!["", "\"", "{", "}", "null", "1", "\\ud800", "\n", "[]", "\"\":", "é"]),
    ) {
        let mut text = if records { format!("{{\"Records\":[{}]}}", FORMAT.example) } else { FORMAT.example.to_string() };
        let from = at.index(text.len());
        let to = (from + len).min(text.len());
        if text.is_char_boundary(from) && text.is_char_boundary(to) {
            text.replace_range(from..to, new);
        }
        // A broken document may still look sure, and be refused.
        check_events(&FORMAT, &text);
    }
}
