//! The endpoint is asked for, as on AWS: by an HTTP client that answers in place of the network, for the SDK speaks only
//! TLS to the endpoint that it was told.

use super::*;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use catchwater_consumer_core::contract::event_json;
use std::sync::{Arc, Mutex};

/// AWS with cells of which each call to the service's own address names another one, and which each take one call.
#[derive(Clone, Debug, Default)]
struct Cells(Arc<Mutex<Vec<String>>>);

impl HttpConnector for Cells {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap().to_string();
        let host = request.uri().strip_prefix("https://").unwrap().trim_end_matches('/').to_string();
        let mut seen = self.0.lock().unwrap();
        let cells = 1 + seen.iter().filter(|call| call.starts_with("DescribeEndpoints")).count();
        let call = format!("{operation} {host}");
        let (status, body) = match operation.as_str() {
            "DescribeEndpoints" => {
                let address = format!("ingest-cell{cells}.timestream.us-east-1.amazonaws.com");
                (200, format!(r#"{{"Endpoints":[{{"Address":"{address}","CachePeriodInMinutes":1440}}]}}"#))
            }
            _ if seen.contains(&call) => {
                (400, r#"{"__type":"InvalidEndpointException","Message":"moved"}"#.into())
            }
            _ => (200, "{}".into()),
        };
        seen.push(call);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(StatusCode::try_from(status).unwrap(), body.into())))
    }
}

impl HttpClient for Cells {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[tokio::test]
async fn the_service_is_asked_once_and_again_when_the_endpoint_is_not_ours_any_more() {
    let cells = Cells::default();
    let sdk = sdk().await.into_builder().http_client(cells.clone()).build();
    let sink = TimestreamSink::with_sdk(&Config::default(), sdk).unwrap();
    let events = [event_json(1, 1)];
    assert_eq!(write(&sink, &events).await, [Outcome::Delivered]);
    assert!(is_retry(&write(&sink, &events).await[0], "InvalidEndpointException"));
    assert_eq!(write(&sink, &events).await, [Outcome::Delivered]);
    let cell = |number| format!("WriteRecords ingest-cell{number}.timestream.us-east-1.amazonaws.com");
    let describe = "DescribeEndpoints ingest.timestream.us-east-1.amazonaws.com".to_string();
    let expected = [describe.clone(), cell(1), cell(1), describe, cell(2)];
    assert_eq!(*cells.0.lock().unwrap(), expected);
}
