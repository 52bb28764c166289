//! Files on disk through to an endpoint that keeps what it takes.

use super::*;
use crate::put_records::{PutError, PutRecordsApi, PutSettings};
use catchwater_consumer_core::world::{SystemClock, SystemRng};
use futures::future::BoxFuture;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// Takes `room` records, then fails for good.
struct Taking {
    records: Mutex<Vec<PutEntry>>,
    room: usize,
}

impl PutRecordsApi for Taking {
    fn put_records<'a>(
        &'a self,
        _: &'a str,
        entries: &'a [PutEntry],
    ) -> BoxFuture<'a, Result<Vec<PutResult>, PutError>> {
        Box::pin(async move {
            let mut records = self.records.lock().unwrap();
            let answers = entries.iter().map(|entry| {
                if records.len() >= self.room {
                    return PutResult::failed("InternalFailure", "full");
                }
                records.push(entry.clone());
                PutResult::Accepted { shard_id: "0".into(), sequence_number: records.len().to_string() }
            });
            Ok(answers.collect())
        })
    }
}

fn writer(room: usize) -> (PutRecords, Arc<Taking>) {
    let api = Arc::new(Taking { records: Mutex::default(), room });
    let settings = PutSettings { patience: Some(Duration::from_millis(20)), ..PutSettings::default() };
    let writer = PutRecords::new(api.clone(), "raw", Arc::new(SystemClock), Arc::new(SystemRng), settings);
    (writer, api)
}

fn source(path: &Path) -> Source {
    Source {
        input: Input::File(path.into()),
        log: crate::file::log_stream_of(path),
        hint: Hint { format: Some("plain".into()), service: None },
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack(entry: &PutEntry) -> serde_json::Value {
    let mut json = String::new();
    flate2::read::GzDecoder::new(&entry.data[..]).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn ids_and_messages(api: &Taking) -> Vec<(String, String)> {
    let records = api.records.lock().unwrap();
    let events = records.iter().flat_map(|r| unpack(r)["logEvents"].as_array().unwrap().clone());
    events.map(|e| (e["id"].as_str().unwrap().into(), e["message"].as_str().unwrap().into())).collect()
}

fn messages(api: &Taking) -> Vec<String> {
    ids_and_messages(api).into_iter().map(|(_, message)| message).collect()
}

fn put(writer: &PutRecords, sources: Vec<Source>) -> Result<Loaded, NotPut> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(put_sources(writer, sources, |_| {}))
}

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn lines_come_whole_and_in_order_with_ids_that_stay() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = (0..60_000).map(|n| format!("line {n} {}", "x".repeat(n % 97))).collect();
    let text = lines.join("\r\n") + "\nlast without end";
    let plain = file(&folder, "a.log", text.as_bytes());
    let packed = file(&folder, "b.log.gz", &gzip(text.as_bytes()));
    let (writer, api) = writer(usize::MAX);
    let loaded = put(&writer, vec![source(&plain)]).unwrap();
    assert_eq!(loaded.progress.log_events, 60_001);
    assert_eq!(
        (loaded.progress.bytes_read, loaded.progress.bytes_total),
        (text.len() as u64, text.len() as u64)
    );
    assert_eq!((loaded.changed, loaded.unread.len()), (Changed::default(), 0));
    let first = ids_and_messages(&api);
    let expected: Vec<&str> = lines.iter().map(String::as_str).chain(["last without end"]).collect();
    assert!(first.iter().map(|(_, m)| m.as_str()).eq(expected), "lines differ");
    let at = text.find("line 777 ").unwrap();
    assert!(first[777].0.ends_with(&format!(":0:{at}")));
    let envelope = unpack(&api.records.lock().unwrap()[0]);
    assert_eq!(envelope["catchwater"]["format"], "plain");
    assert_eq!(envelope["logGroup"], plain.to_str().unwrap());
    let changed = std::fs::metadata(&plain).unwrap().modified().unwrap();
    let millis = changed.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    assert_eq!(envelope["logEvents"][0]["timestamp"], millis);
    api.records.lock().unwrap().clear();
    put(&writer, vec![source(&packed), source(&plain)]).unwrap();
    let again = ids_and_messages(&api);
    assert!(
        again[..60_001] == first && again[60_001..] == first,
        "packed or not, ids and lines are the same"
    );
}

#[test]
fn envelopes_go_as_they_are_and_large_ones_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let noise: String = {
        let mut bytes = vec![0; 1 << 20];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes.iter().map(|b| char::from(b' ' + 2 + b % 58)).collect()
    };
    let events = noise.as_bytes().chunks(50_000).enumerate().map(|(n, text)| {
        serde_json::json!({"id": n.to_string(), "timestamp": 1, "message": String::from_utf8_lossy(text), "extra": 1})
    });
    let events: Vec<_> = events.clone().chain(events).collect();
    let large = serde_json::json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g",
        "logStream": "s", "policyLevel": "ACCOUNT", "logEvents": events});
    let small = r#"{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g", "logStream":"s","logEvents":[{"id":"7","timestamp":1,"message":"m"}]}"#;
    let text = format!("{small}{small}\n{large}\n{small}");
    for (name, bytes) in [("a", text.clone().into_bytes()), ("b.gz", gzip(text.as_bytes()))] {
        let (writer, api) = writer(usize::MAX);
        let loaded = put(&writer, vec![source(&file(&folder, name, &bytes))]).unwrap();
        assert_eq!((loaded.too_large, loaded.unread.len()), (0, 0));
        let records = api.records.lock().unwrap();
        assert!(records.len() > 4 && records.iter().all(|r| r.data.len() <= 1 << 20));
        let mut first = String::new();
        flate2::read::GzDecoder::new(&records[0].data[..]).read_to_string(&mut first).unwrap();
        assert_eq!(first, small);
        let parts: Vec<_> = records[2..records.len() - 1].iter().map(unpack).collect();
        assert!(parts.iter().all(|p| p["policyLevel"] == "ACCOUNT" && p["logGroup"] == "g"));
        let joined = parts.iter().flat_map(|p| p["logEvents"].as_array().unwrap().clone());
        assert!(joined.eq(large["logEvents"].as_array().unwrap().clone()), "log events differ");
    }
}

