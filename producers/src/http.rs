//! PutRecords over HTTP, as the embedded Kinesis speaks it on a loopback port: JSON, data in base64, no TLS and no
//! signature (Amazon Kinesis Data Streams API reference, PutRecords; the signature is AWS's own servers' to ask for).

use crate::put_records::{PutEntry, PutError, PutRecordsApi, PutResult};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_schemas::escape::string_into;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Deserialize;
use std::time::Duration;

/// Longest wait for one call's answer.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A client of one endpoint; connections are kept and used again.
#[derive(Clone)]
pub struct HttpPutRecords {
    agent: ureq::Agent,
    url: String,
}

impl HttpPutRecords {
    /// Of the endpoint at this URL, `http://127.0.0.1:4567`; without the scheme it is `http`.
    pub fn new(endpoint: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(CALL_TIMEOUT))
            .user_agent("catchwater");
        let scheme = if endpoint.contains("://") { "" } else { "http://" };
        let url = format!("{scheme}{}/", endpoint.trim_end_matches('/'));
        Self { agent: config.build().new_agent(), url }
    }

    fn call(&self, body: &[u8]) -> Result<Vec<PutResult>, PutError> {
        let unavailable = |cause: ureq::Error| PutError::Unavailable(format!("{}: {cause}", self.url));
        let request = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("X-Amz-Target", "Kinesis_20131202.PutRecords");
        let mut response = request.send(body).map_err(unavailable)?;
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_vec().map_err(unavailable)?;
        match status {
            200 => results(&answer),
            _ => Err(refusal(status, &answer)),
        }
    }
}

impl PutRecordsApi for HttpPutRecords {
    fn put_records<'a>(
        &'a self,
        stream: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        async move {
            let body = body(stream, entries);
            let client = self.clone();
            let called = tokio::task::spawn_blocking(move || client.call(&body)).await;
            called.unwrap_or_else(|_| Err(PutError::Unavailable("the call was broken off".into())))
        }
        .boxed()
    }
}

