//! Elasticsearch and OpenSearch: the document of each event is its JSON, in the index of its kind and day.

use crate::expected::Sent;
use crate::store::{Consumer, Store};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_consumer_core::http::Keyring;
use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::server::Product;
use catchwater_consumer_elasticsearch::setup;
use catchwater_tests::emulator::Emulator;
use catchwater_tests::search_server::{OWNER, PASSWORD_ENV, SearchServer, WRITER};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name that the configuration has for the password, and that of the secret in Secrets Manager.
const SECRET: &str = "SEARCH_PASSWORD";

pub struct Search {
    server: SearchServer,
    product: Product,
    /// ARN of the password's secret, where the server knows users.
    secret: Option<String>,
}

impl Search {
    /// An Elasticsearch with users: the function fetches the writer's password, the owner has put the template.
    pub async fn elasticsearch(ministack: &Emulator) -> Option<Self> {
        let settings = [
            "xpack.ml.enabled=false",
            "xpack.security.enabled=true",
            "xpack.security.autoconfiguration.enabled=false",
            "xpack.security.http.ssl.enabled=false",
            "xpack.security.transport.ssl.enabled=false",
        ];
        let server = SearchServer::start("elasticsearch", &settings)?;
        let secret = ministack.cloud().create_secret(SECRET, &password());
        let owner =
            Config { user: Some(OWNER.into()), password_env: Some(PASSWORD_ENV.into()), ..Config::default() };
        prepare(&server, owner, Product::Elasticsearch).await;
        Some(Self { server, product: Product::Elasticsearch, secret: Some(secret) })
    }

    /// An OpenSearch without users.
    pub async fn opensearch() -> Option<Self> {
        let server = SearchServer::start("opensearch", &[])?;
        prepare(&server, Config::default(), Product::OpenSearch).await;
        Some(Self { server, product: Product::OpenSearch, secret: None })
    }

    fn ask(&self, path: &str, body: &str) -> Value {
        let owner = format!("Basic {}", STANDARD.encode(format!("{OWNER}:{}", password())));
        let asked = ureq::post(format!("{}{path}", self.server.url()))
            .header("authorization", owner)
            .header("content-type", "application/json")
            .send(body);
        let mut answer = asked.unwrap_or_else(|e| panic!("{path}: {e}"));
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// All documents: index, id, version, source.
    pub fn held(&self) -> BTreeMap<String, Value> {
        self.ask("/catchwater-*/_refresh", "");
        let query = json!({"size": 10_000, "version": true, "query": {"match_all": {}}});
        let mut found = self.ask("/catchwater-*/_search", &query.to_string());
        let Value::Array(hits) = found["hits"]["hits"].take() else { panic!("{found}") };
        assert!(hits.len() < 10_000, "more than one page");
        let count = hits.len();
        let held: BTreeMap<String, Value> =
            hits.into_iter().map(|hit| (hit["_id"].as_str().unwrap().to_string(), hit)).collect();
        assert_eq!(held.len(), count, "an event stands in two indices");
        held
    }
}

fn password() -> String {
    std::env::var(PASSWORD_ENV).unwrap()
}

/// What `catchwater setup elasticsearch` does.
async fn prepare(server: &SearchServer, who: Config, product: Product) {
    let config = Config { url: server.url(), replicas: Some(0), ..who };
    let client = config.client(&Keyring::environment()).unwrap();
    setup::check_rights(&client, &config, product).await.unwrap();
    for step in setup::steps(&config, product) {
        setup::take(&client, &step).await.unwrap();
    }
}

impl Store for Search {
    fn consumer(&self) -> Consumer {
        let login = match &self.secret {
            Some(_) => format!("user = \"{WRITER}\"\npassword_env = \"{SECRET}\"\n"),
            None => String::new(),
        };
        let secret = self.secret.iter().map(|arn| ("CATCHWATER_SECRET_SEARCH_PASSWORD", arn.clone()));
        Consumer {
            name: if self.product == Product::OpenSearch { "to-opensearch" } else { "to-elasticsearch" },
            zip: "to-elasticsearch",
            section: format!("[sink.elasticsearch]\nurl = \"{}\"\n{login}", self.server.url()),
            variables: secret.collect(),
        }
    }

    fn tells_duplicates(&self) -> bool {
        true
    }

    fn check(&self, events: &BTreeMap<String, Sent>, _: usize) {
        let held = self.held();
        assert_eq!(held.len(), events.len());
        for (id, sent) in events {
            let hit = held.get(id).unwrap_or_else(|| panic!("{id} is lost: {}", sent.line));
            assert_eq!(hit["_source"], sent.json, "{id}");
            let day = sent.text("@timestamp")[..10].replace('-', ".");
            let index = format!("catchwater-{}-{day}", sent.text("catchwater.kind"));
            assert_eq!(
                (&hit["_index"], &hit["_version"]),
                (&json!(index), sent.at("catchwater.revision").unwrap())
            );
        }
    }
}
