//! `examples/minimal`: one log group to an OpenSearch, and later a second store.

use crate::stack::{Stack, packages};
use crate::{FunctionLogs, LIMIT, envelope};
use catchwater_tests::cloud::{Cloud, REGION};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::influxdb_server::InfluxdbServer;
use catchwater_tests::search_server::SearchServer;
use catchwater_tests::wait_for;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const GROUP: &str = "/portal/access";
const LINE: &str = "10.0.0.9 - alice [29/Feb/2024:23:59:59 +0530] \"GET /a%20b/c?q=%C3%A9&password=hunter2 HTTP/2.0\" 200 1234 \
                    \"https://example.org/?from=mail\" \"Mozilla/5.0 (X11; Linux x86_64)\"";
const MILLIS: i64 = 1_709_231_399_000;

#[test]
fn a_log_event_comes_through_a_second_sink_changes_nothing_else_and_all_goes_again() {
    let Some(emulator) = Emulator::ministack() else { return };
    let Some(opensearch) = SearchServer::start("opensearch", &[]) else { return };
    let Some(influxdb) = InfluxdbServer::start() else { return };
    let cloud = emulator.cloud();
    cloud.create_log_group(GROUP, "web-1");
    let before = cloud.inventory();
    let mut variables = json!({
        "log_group": GROUP, "format": "nginx_access", "service": "catalogue", "url": opensearch.url(), "region": REGION,
        "architecture": "x86_64", "package_directory": packages(), "force_destroy": true,
    });
    let endpoints = [("AWS_ENDPOINT_URL", emulator.url())];
    let Some(stack) = Stack::new("minimal", &variables, &endpoints) else { return };
    // Terraform lays what an override says of a block over it.
    stack.write("all_override.tf", "module \"catchwater\" {\n  environment = { OF_ALL = \"yes\" }\n}\n");
    stack.apply();
    for (function, state) in functions(&cloud) {
        assert!(
            state.contains("\"OF_ALL\":\"yes\""),
            "{function} lacks a variable of all functions: {state}"
        );
    }
    let made = cloud.inventory();
    assert_eq!(made.iter().filter(|what| what.starts_with("mapping ")).count(), 2, "{made:#?}");

    events_arrive(&stack, &cloud, &opensearch);
    assert_eq!(stack.plan(), [], "a plan after the apply");
    a_second_sink_touches_nothing_else(&stack, &cloud, &mut variables, &influxdb);

    stack.destroy();
    let after = cloud.inventory();
    assert_eq!(after, before, "left: {:#?}", after.difference(&before).collect::<Vec<_>>());
}

/// What was put on the raw stream is in the store, once, with its fields.
fn events_arrive(stack: &Stack, cloud: &Cloud, opensearch: &SearchServer) {
    let output = stack.output("catchwater");
    let raw = output["streams"]["raw"].as_str().unwrap();
    let first = envelope(GROUP, "web-1", MILLIS, &[LINE]);
    // The same record again, as a producer sends it that heard no answer.
    let put = cloud.put_records(raw, &[("one", &first), ("one", &first)]).unwrap();
    assert_eq!(put, [None, None]);
    let second = envelope(GROUP, "web-2", MILLIS, &[LINE, "no access line at all"]);
    assert_eq!(cloud.put_records(raw, &[("two", &second)]).unwrap(), [None]);
    let _told = FunctionLogs { cloud, output: &output };
    let events = wait_for("the events are in OpenSearch", LIMIT, || {
        let events = search(opensearch);
        (events.len() >= 3).then_some(events)
    });
    assert_eq!(events.len(), 3, "{events:#?}");
    let event =
        events.iter().find(|e| e.pointer("/aws/cloudwatch/log_stream") == Some(&json!("web-1"))).unwrap();
    let expected = [
        ("/@timestamp", json!("2024-02-29T18:29:59.000Z")),
        ("/service/name", json!("catalogue")),
        ("/catchwater/format", json!("nginx_access")),
        ("/catchwater/kind", json!("service_query")),
        ("/catchwater/who", json!("alice")),
        ("/http/response/status_code", json!(200)),
        ("/source/ip", json!("10.0.0.9")),
        ("/url/path", json!("/a%20b/c")),
        ("/url/query", json!("q=%C3%A9&password=REDACTED")),
        ("/cloud/account/id", json!("123456789012")),
        ("/aws/cloudwatch/log_group", json!(GROUP)),
    ];
    for (field, value) in expected {
        assert_eq!(event.pointer(field), Some(&value), "{field} of {event:#}");
    }
}

