//! What the functions are measured with: events of Lambda's full size, and their variables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_mapping::lambda_event::write::{MAX_EVENT_BYTES, Source, fitting, write};
use catchwater_mapping::stream::{Record, SequenceNumber};
use catchwater_mapping::target::Batch;
use catchwater_schemas::record::{Packer, Packing};
use catchwater_tests::access_lines::access_lines;
use catchwater_tests::cloud::CREDENTIALS;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Packed, Parts, Report, Scratch, Transform};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

const SHARD: &str = "shardId-000000000000";
/// Log events of an envelope.
const LINES: usize = 2_000;

/// Raw records: envelopes of CloudWatch Logs, gzip, of [`LINES`] access lines each.
pub fn envelopes(count: usize) -> Vec<Vec<u8>> {
    let lines: Vec<String> = access_lines((count * LINES) as u64).collect();
    let envelope = |(n, lines): (usize, &[String])| {
        let event = |(at, line): (usize, &String)| {
            let id = format!("{:056}", n * LINES + at);
            json!({"id": id, "timestamp": 1_697_000_000_000u64 + (n * LINES + at) as u64, "message": line.trim_end()})
        };
        let body = json!({
            "messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/web/access", "logStream": format!("s{n}"),
            "subscriptionFilters": ["all"], "logEvents": lines.iter().enumerate().map(event).collect::<Vec<_>>(),
        });
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        packer.write_all(body.to_string().as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    lines.chunks(LINES).enumerate().map(envelope).collect()
}

/// The transform as a library, on this thread: event records, zstd, and the number of their events.
pub fn event_records(transform: &Transform, envelopes: &[Vec<u8>]) -> (Vec<Vec<u8>>, u64) {
    let (mut scratch, mut report, mut packer) =
        (Scratch::new(), Report::default(), Packer::new(Packing::Zstd));
    let mut records = Vec::new();
    for (origin, data) in envelopes.iter().enumerate() {
        let raw =
            RawRecord { data, stream: "raw", shard: SHARD, sequence_number: "1", ..RawRecord::default() };
        let mut out = Packed { packer: &mut packer, origin: origin as u32 };
        transform.record(&raw, &mut scratch, &mut out, &mut report);
        records.extend(packer.take_full());
    }
    records.extend(packer.finish());
    assert!(report.faults.is_empty() && report.account.unparsed.is_empty(), "{:?}", report.account);
    (records.into_iter().map(|record| record.data).collect(), report.account.delivered)
}

/// The transform with its defaults.
pub fn transform() -> Transform {
    Transform::new(&Parts::default()).unwrap()
}

/// Lambda's event of a Kinesis stream, as full as one may be, and how many of the records it holds.
pub fn full_event(records: &[Vec<u8>]) -> (Vec<u8>, usize) {
    let record = |(n, data): (usize, &Vec<u8>)| Record {
        sequence_number: SequenceNumber(format!("4959033827149025660855969253836157109{n:019}")),
        partition_key: n.to_string(),
        arrival_millis: 1_697_000_000_000,
        data: data.clone().into(),
    };
    let records: Vec<Record> = records.iter().enumerate().map(record).collect();
    let source = Source {
        stream_arn: "arn:aws:kinesis:us-east-1:000000000000:stream/raw",
        invoke_identity_arn: "arn:aws:iam::000000000000:role/f",
    };
    let batch = Batch {
        stream: "raw",
        shard: SHARD,
        records: &records,
        tries: 0,
        first_try_millis: 0,
        time_left: Duration::ZERO,
    };
    let held = fitting(&batch, &source, MAX_EVENT_BYTES);
    assert!(held < records.len(), "the event is not full");
    (write(&Batch { records: &records[..held], ..batch }, &source), held)
}

/// Firehose's event of a raw stream: of the records those that its buffer hint (`BufferSizeInMBs`) has room for, and how many they are.
pub fn firehose_event(records: &[Vec<u8>], hint_mb: usize) -> (Vec<u8>, usize) {
    let mut room = hint_mb << 20;
    let fits = |data: &&Vec<u8>| {
        let left = room.checked_sub(data.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let record = |(n, data): (usize, &Vec<u8>)| {
        let place = json!({
            "shardId": SHARD, "partitionKey": "1", "sequenceNumber": format!("4959033827149025660855969253836157109{n:019}"),
            "subsequenceNumber": 0, "approximateArrivalTimestamp": 1_697_000_000_000u64,
        });
        json!({
            "recordId": n.to_string(), "approximateArrivalTimestamp": 1_697_000_000_000u64, "data": STANDARD.encode(data),
            "kinesisRecordMetadata": place,
        })
    };
    let records: Vec<Value> = records.iter().take_while(fits).enumerate().map(record).collect();
    let event = json!({
        "invocationId": "i", "deliveryStreamArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/archive",
        "sourceKinesisStreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/raw", "region": "us-east-1", "records": records,
    });
    (event.to_string().into_bytes(), records.len())
}

/// What Firehose got of such an event: the data of the records that are `Ok`, by their number among those sent.
pub fn firehose_answer(answer: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let records = answer["records"].as_array().unwrap().iter().enumerate();
    let taken = records.filter(|(_, record)| record["result"] == "Ok");
    taken.map(|(n, record)| (n, STANDARD.decode(record["data"].as_str().unwrap()).unwrap())).collect()
}

/// A function's variables; what it writes to is at `endpoint`, dead letters go to a folder.
pub fn variables(function: &str, endpoint: &str, letters: &str) -> Vec<(&'static str, String)> {
    let configuration = match function {
        "transform" => String::new(),
        "to-elasticsearch" | "to-influxdb" | "to-loki" => {
            let sink = &function["to-".len()..];
            let more = if sink == "influxdb" { "database = \"logs\"\n" } else { "" };
            format!("[sink.{sink}]\nurl = \"{endpoint}\"\n{more}")
        }
        "to-firehose" => "[sink.firehose]\ndelivery_stream = \"archive\"\n".to_string(),
        "to-timestream" => "[sink.timestream]\ndatabase = \"logs\"\ntable = \"events\"\n".to_string(),
        unknown => panic!("no function {unknown}"),
    };
    let mut variables: Vec<(&str, String)> =
        CREDENTIALS.iter().map(|(name, value)| (*name, value.to_string())).collect();
    variables.extend([
        ("AWS_ENDPOINT_URL", endpoint.to_string()),
        ("CATCHWATER_CONFIG_TEXT", configuration),
        ("CATCHWATER_DEAD_LETTER_FOLDER", letters.to_string()),
        ("CATCHWATER_EVENT_STREAM", "events".to_string()),
    ]);
    variables
}