fn body(stream: &str, entries: &[PutEntry]) -> Vec<u8> {
    let data: usize = entries.iter().map(|e| e.data.len() / 3 * 4 + e.partition_key.len() + 100).sum();
    let mut out = Vec::with_capacity(data + 100);
    out.extend_from_slice(b"{\"StreamName\":");
    string_into(stream, &mut out);
    let mut before: &[u8] = b",\"Records\":[{\"Data\":\"";
    for entry in entries {
        out.extend_from_slice(before);
        before = b",{\"Data\":\"";
        let at = out.len();
        out.resize(at + entry.data.len().div_ceil(3) * 4, 0);
        let written = STANDARD.encode_slice(&entry.data, &mut out[at..]);
        out.truncate(at + written.expect("base64 makes four bytes of three"));
        out.extend_from_slice(b"\",\"PartitionKey\":");
        string_into(&entry.partition_key, &mut out);
        if let Some(hash_key) = &entry.explicit_hash_key {
            out.extend_from_slice(b",\"ExplicitHashKey\":");
            string_into(hash_key, &mut out);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    records: Vec<AnswerRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerRecord {
    shard_id: Option<String>,
    sequence_number: Option<String>,
    error_code: Option<String>,
    error_message: Option<String>,
}

fn results(answer: &[u8]) -> Result<Vec<PutResult>, PutError> {
    let answer: Answer = serde_json::from_slice(answer)
        .map_err(|e| PutError::Unavailable(format!("its answer is no PutRecords answer: {e}")))?;
    let result = |record: AnswerRecord| match (record.error_code, record.shard_id, record.sequence_number) {
        (None, Some(shard_id), Some(sequence_number)) => PutResult::Accepted { shard_id, sequence_number },
        (code, ..) => PutResult::Failed {
            code: code.unwrap_or_else(|| "InternalFailure".into()),
            message: record.error_message.unwrap_or_default(),
        },
    };
    Ok(answer.records.into_iter().map(result).collect())
}

/// Errors of AWS JSON services name their type in `__type`, maybe after a namespace and `#`.
#[derive(Default, Deserialize)]
struct ErrorAnswer {
    #[serde(rename = "__type", default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

/// Codes of a call that may pass later (API reference, PutRecords, Errors).
const LATER: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "LimitExceededException",
    "KMSThrottlingException",
    "ThrottlingException",
];

fn refusal(status: u16, answer: &[u8]) -> PutError {
    let error: ErrorAnswer = serde_json::from_slice(answer).unwrap_or_default();
    let code = error.code.rsplit('#').next().unwrap_or_default();
    if status >= 500 || status == 429 || LATER.contains(&code) {
        return PutError::Unavailable(format!("HTTP {status} {code} {}", error.message));
    }
    let code = if code.is_empty() { format!("HTTP {status}") } else { code.to_string() };
    PutError::Refused { code, message: error.message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    fn entry(key: &str, hash_key: Option<&str>, data: &[u8]) -> PutEntry {
        PutEntry {
            partition_key: key.into(),
            explicit_hash_key: hash_key.map(String::from),
            data: data.to_vec().into(),
        }
    }

    /// Answers one call; what the client sent, head and body.
    fn answer_once(listener: TcpListener, status: &str, answer: &str) -> (String, serde_json::Value) {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let from = head.len();
            reader.read_line(&mut head).unwrap();
            let line = head[from..].trim().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let head_out =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
        reader.get_mut().write_all((head_out + answer).as_bytes()).unwrap();
        (head.to_ascii_lowercase(), serde_json::from_slice(&body).unwrap())
    }

    fn call(
        status: &'static str,
        answer: &'static str,
    ) -> (Result<Vec<PutResult>, PutError>, serde_json::Value) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = HttpPutRecords::new(&listener.local_addr().unwrap().to_string());
        let server = std::thread::spawn(move || answer_once(listener, status, answer));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entries = [entry("a\"b", None, b"\xff\x00one"), entry("k", Some("7"), b"")];
        let result = runtime.block_on(client.put_records("raw", &entries));
        let (head, body) = server.join().unwrap();
        assert!(head.contains("x-amz-target: kinesis_20131202.putrecords"), "{head}");
        (result, body)
    }

    #[test]
    fn the_call_is_kinesis_and_each_record_has_its_own_answer() {
        let (results, body) = call(
            "200 OK",
            r#"{"FailedRecordCount":1,"Records":[{"ShardId":"s","SequenceNumber":"9"},{"ErrorCode":"InternalFailure","ErrorMessage":"m"}]}"#,
        );
        let accepted = PutResult::Accepted { shard_id: "s".into(), sequence_number: "9".into() };
        assert_eq!(results.unwrap(), [accepted, PutResult::failed("InternalFailure", "m")]);
        let expected = serde_json::json!({"StreamName": "raw", "Records": [
            {"Data": STANDARD.encode(b"\xff\x00one"), "PartitionKey": "a\"b"},
            {"Data": "", "PartitionKey": "k", "ExplicitHashKey": "7"},
        ]});
        assert_eq!(body, expected);
    }

    #[test]
    fn what_may_pass_later_is_told_from_what_never_will() {
        let cases = [
            (
                "400 Bad Request",
                r#"{"__type":"com.amazonaws.kinesis#ResourceNotFoundException","message":"no"}"#,
                "ResourceNotFoundException",
            ),
            ("400 Bad Request", r#"{"__type":"LimitExceededException","Message":"slow"}"#, ""),
            ("500 Oops", "", ""),
            ("403 Forbidden", "<html>", "HTTP 403"),
            ("200 OK", "{}", ""),
        ];
        for (status, answer, refused) in cases {
            match call(status, answer).0.unwrap_err() {
                PutError::Refused { code, .. } => assert_eq!(code, refused, "{status}"),
                PutError::Unavailable(cause) => assert_eq!("", refused, "{status}: {cause}"),
            }
        }
    }

    #[test]
    fn nobody_there_is_unavailable_and_names_the_place() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let client = HttpPutRecords::new(&format!("http://{address}/"));
        let error = client.call(&body("raw", &[])).unwrap_err();
        assert!(matches!(&error, PutError::Unavailable(cause) if cause.contains(&address)), "{error}");
    }
}