#[test]
fn a_large_document_of_records_is_put_in_parts_that_are_documents() {
    let folder = tempfile::tempdir().unwrap();
    let records: Vec<_> =
        (0..30_000).map(|n| serde_json::json!({"eventID": n, "eventName": "GetObject"})).collect();
    let text = serde_json::to_string_pretty(&serde_json::json!({ "Records": records })).unwrap();
    assert!(text.len() > MAX_LINE);
    let (writer, api) = writer(usize::MAX);
    let loaded = put(&writer, vec![source(&file(&folder, "trail.json", text.as_bytes()))]).unwrap();
    assert_eq!(loaded.changed, Changed::default());
    let found = ids_and_messages(&api);
    assert!(found.len() > 1);
    let joined = found.iter().flat_map(|(_, message)| {
        let part: serde_json::Value = serde_json::from_str(message).unwrap();
        part["Records"].as_array().unwrap().clone()
    });
    assert!(joined.eq(records), "records differ");
    let mut ids: Vec<_> = found.iter().map(|(id, _)| id).collect();
    ids.dedup();
    assert_eq!(ids.len(), found.len());
}

const MAX_LINE: usize = crate::lines::MAX_LINE_BYTES;

#[test]
fn a_source_that_cannot_be_read_is_named_and_the_others_are_put() {
    let folder = tempfile::tempdir().unwrap();
    let mut cut = gzip(&b"one\ntwo\n".repeat(100_000));
    cut.truncate(cut.len() / 2);
    let sources = vec![
        source(&folder.path().join("missing.log")),
        source(folder.path()),
        source(&file(&folder, "cut.gz", &cut)),
        source(&file(&folder, "good.log", b"good\n\xff\n")),
        source(&file(&folder, "empty.log", b"")),
    ];
    let (writer, api) = writer(usize::MAX);
    let loaded = put(&writer, sources).unwrap();
    let names: Vec<_> = loaded.unread.iter().map(|u| u.name.rsplit('/').next().unwrap()).collect();
    assert_eq!(names[..1], ["missing.log"]);
    assert_eq!((names[2], names.len()), ("cut.gz", 3));
    let found = messages(&api);
    assert!(found.len() > 1000 && found.ends_with(&["good".into(), "\u{fffd}".into()]));
    assert_eq!(loaded.changed.replaced, 1);
}

#[test]
fn a_stream_that_takes_no_more_is_an_error_with_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.log", &b"line\n".repeat(100_000));
    let (writer, api) = writer(3);
    let error = put(&writer, vec![source(&path)]).unwrap_err();
    assert_eq!((error.code.as_str(), error.progress.records), ("InternalFailure", 3));
    assert_eq!(error.progress.log_events as usize, messages(&api).len());
}

#[test]
fn what_comes_by_a_pipe_is_sent_when_the_pipe_falls_silent() {
    let (reader, mut pipe) = std::io::pipe().unwrap();
    let (writer, api) = writer(usize::MAX);
    let input = Input::Reader { run: "run7".into(), timestamp_millis: 5, reader: Box::new(reader) };
    let piped = Source { input, log: LogStream::default(), hint: Hint::default() };
    let (told, accepted) = std::sync::mpsc::channel();
    let putting = std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(put_sources(&writer, vec![piped], |p| told.send(p.log_events).unwrap())).unwrap()
    });
    pipe.write_all(b"one\ntwo\nthr").unwrap();
    assert_eq!(accepted.recv().unwrap(), 2, "the partial line waits for its end");
    pipe.write_all(b"ee\n").unwrap();
    assert_eq!(accepted.recv().unwrap(), 3);
    drop(pipe);
    assert_eq!(putting.join().unwrap().progress.records, 2);
    let ids: Vec<_> = ids_and_messages(&api).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["r:run7:0", "r:run7:4", "r:run7:8"]);
}
