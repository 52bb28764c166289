//! The sink `elasticsearch` on a real Elasticsearch and a real OpenSearch. Each server is started once, for all that is
//! checked on it: a start takes half a minute.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_core::contract::{self, Subject, event_json};
use catchwater_consumer_core::http::{Client, Keyring, Request};
use catchwater_consumer_core::sink::Sink;
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::server::Product;
use catchwater_consumer_elasticsearch::setup;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
use catchwater_schemas::event::Event;
use catchwater_schemas::outcome::Outcome::{self, Delivered, Duplicate, Reject, Retry};
use catchwater_tests::pipeline::{Pipeline, run};
use catchwater_tests::search_server::{OWNER, PASSWORD_ENV, SearchServer, WRITER};
use catchwater_tests::store as sqlite;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::Arc;

/// Has a query that people copy.
const SINKS: &str = include_str!("../../docs/sinks.md");
/// Less than a body of ours, so that the server refuses one with 413.
const MOST_BODY: &str = "http.max_content_length=1mb";

#[tokio::test(flavor = "multi_thread")]
async fn elasticsearch_keeps_what_the_sink_promises() {
    let settings = [
        MOST_BODY,
        "xpack.ml.enabled=false",
        "xpack.security.enabled=true",
        "xpack.security.autoconfiguration.enabled=false",
        "xpack.security.http.ssl.enabled=false",
        "xpack.security.transport.ssl.enabled=false",
    ];
    let Some(server) = SearchServer::start("elasticsearch", &settings) else { return };
    let text = |s: &str| Some(s.to_string());
    let who = Config { user: text(OWNER), password_env: text(PASSWORD_ENV), ..Config::default() };
    rights_are_asked_for_and_told(&Config { url: server.url(), ..who.clone() }).await;
    check_all(server, Product::Elasticsearch, who).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opensearch_keeps_what_the_sink_promises() {
    let Some(server) = SearchServer::start("opensearch", &[MOST_BODY]) else { return };
    check_all(server, Product::OpenSearch, Config::default()).await;
}

async fn check_all(mut server: SearchServer, product: Product, who: Config) {
    let config = Config { url: server.url(), replicas: Some(0), ..who };
    let store = Store { client: config.client(&Keyring::environment()).unwrap(), config };
    template_is_put_and_put_again(&store, product).await;
    contract::check(&mut Contract(&store)).await;
    fields_are_held_by_their_types(&store, product).await;
    a_higher_revision_replaces_and_the_same_batch_adds_nothing(&store).await;
    a_conflict_of_types_stays_with_its_event(&store).await;
    odd_values_are_kept_as_they_came(&store, product).await;
    a_body_that_is_too_large_for_the_server_is_cut(&store).await;
    what_lies_in_the_server_is_tried_again(&store).await;
    the_whole_program_writes_the_same_to_it_as_to_sqlite(&store, &server).await;
    an_outage_loses_nothing(&store, &mut server).await;
}

struct Store {
    client: Client,
    config: Config,
}

impl Store {
    fn sink(&self) -> ElasticsearchSink {
        ElasticsearchSink::open(&self.config, &Keyring::environment()).unwrap()
    }

    async fn call(&self, request: Request) -> Value {
        let line = format!("{} {}", request.method, request.path);
        let body = self.client.send(request).await.unwrap().into_success();
        let body = body.unwrap_or_else(|failure| panic!("{line}: {failure}: {}", failure.excerpt()));
        serde_json::from_slice(&body).unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Request::get(path)).await
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        self.call(Request::put(path, "application/json", body.to_string())).await
    }

    async fn held(&self) -> u64 {
        self.call(Request::post("/catchwater-*/_refresh", "application/json", "")).await;
        self.get("/catchwater-*/_count").await["count"].as_u64().unwrap()
    }

    /// An event of the contract's kit as the server holds it.
    async fn event(&self, number: u32) -> Value {
        let kind = ["service_query", "file_move", "log"][number as usize % 3];
        self.get(&format!("/catchwater-{kind}-2020.01.01/_doc/{number:032x}")).await
    }
}

async fn write(sink: &ElasticsearchSink, json: &[String]) -> Vec<Outcome> {
    let events: Vec<Event<'_>> = json.iter().map(|line| Event::read(line).unwrap()).collect();
    sink.write(&events).await
}

fn numbered(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| event_json(n, 1)).collect()
}