/// A store more: its function is made, with its alarms, and no other resource is replaced or changed but the dashboard, which draws
/// every function.
fn a_second_sink_touches_nothing_else(
    stack: &Stack,
    cloud: &Cloud,
    variables: &mut Value,
    influxdb: &InfluxdbServer,
) {
    let others = functions(cloud);
    // By name it comes before the first, whose reading does not change by that.
    let sink = json!({"url": influxdb.url(), "settings": {"database": "catchwater"}});
    variables["more_sinks"] = json!({"influxdb": sink});
    stack.write("terraform.tfvars.json", &variables.to_string());
    let changes = stack.plan();
    let is_due = |(address, action): &(String, String)| match action.as_str() {
        "create" => address.contains("[\"influxdb\"].") || address.contains("[\"to-influxdb-"),
        "update" => address.contains("aws_cloudwatch_dashboard."),
        _ => false,
    };
    let beyond: Vec<_> = changes.iter().filter(|change| !is_due(change)).collect();
    assert!(beyond.is_empty(), "a new sink changes what is none of its own: {beyond:#?}");
    for kind in
        ["aws_lambda_function", "aws_lambda_event_source_mapping", "aws_iam_role", "aws_cloudwatch_log_group"]
    {
        let made = changes.iter().filter(|(address, _)| address.contains(&format!(".{kind}."))).count();
        assert_eq!(made, 1, "{kind} of the new sink: {changes:#?}");
    }
    stack.apply();
    assert_eq!(stack.plan(), [], "a plan after the second apply");
    let mut all = functions(cloud);
    let new: Vec<String> = all.keys().filter(|name| !others.contains_key(*name)).cloned().collect();
    assert_eq!(new, ["catchwater-to-influxdb"]);
    all.remove(&new[0]);
    assert_eq!(all, others, "the other functions are as they were");
    // It reads the event stream from its start.
    wait_for("the events are in InfluxDB", LIMIT, || {
        let rows = influxdb.rows("SELECT count(\"event.id\") FROM \"service_query\"");
        rows.iter().flatten().any(|(column, value)| column == "count" && value == 2).then_some(())
    });
}

/// Each function with what Lambda says of its code and settings.
fn functions(cloud: &Cloud) -> BTreeMap<String, String> {
    let listed = cloud.rest("GET", "lambda", "/2015-03-31/functions/", b"").unwrap().json();
    let functions = listed["Functions"].as_array().unwrap();
    let of = |f: &Value| {
        let state = json!([f["CodeSha256"], f["LastModified"], f["RevisionId"], f["Environment"], f["Role"]]);
        (f["FunctionName"].as_str().unwrap().to_string(), state.to_string())
    };
    functions.iter().map(of).collect()
}

/// All events of the store.
fn search(opensearch: &SearchServer) -> Vec<Value> {
    let url = opensearch.url();
    let refreshed = ureq::post(format!("{url}/catchwater-*/_refresh")).send_empty();
    let Ok(_) = refreshed else { return Vec::new() };
    let Ok(mut answer) = ureq::get(format!("{url}/catchwater-*/_search?size=100")).call() else {
        return Vec::new();
    };
    let answer: Value = serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
    let hits = answer["hits"]["hits"].as_array().cloned().unwrap_or_default();
    hits.into_iter().map(|hit| hit["_source"].clone()).collect()
}
