//! The contract of all sinks, on the server that follows AWS's text.

use super::rules::Timestream;
use super::*;
use catchwater_consumer_core::contract::{Subject, check, event_json};
use futures::future::BoxFuture;
use std::sync::Arc;

struct Table(Timestream);

impl Subject for Table {
    fn open(&mut self) -> BoxFuture<'_, Arc<dyn Sink>> {
        let url = self.0.url();
        Box::pin(async move {
            let sink: Arc<dyn Sink> = Arc::new(sink(url, |_| {}).await);
            sink
        })
    }

    fn held(&mut self) -> BoxFuture<'_, u64> {
        let held = self.0.held();
        Box::pin(async move { held })
    }

    fn poison(&self) -> Option<String> {
        // A time that Timestream does not have. What the service itself refuses: `answers`.
        Some(event_json(9_999, 1).replace("2020-01-01T", "1960-01-01T"))
    }

    fn tells_duplicates(&self) -> bool {
        // Timestream takes what it holds already in silence.
        false
    }
}

#[tokio::test]
async fn keeps_the_contract_of_all_sinks() {
    check(&mut Table(Timestream::start().await)).await;
}