/// An event of the kit whose `catchwater.who` is followed by these members of the whole.
fn with(number: u32, members: &str) -> String {
    event_json(number, 1).replace("\"message\"", &format!("{members},\"message\""))
}

async fn template_is_put_and_put_again(store: &Store, product: Product) {
    let server = setup::server(&store.client).await.unwrap();
    assert_eq!(server.product, product, "{}", server.version);
    for _ in 0..2 {
        setup::check_rights(&store.client, &store.config, product).await.unwrap();
        for step in setup::steps(&store.config, product) {
            setup::take(&store.client, &step).await.unwrap();
        }
    }
    // The test builds have no such policies, and say so.
    let kept = Config { retention_days: Some(30), ..store.config.clone() };
    let error = setup::take(&store.client, &setup::steps(&kept, product)[0]).await.unwrap_err().to_string();
    assert!(error.contains("policy") && error.contains("does not have that"), "{error}");
}

/// Before the template is there: what is written here goes to indices of its own and is deleted.
async fn rights_are_asked_for_and_told(owner: &Config) {
    let writer = Config { user: Some(WRITER.into()), ..owner.clone() };
    let client = writer.client(&Keyring::environment()).unwrap();
    let error = setup::check_rights(&client, &writer, Product::Elasticsearch).await.unwrap_err().to_string();
    assert!(error.contains("manage_index_templates") && !error.contains("auto_configure"), "{error}");
    setup::check_rights(&owner.client(&Keyring::environment()).unwrap(), owner, Product::Elasticsearch)
        .await
        .unwrap();
    let event = [event_json(1, 1).replace("2020-01-01T", "2019-01-01T")];
    let write = async |config: Config| {
        write(&ElasticsearchSink::open(&config, &Keyring::environment()).unwrap(), &event).await.remove(0)
    };
    assert_eq!(write(writer.clone()).await, Delivered, "who may write needs no more");
    for (config, words) in [
        (Config { index_prefix: "other".into(), ..writer.clone() }, "403 security_exception"),
        (Config { password_env: Some("CARGO_PKG_VERSION".into()), ..writer }, "check the user and password"),
        (Config { user: None, password_env: None, ..owner.clone() }, "401"),
    ] {
        let outcome = write(config).await;
        assert!(matches!(&outcome, Retry { reason, .. } if reason.contains(words)), "{words}: {outcome:?}");
    }
    let index =
        Request { method: "DELETE".parse().unwrap(), ..Request::get("/catchwater-file_move-2019.01.01") };
    owner.client(&Keyring::environment()).unwrap().send(index).await.unwrap().into_success().unwrap();
}

struct Contract<'s>(&'s Store);

