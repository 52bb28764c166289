//! Event records to Elasticsearch or OpenSearch, managed by Amazon or run by oneself.

use catchwater_consumer_elasticsearch::config::Config;
use catchwater_consumer_elasticsearch::sink::ElasticsearchSink;
use catchwater_functions::{consumer, shell};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    shell::run(async |surroundings| {
        consumer::build(surroundings, |config: &Config, keyring| {
            Ok((Arc::new(ElasticsearchSink::open(config, keyring)?), config.retention()))
        })
    })
}
