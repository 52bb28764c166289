//! On a real InfluxDB 1.8.

use super::*;
use catchwater_consumer_core::contract::{Subject, check, event_json};
use catchwater_schemas::field::{FIELDS, FieldType};
use catchwater_schemas::time::Timestamp;
use catchwater_tests::influxdb_server::InfluxdbServer;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events of all kinds: those of the reports' golden files.
pub const EVENTS: &str = include_str!("../../../../cli/testdata/report/events.jsonl");

pub fn count(server: &InfluxdbServer) -> u64 {
    let answer = server.rows("SELECT count(\"event.id\") FROM /.*/");
    answer.iter().flatten().filter(|(name, _)| name == "count").map(|(_, n)| n.as_u64().unwrap()).sum()
}

struct Database(InfluxdbServer);

impl Subject for Database {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(sink(self.0.url(), |_| {}));
        Box::pin(async move { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        // What is acknowledged survives a crash of the server.
        self.0.stop();
        self.0.run();
        let held = count(&self.0);
        Box::pin(async move { held })
    }

    fn poison(&self) -> Option<String> {
        // A time that InfluxDB does not have.
        Some(event_json(9_999, 1).replace("2020-01-01T00:39:00.000Z", "2262-04-11T23:47:16.854775807Z"))
    }

    fn tells_duplicates(&self) -> bool {
        false
    }
}

#[tokio::test]
async fn keeps_the_contract_of_all_sinks() {
    let Some(server) = InfluxdbServer::start() else { return };
    check(&mut Database(server)).await;
}

/// What the database must hold of an event, by path: the registry's types, worked out apart from the encoder.
fn expected(json: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    let info = FIELDS.iter().find(|info| info.path == path);
    let value = match (info.map(|info| info.field_type), json) {
        (None, Value::Object(members)) => {
            for (name, value) in members {
                expected(value, format!("{path}.{name}").trim_start_matches('.'), into);
            }
            return;
        }
        (Some(FieldType::Date), Value::String(text)) => {
            Timestamp::parse_rfc3339(text, 0).unwrap().nanos().into()
        }
        (Some(_), Value::Object(_) | Value::Array(_)) => json.to_string().into(),
        (Some(_), value) => value.clone(),
        (None, _) => panic!("{path} is not registered"),
    };
    let name = match path {
        "catchwater.kind" => return,
        "service.name" => "service",
        "event.outcome" => "outcome",
        "catchwater.format" => "format",
        "catchwater.who_class" => "who_class",
        "catchwater.action_type" => "action_type",
        "http.response.status_code" => {
            into.insert("status".into(), format!("{}xx", value.as_u64().unwrap() / 100).into());
            path
        }
        _ => path,
    };
    into.insert(name.into(), value);
}

#[tokio::test]
async fn what_arrived_is_what_was_sent_field_by_field_and_twice_is_once() {
    let Some(server) = InfluxdbServer::start() else { return };
    let sink = sink(server.url(), |_| {});
    let mut json: Vec<String> = EVENTS.lines().map(String::from).collect();
    let hostile = [
        "a\\",
        "\\\\\"",
        "two\nlines\r\n",
        "comma, equals= space ",
        "tab\tnul\u{0}",
        "'é😀'",
        "\\n \\, \\=",
        "#",
        "\u{7f}",
    ];
    for (n, text) in hostile.iter().enumerate() {
        let line = event_json(1_000 + n as u32, 1);
        json.push(line.replace("\"revision 1\"", &serde_json::to_string(text).unwrap()));
    }
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; json.len()]);
    let held = || {
        let mut held: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
        for kind in ["service_query", "file_move", "preservation", "log"] {
            for row in server.rows(&format!("SELECT * FROM {kind}")) {
                let mut row: BTreeMap<String, Value> = row.into_iter().collect();
                let time = row.remove("time").unwrap().as_i64().unwrap();
                assert!((0..1_000_000_000).contains(&(time - row["@timestamp"].as_i64().unwrap())));
                assert_eq!(row.remove("slot").unwrap().as_str().unwrap().len(), 1);
                held.insert(format!("{kind} {}", row["event.id"].as_str().unwrap()), row);
            }
        }
        held
    };
    let mut sent = BTreeMap::new();
    for line in &json {
        let event: Value = serde_json::from_str(line).unwrap();
        let mut fields = BTreeMap::new();
        expected(&event, "", &mut fields);
        let kind = event["catchwater"]["kind"].as_str().unwrap();
        sent.insert(format!("{kind} {}", event["event"]["id"].as_str().unwrap()), fields);
    }
    let first = held();
    for (id, fields) in &sent {
        assert_eq!(first.get(id), Some(fields), "{id}");
    }
    assert_eq!((first.len(), count(&server)), (json.len(), json.len() as u64));
    assert_eq!(write(&sink, &json).await, vec![Outcome::Delivered; json.len()]);
    assert_eq!((held() == first, count(&server)), (true, json.len() as u64), "the same batch twice");
}

