//! What `catchwater setup elasticsearch` asks for, on a server that answers by script: the test builds of the real
//! ones have neither lifecycle nor state policies.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_core::http::script::{Reply, ScriptedServer};
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::server::Product;
use catchwater_consumer_elasticsearch::setup::{self, Done, SetupError};
use serde_json::{Value, json};

fn config(server: &ScriptedServer) -> Config {
    Config { url: server.url(), index_prefix: "cw".into(), retention_days: Some(30), ..Config::default() }
}

#[tokio::test]
async fn elasticsearch_gets_a_lifecycle_policy_and_a_template_that_names_it() {
    let server = ScriptedServer::start(|_, seen| match seen.line.as_str() {
        "GET /" => Reply::status(200, r#"{"version":{"number":"9.1.0","build_flavor":"default"}}"#),
        line if line.starts_with("GET") => Reply::status(404, "{}"),
        _ => Reply::status(200, "{}"),
    });
    let server = server.await.unwrap();
    let config = config(&server);
    let client = config.client(&Keyring::environment()).unwrap();
    let found = setup::server(&client).await.unwrap();
    assert_eq!((found.product, found.version.as_str()), (Product::Elasticsearch, "9.1.0"));
    setup::check_rights(&client, &config, found.product).await.unwrap();
    for step in setup::steps(&config, found.product) {
        assert_eq!(setup::take(&client, &step).await.unwrap(), Done::Put);
    }
    let seen = server.seen();
    let lines: Vec<&str> = seen.iter().map(|s| s.line.as_str()).filter(|l| !l.starts_with("GET")).collect();
    let expected =
        ["POST /_security/user/_has_privileges", "PUT /_ilm/policy/cw-retention", "PUT /_index_template/cw"];
    assert_eq!(lines, expected);
    let body = |line: &str| -> Value {
        serde_json::from_slice(&seen.iter().find(|s| s.line == line).unwrap().body).unwrap()
    };
    let delete = json!({ "min_age": "31d", "actions": { "delete": {} } });
    assert_eq!(body(expected[1])["policy"]["phases"]["delete"], delete);
    assert_eq!(body(expected[2])["template"]["settings"]["index"]["lifecycle.name"], "cw-retention");
    assert!(body(expected[0])["cluster"].as_array().unwrap().contains(&json!("manage_ilm")));
}

#[tokio::test]
async fn opensearch_gets_a_state_policy_once_and_it_is_replaced_when_it_differs() {
    let server = ScriptedServer::start(|n, seen| match seen.line.as_str() {
        "GET /" => Reply::status(200, r#"{"version":{"number":"7.10.2","distribution":"opensearch"}}"#),
        "GET /_plugins/_ism/policies/cw-retention" if n < 2 => Reply::status(404, "{}"),
        "GET /_plugins/_ism/policies/cw-retention" => {
            let days = if n < 5 { 30 } else { 7 };
            let config = Config { index_prefix: "cw".into(), ..Config::default() };
            let mut held = catchwater_consumer_elasticsearch::policy::ism(&config, days);
            held["policy"]["policy_id"] = json!("cw-retention");
            held["policy"]["states"][1]["actions"][0]["retry"] = json!({ "count": 3 });
            (held["_seq_no"], held["_primary_term"]) = (json!(7), json!(2));
            Reply::status(200, held.to_string())
        }
        _ => Reply::status(200, "{}"),
    });
    let server = server.await.unwrap();
    let config = config(&server);
    let client = config.client(&Keyring::environment()).unwrap();
    assert_eq!(setup::server(&client).await.unwrap().product, Product::OpenSearch);
    let steps = setup::steps(&config, Product::OpenSearch);
    let policy = &steps[0];
    assert_eq!(setup::take(&client, policy).await.unwrap(), Done::Put, "there is none");
    assert_eq!(setup::take(&client, policy).await.unwrap(), Done::WasThere, "it is the same");
    setup::take(&client, &steps[1]).await.unwrap();
    assert_eq!(setup::take(&client, policy).await.unwrap(), Done::Put, "it is another");
    let seen = server.seen();
    assert_eq!(
        seen.last().unwrap().line,
        "PUT /_plugins/_ism/policies/cw-retention?if_seq_no=7&if_primary_term=2"
    );
    let body: Value = serde_json::from_slice(&seen[2].body).unwrap();
    assert_eq!(body["policy"]["states"][0]["transitions"][0]["conditions"]["min_index_age"], "31d");
    assert!(steps[1].body["template"]["settings"]["index"].get("lifecycle.name").is_none());
}

#[tokio::test]
async fn missing_rights_are_named_before_anything_is_changed() {
    let server = ScriptedServer::start(|_, _| {
        let cluster = json!({ "monitor": true, "manage_ilm": false });
        let index = json!({ "cw-log-*": { "index": true, "auto_configure": false } });
        Reply::status(200, json!({ "cluster": cluster, "index": index }).to_string())
    });
    let server = server.await.unwrap();
    let config = config(&server);
    let error = setup::check_rights(
        &config.client(&Keyring::environment()).unwrap(),
        &config,
        Product::Elasticsearch,
    )
    .await
    .unwrap_err();
    assert!(
        matches!(&error, SetupError::Rights(r) if r == "manage_ilm, auto_configure on cw-log-*"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_password_and_a_stranger_are_told() {
    let server =
        ScriptedServer::start(|n, _| Reply::status(if n == 0 { 401 } else { 200 }, "{}")).await.unwrap();
    let client = config(&server).client(&Keyring::environment()).unwrap();
    let error = setup::server(&client).await.unwrap_err().to_string();
    assert!(error.contains("401") && error.contains("check the user and password"), "{error}");
    assert!(matches!(setup::server(&client).await.unwrap_err(), SetupError::Unknown));
}
