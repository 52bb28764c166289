//! A few of the events as a person reads them in the lines, written here by hand: an error that the transform makes in the
//! function and in this process alike shows here.

use crate::expected::Expected;
use crate::sources::{SECRET, access, app, fedora, micros, moves, nanos, rfc3339, trouble, uploads};
use catchwater_schemas::id::{DEFAULT_KEY, IdKey, Scope};
use catchwater_tests::cloud::StreamRecord;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::io::Read;

/// Account of moto's log groups.
const ACCOUNT: &str = "123456789012";

/// The log event with this message, in the envelopes of the subscriptions: its group, its stream and the digits of its id.
fn log_event(raw: &[StreamRecord], message: &str) -> (String, String, String) {
    for record in raw {
        let mut text = String::new();
        GzDecoder::new(record.data.as_slice()).read_to_string(&mut text).unwrap();
        let envelope: Value = serde_json::from_str(&text).unwrap();
        let mut events = envelope["logEvents"].as_array().unwrap().iter();
        if let Some(event) = events.find(|event| event["message"] == message) {
            let text = |name: &str| envelope[name].as_str().unwrap().to_string();
            assert_eq!(envelope["owner"], ACCOUNT);
            // moto's are numbers.
            return (text("logGroup"), text("logStream"), event["id"].as_u64().unwrap().to_string());
        }
    }
    panic!("no log event {message}");
}

/// What the lines are searched in, and from when on they were written.
struct Lines<'a> {
    expected: &'a Expected,
    raw: &'a [StreamRecord],
    from: i64,
}

pub fn check(expected: &Expected, raw: &[StreamRecord], from: i64) {
    let lines = Lines { expected, raw, from };
    lines.a_query();
    lines.a_file_move();
    lines.a_log();
    lines.an_error_with_its_stack_trace();
    lines.a_preservation();
    lines.a_notification_of_two_objects();
}