impl Subject for Contract<'_> {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let sink: Arc<dyn Sink> = Arc::new(self.0.sink());
        Box::pin(async { sink })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        Box::pin(self.0.held())
    }

    fn poison(&self) -> Option<String> {
        Some(with(402, r#""file":{"path":{"a":"s3cret"}}"#))
    }
}

async fn fields_are_held_by_their_types(store: &Store, product: Product) {
    let mappings = store.get("/catchwater-log-2020.01.01/_mapping").await;
    let mappings = &mappings["catchwater-log-2020.01.01"]["mappings"];
    assert_eq!(mappings["dynamic"], "false");
    let flattened = if product == Product::Elasticsearch { "flattened" } else { "flat_object" };
    for (path, held) in [
        ("@timestamp", "date"),
        ("client.ip", "ip"),
        ("http.response.status_code", "long"),
        ("aws.elb.backend_processing_time.sec", "double"),
        ("catchwater.fields", flattened),
        ("message", "text"),
    ] {
        let pointer = format!("/properties/{}/type", path.replace('.', "/properties/"));
        assert_eq!(mappings.pointer(&pointer).unwrap(), held, "{path}");
    }
}

async fn a_higher_revision_replaces_and_the_same_batch_adds_nothing(store: &Store) {
    let (sink, before) = (store.sink(), store.held().await);
    let batch = numbered(1000..3000);
    assert_eq!(write(&sink, &batch).await, vec![Delivered; 2000]);
    assert_eq!(write(&sink, &batch).await, vec![Duplicate; 2000]);
    assert_eq!(write(&sink, &[event_json(1001, 9), event_json(1001, 8)]).await, [Delivered, Duplicate]);
    let held = store.event(1001).await;
    let sent: Value = serde_json::from_str(&event_json(1001, 9)).unwrap();
    assert_eq!((&held["_version"], &held["_source"]), (&json!(9), &sent));
    assert_eq!(store.held().await, before + 2000);
}

async fn a_conflict_of_types_stays_with_its_event(store: &Store) {
    let sink = store.sink();
    let mut batch = numbered(4000..4100);
    batch[50] = with(4050, r#""file":{"path":{"a":"s3cret"}}"#);
    batch[60] = with(4060, r#""url":"s3cret""#);
    let outcomes = write(&sink, &batch).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        match (index, outcome) {
            (50, Reject { reason }) => {
                assert!(reason.contains("parsing_exception, field file.path"), "{reason}");
                assert!(!reason.contains("s3cret"), "{reason}");
            }
            (60, Reject { reason }) => assert!(!reason.contains("s3cret"), "{reason}"),
            (50 | 60, other) => panic!("{index}: {other:?}"),
            (_, outcome) => assert_eq!(outcome, &Delivered, "{index}"),
        }
    }
}

async fn odd_values_are_kept_as_they_came(store: &Store, product: Product) {
    let long = "é".repeat(40_000);
    let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
    let odd = [
        with(5000, r#""client":{"ip":"no address"},"http":{"response":{"status_code":"two hundred"}}"#),
        with(5001, &format!(r#""url":{{"path":"{long}"}}"#)),
        with(5002, r#""tags":["\u0000","\ud83d\ude00","line\nbreak","\u2028"],"user":{"name":null}"#),
        with(5003, r#""unknown":{"a":[1,{"b":2}]},"file":{"size":"large"}"#),
        with(5004, &format!(r#""log":{{"syslog":{{"structured_data":{deep}}}}}"#)),
        with(5005, &format!(r#""log":{{"syslog":{{"structured_data":{{"a":"{long}"}}}}}}"#)),
    ];
    let mut outcomes = write(&store.sink(), &odd).await;
    if product == Product::OpenSearch {
        // Its `flat_object` has no `ignore_above`: the event goes to the dead letters, with the field's name.
        let last = outcomes.pop();
        let told = "400 illegal_argument_exception, field log.syslog.structured_data, immense term";
        assert_eq!(last, Some(Reject { reason: told.into() }));
    }
    assert_eq!(outcomes, vec![Delivered; outcomes.len()]);
    for (number, sent) in (5000..).zip(&odd).take(outcomes.len()) {
        let held = store.event(number).await;
        assert_eq!(held["_source"], serde_json::from_str::<Value>(sent).unwrap(), "{number}");
    }
}

async fn a_body_that_is_too_large_for_the_server_is_cut(store: &Store) {
    let (sink, before) = (store.sink(), store.held().await);
    let batch: Vec<String> =
        (6000..6100).map(|n| event_json(n, 1).replace("revision 1", &"text ".repeat(8000))).collect();
    // Each try says more of what the server takes; a connection that it cut is a try.
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        outcomes = write(&sink, &batch).await;
        if outcomes.iter().all(Outcome::is_settled) {
            break;
        }
    }
    assert!(outcomes.iter().all(|o| matches!(o, Delivered | Duplicate)), "{outcomes:?}");
    assert_eq!(store.held().await, before + 100);
}

async fn what_lies_in_the_server_is_tried_again(store: &Store) {
    let sink = store.sink();
    let blocked = "/catchwater-log-2020.01.01/_settings";
    store.put(blocked, json!({ "index.blocks.write": true })).await;
    let outcomes = write(&sink, &numbered(7000..7003)).await;
    let waits =
        outcomes.iter().filter(|o| matches!(o, Retry { reason, .. } if reason.contains("cluster_block")));
    assert_eq!(waits.count(), 1, "the blocked index's event waits, the others pass: {outcomes:?}");
    store.put(blocked, json!({ "index.blocks.write": false })).await;
    let settled = write(&sink, &numbered(7000..7003)).await;
    assert!(settled.iter().all(Outcome::is_settled), "{settled:?}");

    let most = |n: Option<u32>| json!({ "persistent": { "cluster.max_shards_per_node": n } });
    store.put("/_cluster/settings", most(Some(1))).await;
    let new_day = [event_json(7010, 1).replace("2020-01-01T", "2020-01-02T")];
    let outcomes = write(&sink, &new_day).await;
    assert!(
        matches!(&outcomes[0], Retry { reason, .. } if reason.contains("validation_exception")),
        "no room for an index is no fault of the event: {outcomes:?}"
    );
    store.put("/_cluster/settings", most(None)).await;
    assert_eq!(write(&sink, &new_day).await, [Delivered]);
}

/// `catchwater setup`, `up` and `put` as users run them, with two stores: each event is in both, field by field.
async fn the_whole_program_writes_the_same_to_it_as_to_sqlite(store: &Store, server: &SearchServer) {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: u32| {
        let minute = n % 60;
        format!(
            "192.0.2.{} - - [20/Jul/2009:22:{minute:02}:26 +0000] \"GET /item/{n}?q=é HTTP/1.1\" 200 {n} \"-\" \"curl/8.0\"",
            n % 250
        )
    };
    let lines: Vec<String> = (0..2000).map(line).collect();
    std::fs::write(folder.path().join("access.log"), lines.join("\n")).unwrap();
    let who = store
        .config
        .user
        .as_ref()
        .map(|user| format!("user = \"{user}\"\npassword_env = \"{PASSWORD_ENV}\"\n"));
    let config = format!(
        "[listen]\nkinesis = \"127.0.0.1:0\"\npage = \"127.0.0.1:0\"\n[sink.sqlite]\n[sink.elasticsearch]\nurl = \"{}\"\nindex_prefix = \"whole\"\nreplicas = 0\n{}",
        server.url(),
        who.unwrap_or_default()
    );
    std::fs::write(folder.path().join("test.toml"), config).unwrap();
    let setup = run(folder.path(), &["setup", "elasticsearch", "--config", "test.toml"]);
    assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
    let pipeline = Pipeline::start(folder.path(), &[]);
    // The same file twice: the second adds nothing.
    for _ in 0..2 {
        let put = run(folder.path(), &["put", "access.log", "--service", "shop"]);
        assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
        pipeline.settle();
    }
    let kept = sqlite::Store::open(&pipeline.data()).texts("SELECT event FROM events");
    let mut kept: Vec<Value> = kept.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    store.call(Request::post("/whole-*/_refresh", "application/json", "")).await;
    let mut held = Vec::new();
    for part in 0..16 {
        // Parts of fewer events than the answer that the client takes.
        let query = json!({ "size": 10_000, "query": { "prefix": { "event.id": format!("{part:x}") } } });
        let request = Request::post("/whole-*/_search", "application/json", query.to_string());
        let hits = store.call(request).await["hits"]["hits"].take();
        held.extend(hits.as_array().unwrap().iter().map(|hit| hit["_source"].clone()));
    }
    let id = |event: &Value| event["event"]["id"].as_str().map(String::from);
    kept.sort_by_key(id);
    held.sort_by_key(id);
    assert_eq!((kept.len(), held.len()), (2000, 2000));
    assert!(kept == held, "each event is the same in both");
    let query = SINKS.split("_search\" -H 'content-type: application/json' -d '").nth(1).unwrap();
    let query = query.split('\'').next().unwrap().to_string();
    let request = Request::post("/whole-service_query-*/_search", "application/json", query);
    let first = &store.call(request).await["aggregations"]["who"]["buckets"][0];
    assert_eq!((&first["doc_count"], &first["service"]["buckets"][0]["key"]), (&json!(8), &json!("shop")));
}

async fn an_outage_loses_nothing(store: &Store, server: &mut SearchServer) {
    let (sink, before) = (store.sink(), store.held().await);
    let batch = numbered(8000..8200);
    assert_eq!(write(&sink, &batch[..100]).await, vec![Delivered; 100]);
    server.kill();
    let outcomes = write(&sink, &batch).await;
    assert!(outcomes.len() == 200 && outcomes.iter().all(|o| matches!(o, Retry { .. })), "{:?}", outcomes[0]);
    server.start_again();
    // It answers before each index is back; until then it says 503.
    let mut outcomes = write(&sink, &batch).await;
    for _ in 0..600 {
        if outcomes.iter().all(Outcome::is_settled) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        outcomes = write(&sink, &batch).await;
    }
    let expected: Vec<Outcome> = [vec![Duplicate; 100], vec![Delivered; 100]].concat();
    if outcomes != expected {
        // A try that settled some before all were settled.
        assert!(
            outcomes.iter().all(Outcome::is_settled) && outcomes[..100] == expected[..100],
            "{outcomes:?}"
        );
    }
    assert_eq!(store.held().await, before + 200, "what was said to be delivered survived the kill");
}