#[tokio::test]
async fn a_server_that_goes_down_in_between_loses_and_doubles_nothing() {
    let Some(mut server) = InfluxdbServer::start() else { return };
    let sink = sink(server.url(), |_| {});
    let all: Vec<String> = (0..600).map(|n| event_json(n, 1)).collect();
    let mut open = all.clone();
    for step in 0..3 {
        let outcomes = write(&sink, &open[..200]).await;
        assert_eq!(outcomes, vec![Outcome::Delivered; 200], "step {step}");
        server.stop();
        let outcomes = write(&sink, &open).await;
        assert!(outcomes.iter().all(|o| matches!(o, Outcome::Retry { .. })), "{:?}", outcomes[0]);
        server.run();
        // As after a crash between write and answer: what was written comes again with the rest.
        assert_eq!(write(&sink, &open).await, vec![Outcome::Delivered; open.len()]);
        open.rotate_left(200);
    }
    assert_eq!(count(&server), 600);
}

#[tokio::test]
async fn takes_the_writes_of_version_2() {
    let Some(server) = InfluxdbServer::start() else { return };
    // 1.8 reads a bucket as database and retention policy.
    let of = |bucket: &str| {
        sink(server.url(), |config| {
            config.bucket = Some(bucket.into());
            config.organization = Some("any".into());
        })
    };
    let json: Vec<String> = (0..50).map(|n| event_json(n, 1)).collect();
    assert_eq!(write(&of("catchwater/autogen"), &json).await, vec![Outcome::Delivered; 50]);
    // The other version's path leads to the same points.
    assert_eq!(write(&sink(server.url(), |_| {}), &json).await, vec![Outcome::Delivered; 50]);
    assert_eq!(count(&server), 50);
    let outcomes = write(&of("nowhere/autogen"), &json).await;
    assert!(is_retry(&outcomes[0], "influx bucket create --name nowhere/autogen"), "{:?}", outcomes[0]);
}

#[tokio::test]
async fn refusals_of_the_real_server_are_understood() {
    let Some(server) = InfluxdbServer::start_with("max-values-per-tag = 3") else { return };
    // No such database, and no such retention policy.
    let missing = sink(server.url(), |config| config.database = Some("nowhere".into()));
    assert!(is_retry(&write(&missing, &[event_json(0, 1)]).await[0], "CREATE DATABASE \"nowhere\""));
    // A retention policy that keeps a day.
    server.query("CREATE RETENTION POLICY short ON catchwater DURATION 1d REPLICATION 1");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(now.as_millis() as i64).unwrap().to_string();
    let mut json: Vec<String> = (0..120).map(|n| event_json(3 * n, 1)).collect();
    for line in json.iter_mut().step_by(2) {
        let from = line.find("2020-").unwrap();
        line.replace_range(from..from + 24, &now);
    }
    let short = sink(server.url(), |config| config.retention_policy = Some("short".into()));
    for (number, outcome) in write(&short, &json).await.iter().enumerate() {
        match number % 2 {
            0 => assert_eq!(*outcome, Outcome::Delivered, "{number}"),
            _ => assert!(is_rejected(outcome, "older_than_retention:"), "{number}: {outcome:?}"),
        }
    }
    // Lines of others that hold a field as another type.
    let ours = sink(server.url(), |_| {});
    let others = "service_query,service=shop,slot=0 url.port=\"text\" 1577836800000000000";
    server.post("/write?db=catchwater", others);
    let mut json: Vec<String> = (0..16).map(|n| event_json(3 * n, 1)).collect();
    json[7] = json[7].replace("\"message\"", "\"url\":{\"port\":80},\"message\"");
    let outcomes = write(&ours, &json).await;
    let conflict = "field_type_conflict: the database holds url.port";
    assert!(is_rejected(&outcomes[7], conflict), "{:?}", outcomes[7]);
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Delivered).count(), 15, "{outcomes:?}");
    // A tag that has as many values as the server allows: looked at between writes.
    server.query("CREATE DATABASE narrow");
    let narrow = sink(server.url(), |config| config.database = Some("narrow".into()));
    let mut delivered = 0;
    for n in 0..3 {
        delivered += u32::from(write(&narrow, &[event_json(3 * n, 1)]).await == [Outcome::Delivered]);
    }
    let json: Vec<String> = (3..60).map(|n| event_json(3 * n, 1)).collect();
    let outcomes = write(&narrow, &json).await;
    delivered += outcomes.iter().map(|o| u32::from(*o == Outcome::Delivered)).sum::<u32>();
    let refused = outcomes.iter().filter(|o| is_rejected(o, "max_values_per_tag:")).count();
    assert!(
        delivered > 3 && refused > 0 && delivered as usize + refused == 60,
        "{delivered} {refused}: {outcomes:?}"
    );
    let held = server.rows("SELECT count(\"event.id\") FROM narrow..service_query");
    assert_eq!(held[0].last().unwrap().1, delivered);
}