impl Lines<'_> {
    fn at(&self, n: i64) -> i64 {
        self.from + n * 4_000
    }

    /// Holds the `ordinal`-th event of the log event with this message against what it must be; `event.id` and where it came from
    /// are added here.
    fn check(&self, message: &str, ordinal: u32, mut event: Value) {
        let (log_group, log_stream, source_id) = log_event(self.raw, message);
        let scope = Scope { account: ACCOUNT, region: "", log_group: &log_group, log_stream: &log_stream };
        let id = IdKey::new(DEFAULT_KEY).scope(&scope).id(&source_id, ordinal).to_string();
        event["event"]["id"] = json!(id);
        event["event"]["kind"] = json!("event");
        event["cloud"]["account"] = json!({"id": ACCOUNT});
        event["aws"]["cloudwatch"] = json!({"log_group": log_group, "log_stream": log_stream});
        event["catchwater"]["schema"] = json!(1);
        event["catchwater"]["revision"] = json!(1);
        let sent = self.expected.events.get(&id).unwrap_or_else(|| panic!("no event {id} of {message}"));
        let mut made = sent.json.clone();
        // A hash of the query's normal form.
        if let Some(query) = made.pointer_mut("/catchwater/query").and_then(Value::as_object_mut) {
            assert_eq!(query.remove("fingerprint").unwrap().as_str().unwrap().len(), 16);
        }
        assert_eq!(made, event, "{message}");
    }

    fn a_query(&self) {
        assert!(access(7, self.at(7)).contains(SECRET));
        let event = json!({
            "@timestamp": rfc3339(self.at(7)),
            "service": {"name": "portal"},
            "event": {"category": ["web"], "type": "access", "outcome": "failure"},
            "catchwater": {
                "kind": "service_query", "format": "nginx_access", "who": "user2", "who_source": "user", "who_class": "person",
                "operation": "GET /catalogue/item7",
                "query": {"language": "search", "text": "old maps", "normalized": "old maps"},
            },
            "http": {
                "request": {"method": "GET"}, "version": "1.1",
                "response": {"body": {"bytes": 1007}, "status_code": 503},
            },
            "source": {"ip": "198.51.100.8"},
            "url": {"path": "/catalogue/item7", "query": "q=old+maps&token=REDACTED"},
            "user": {"name": "user2"},
            "user_agent": {"original": "Mozilla/5.0 (caf\u{e9})"},
        });
        self.check(&access(7, self.at(7)), 0, event);
    }

    fn a_file_move(&self) {
        let [begun, done] = &moves(3, self.at(3))[..] else { panic!("two lines") };
        let file = json!({
            "name": "file3.bin", "path": "in/file3.bin",
            "source": {"bucket": "swsoc-incoming", "key": "in/file3.bin"},
            "destination": {"bucket": "hermes-eea", "key": "l0/file3.bin"},
        });
        for (line, millis, event) in [
            (begun, self.at(3) + 137, json!({"category": ["file"], "type": "start", "action": "copy"})),
            (
                done,
                self.at(3) + 1_200,
                json!({"category": ["file"], "type": "end", "action": "copy", "outcome": "success"}),
            ),
        ] {
            let event = json!({
                "@timestamp": rfc3339(millis),
                "service": {"name": "sorter"},
                "event": event,
                "catchwater": {"kind": "file_move", "format": "sdc", "action_type": "PUT"},
                "file": file,
                "log": {"level": "INFO"},
                "aws": {"request_id": "3f1c2f0e-6c8a-4a58-9b4b-000000000003"},
            });
            self.check(&line.1, 0, event);
        }
    }

    fn a_log(&self) {
        let event = json!({
            "@timestamp": micros(self.at(4) + 37),
            "service": {"name": "shop"},
            "event": {},
            "catchwater": {
                "kind": "log", "format": "json",
                "fields": {"port": 4, "amount": 4.25, "paid": true, "note": null, "basket": ["a", {"b": 4}]},
            },
            "message": "order 4 \u{e9} \u{1f600} \"so\" \\ \t end",
            "log": {"level": "warn"},
            "trace": {"id": "5b8aa5a2d2c872e8321cf37300000004"},
        });
        self.check(&app(4, self.at(4) + 37), 0, event);
    }

    fn an_error_with_its_stack_trace(&self) {
        let event = json!({
            "@timestamp": rfc3339(self.at(5) + 123),
            "service": {"name": "worker"},
            "event": {},
            "catchwater": {"kind": "log", "format": "java_log4j"},
            "message": "could not pay order 5",
            "error": {
                "type": "java.lang.IllegalStateException", "message": "no card 5",
                "stack_trace": "java.lang.IllegalStateException: no card 5\n\tat org.example.shop.Cart.pay(Cart.java:60)",
            },
            "log": {"level": "ERROR", "logger": "org.example.shop.Cart"},
            "process": {"thread": {"name": "worker-5"}},
        });
        self.check(&trouble(5, self.at(5) + 123)[0].1, 0, event);
    }

    fn a_preservation(&self) {
        let event = json!({
            "@timestamp": nanos(self.at(6) + 5),
            "service": {"name": "repository"},
            "event": {"action": "Update", "outcome": "success", "reference_id": "urn:uuid:00000006"},
            "catchwater": {
                "kind": "preservation", "format": "fedora_event", "who": "curator0", "who_source": "user", "who_class": "person",
                "fields": {"type": ["http://www.w3.org/ns/prov#Entity"]},
            },
            "premis": {
                "event": {
                    "type": "modification", "type_uri": "http://id.loc.gov/vocabulary/preservation/eventType/mod", "outcome": "success",
                },
                "agent": {"name": "curator0", "type": "person"},
                "object": {"identifier": "http://localhost:8080/rest/object6", "identifier_type": "uri"},
            },
            "user": {"name": "curator0"},
        });
        self.check(&fedora(6, self.at(6) + 5), 0, event);
    }

    fn a_notification_of_two_objects(&self) {
        let upload = |name: &str, action: &str, file: Value| {
            json!({
                "@timestamp": rfc3339(self.at(9) + 789),
                "service": {"name": "incoming"},
                "event": {"category": ["file"], "type": "end", "action": name, "outcome": "success", "provider": "aws:s3"},
                "catchwater": {
                    "kind": "file_move", "format": "aws_s3_event", "who": "AIDAJDPLRKLG7UEXAMPLE", "who_source": "user",
                    "who_class": "person", "action_type": action, "fields": {"eventVersion": "2.1"},
                },
                "cloud": {"provider": "aws", "region": "us-east-1"},
                "file": file,
                "user": {"id": "AIDAJDPLRKLG7UEXAMPLE"},
                "aws": {"s3": {"event_name": name}},
            })
        };
        let line = uploads(9, self.at(9) + 789);
        let put = json!({
            "name": "caf\u{e9} 9.bin", "path": "new/caf\u{e9} 9.bin", "size": 1_033,
            "destination": {"bucket": "swsoc-incoming", "key": "new/caf\u{e9} 9.bin"},
        });
        self.check(&line, 0, upload("ObjectCreated:Put", "PUT", put));
        let deleted = json!({
            "name": "file9.bin", "path": "old/file9.bin", "size": 1_033,
            "source": {"bucket": "swsoc-incoming", "key": "old/file9.bin"},
        });
        self.check(&line, 1, upload("ObjectRemoved:Delete", "DELETE", deleted));
    }
}
