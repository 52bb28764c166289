//! The wire API as clients use it: iterators, limits, CBOR, and who is let in.
#![allow(clippy::unwrap_used, reason = "tests")]

mod client;

use ciborium::Value as Cbor;
use client::{Hand, Running, cbor, json, send, target};
use serde_json::{Value, json as j};
use std::sync::Arc;
use std::time::Duration;

const START: i64 = 1_700_000_000_000;

fn server() -> (tempfile::TempDir, Hand, Running) {
    let (folder, clock) = (tempfile::tempdir().unwrap(), Hand::at(START));
    let server = Running::start(folder.path(), Arc::new(clock.clone()));
    server.ok("CreateStream", j!({"StreamName": "s", "ShardCount": 1}));
    (folder, clock, server)
}

fn put(server: &Running, data: &str) -> String {
    let put = server.ok("PutRecord", j!({"StreamName": "s", "PartitionKey": "k\"é", "Data": data}));
    put["SequenceNumber"].as_str().unwrap().to_string()
}

fn iterator(server: &Running, more: Value) -> String {
    let mut body = j!({"StreamName": "s", "ShardId": "shardId-000000000000"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.ok("GetShardIterator", body)["ShardIterator"].as_str().unwrap().to_string()
}

fn data(records: &Value) -> Vec<&str> {
    records["Records"].as_array().unwrap().iter().map(|r| r["Data"].as_str().unwrap()).collect()
}

#[test]
fn each_kind_of_iterator_begins_where_it_says() {
    let (_folder, clock, server) = server();
    let first = put(&server, "MQ==");
    clock.advance(Duration::from_secs(10));
    let second = put(&server, "Mg==");
    let get = |more: Value| server.ok("GetRecords", j!({"ShardIterator": iterator(&server, more)}));
    assert_eq!(data(&get(j!({"ShardIteratorType": "TRIM_HORIZON"}))), ["MQ==", "Mg=="]);
    let at = |kind: &str, number: &str| j!({"ShardIteratorType": kind, "StartingSequenceNumber": number});
    assert_eq!(data(&get(at("AT_SEQUENCE_NUMBER", &second))), ["Mg=="]);
    assert_eq!(data(&get(at("AFTER_SEQUENCE_NUMBER", &first))), ["Mg=="]);
    assert!(data(&get(at("AFTER_SEQUENCE_NUMBER", &second))).is_empty());
    let since = |seconds: f64| j!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": seconds});
    let begin = START as f64 / 1000.0;
    assert_eq!(data(&get(since(begin))), ["MQ==", "Mg=="]);
    assert_eq!(data(&get(since(begin + 0.001))), ["Mg=="]);
    clock.advance(Duration::from_secs(10));
    assert!(data(&get(since(begin + 15.0))).is_empty());
    let latest = iterator(&server, j!({"ShardIteratorType": "LATEST"}));
    put(&server, "Mw==");
    let read = server.ok("GetRecords", j!({"ShardIterator": latest}));
    assert_eq!(data(&read), ["Mw=="]);
    assert_eq!(read["MillisBehindLatest"], 0);
    let record = &read["Records"][0];
    assert_eq!(record["PartitionKey"], "k\"é");
    assert_eq!(record["ApproximateArrivalTimestamp"], 1_700_000_020.0);
    let next = server.ok("GetRecords", j!({"ShardIterator": read["NextShardIterator"]}));
    assert!(data(&next).is_empty());
}

#[test]
fn get_records_is_bounded_and_says_how_far_behind_it_is() {
    let (_folder, clock, server) = server();
    let megabyte = "QUFB".repeat(349_000);
    for _ in 0..12 {
        put(&server, &megabyte);
        clock.advance(Duration::from_secs(1));
    }
    let iterator = iterator(&server, j!({"ShardIteratorType": "TRIM_HORIZON"}));
    let two = server.ok("GetRecords", j!({"ShardIterator": iterator, "Limit": 2}));
    assert_eq!((data(&two).len(), two["MillisBehindLatest"].as_i64()), (2, Some(11_000)));
    let ten = server.ok("GetRecords", j!({"ShardIterator": iterator}));
    assert_eq!(data(&ten).len(), 10, "10 MiB, not 12");
    let rest = server.ok("GetRecords", j!({"ShardIterator": ten["NextShardIterator"]}));
    assert_eq!((data(&rest).len(), rest["MillisBehindLatest"].as_i64()), (2, Some(0)));
    clock.advance(Duration::from_secs(301));
    let expired = server.error("GetRecords", j!({"ShardIterator": iterator}));
    assert_eq!(expired, (400, "ExpiredIteratorException".into()));
}

#[test]
fn a_closed_shard_ends_with_its_children() {
    let (_folder, _clock, server) = server();
    put(&server, "MQ==");
    let middle = (1u128 << 127).to_string();
    let split = j!({"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": middle});
    server.ok("SplitShard", split);
    let iterator = iterator(&server, j!({"ShardIteratorType": "TRIM_HORIZON"}));
    let read = server.ok("GetRecords", j!({"ShardIterator": iterator}));
    assert_eq!(data(&read), ["MQ=="]);
    assert!(read.get("NextShardIterator").is_none());
    assert_eq!(read["ChildShards"].as_array().unwrap().len(), 2);
    assert_eq!(read["ChildShards"][1]["HashKeyRange"]["StartingHashKey"], middle);
    let shards = |filter: Value| {
        let listed = server.ok("ListShards", j!({"StreamName": "s", "ShardFilter": filter}));
        let ids =
            listed["Shards"].as_array().unwrap().iter().map(|s| s["ShardId"].as_str().unwrap().to_string());
        ids.map(|id| id.trim_start_matches("shardId-00000000000").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shards(j!({"Type": "FROM_TRIM_HORIZON"})), ["0", "1", "2"]);
    assert_eq!(shards(j!({"Type": "AT_TRIM_HORIZON"})), ["0"]);
    assert_eq!(shards(j!({"Type": "AT_LATEST"})), ["1", "2"]);
    assert_eq!(shards(j!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"})), ["2"]);
    let page = server.ok("ListShards", j!({"StreamName": "s", "MaxResults": 2}));
    let rest = server.ok("ListShards", j!({"NextToken": page["NextToken"]}));
    assert_eq!(rest["Shards"][0]["ShardId"], "shardId-000000000002");
    let merge = j!({"StreamName": "s", "ShardToMerge": "shardId-000000000002", "AdjacentShardToMerge": "shardId-000000000001"});
    server.ok("MergeShards", merge);
    assert_eq!(shards(j!({"Type": "AT_LATEST"})), ["3"]);
}

#[test]
fn what_is_too_large_is_refused_in_awss_words() {
    let (_folder, _clock, server) = server();
    let record = |bytes: usize| j!({"PartitionKey": "k", "Data": "A".repeat(bytes.div_ceil(3) * 4)});
    let call = |records: Vec<Value>| j!({"StreamName": "s", "Records": records});
    assert_eq!(server.error("PutRecords", call(vec![])).1, "ValidationException");
    assert_eq!(server.error("PutRecords", call(vec![record(3); 501])).1, "ValidationException");
    assert_eq!(server.error("PutRecords", call(vec![record((1 << 20) + 2)])).1, "ValidationException");
    assert_eq!(server.error("PutRecords", call(vec![record(1 << 20)])).1, "ValidationException");
    assert_eq!(
        server.error("PutRecords", call(vec![record((1 << 20) - 4); 11])).1,
        "InvalidArgumentException"
    );
    let taken = server.ok("PutRecords", call(vec![record((1 << 20) - 4); 9]));
    assert_eq!(taken["FailedRecordCount"], 0);
    let huge = j!({"StreamName": "s", "Records": [record(16 << 20)]});
    assert_eq!(server.error("PutRecords", huge), (413, "SerializationException".into()));
    let long = j!({"StreamName": "s".repeat(300_000), "ShardCount": 1});
    assert_eq!(server.error("CreateStream", long), (413, "SerializationException".into()));
}

fn map(pairs: &[(&str, Cbor)]) -> Vec<u8> {
    let pairs = pairs.iter().map(|(key, value)| (Cbor::from(*key), value.clone())).collect();
    let mut body = Vec::new();
    ciborium::into_writer(&Cbor::Map(pairs), &mut body).unwrap();
    body
}

fn field(reply: &Cbor, name: &str) -> Cbor {
    let pairs = reply.as_map().unwrap();
    pairs
        .iter()
        .find(|(key, _)| key.as_text() == Some(name))
        .unwrap_or_else(|| panic!("{name} in {reply:?}"))
        .1
        .clone()
}

#[test]
fn cbor_says_the_same_as_json() {
    let (_folder, clock, server) = server();
    let call = |operation: &str, pairs: &[(&str, Cbor)]| -> Cbor {
        let reply = cbor(&server.url, operation, &map(pairs));
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("content-type"), "application/x-amz-cbor-1.1");
        ciborium::from_reader(&reply.body[..]).unwrap()
    };
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let entry = |data: &[u8]| {
        Cbor::Map(vec![("Data".into(), Cbor::Bytes(data.to_vec())), ("PartitionKey".into(), "k".into())])
    };
    let records = Cbor::Array(vec![entry(&bytes), entry(b""), entry(b"small")]);
    clock.set(START + 123);
    let put = call("PutRecords", &[("StreamName", "s".into()), ("Records", records)]);
    assert_eq!(field(&put, "FailedRecordCount"), Cbor::from(0));
    clock.set(START + 1_000);
    let since = Cbor::Tag(1, Box::new(Cbor::from(START + 100)));
    let place = [
        ("StreamName", "s".into()),
        ("ShardId", "shardId-000000000000".into()),
        ("ShardIteratorType", "AT_TIMESTAMP".into()),
        ("Timestamp", since),
    ];
    let iterator = field(&call("GetShardIterator", &place), "ShardIterator");
    let read = call("GetRecords", &[("ShardIterator", iterator)]);
    let records = field(&read, "Records").into_array().unwrap();
    assert_eq!(
        records.iter().map(|r| field(r, "Data")).collect::<Vec<_>>(),
        [Cbor::Bytes(bytes), Cbor::Bytes(vec![]), Cbor::Bytes(b"small".to_vec())]
    );
    // AWS's SDKs read milliseconds under tag 1.
    assert_eq!(
        field(&records[0], "ApproximateArrivalTimestamp"),
        Cbor::Tag(1, Box::new(Cbor::from(START + 123)))
    );
    let summary =
        field(&call("DescribeStreamSummary", &[("StreamName", "s".into())]), "StreamDescriptionSummary");
    assert_eq!(field(&summary, "StreamCreationTimestamp"), Cbor::Tag(1, Box::new(Cbor::from(START))));
    let refused = cbor(&server.url, "DescribeStream", &map(&[("StreamName", "none".into())]));
    let error: Cbor = ciborium::from_reader(&refused.body[..]).unwrap();
    assert_eq!((refused.status, field(&error, "__type")), (400, "ResourceNotFoundException".into()));
}

/// What the Java SDK sends: maps and lists without length.
#[test]
fn cbor_of_indefinite_length_is_read() {
    let (_folder, _clock, server) = server();
    let mut body = vec![0xbf];
    let text = |body: &mut Vec<u8>, text: &str| ciborium::into_writer(text, body).unwrap();
    text(&mut body, "StreamName");
    text(&mut body, "s");
    text(&mut body, "Records");
    body.extend_from_slice(&[0x9f, 0xbf]);
    text(&mut body, "PartitionKey");
    text(&mut body, "k");
    text(&mut body, "Data");
    body.extend_from_slice(&[0x43, 1, 2, 3, 0xff, 0xff, 0xff]);
    assert_eq!(cbor(&server.url, "PutRecords", &body).status, 200);
    assert_eq!(server.streams.get("s").unwrap().statistics().bytes, 4);
}

#[test]
fn no_web_page_comes_in() {
    let (_folder, _clock, server) = server();
    let list = |headers: &[(&str, &str)]| {
        let target = target("ListStreams");
        let mut all = vec![("content-type", "application/json"), target.borrow()];
        all.extend_from_slice(headers);
        let reply = send(&server.url, &all, b"{}");
        (reply.status, reply.value()["__type"].as_str().unwrap_or_default().to_string())
    };
    assert_eq!(list(&[]).0, 200);
    let denied = (403, "AccessDeniedException".to_string());
    assert_eq!(list(&[("origin", "http://localhost:3000")]), denied);
    assert_eq!(list(&[("sec-fetch-site", "cross-site")]), denied);
    assert_eq!(list(&[("host", "rebound.example:4567")]), denied);
    let target = target("ListStreams");
    let form = send(&server.url, &[("content-type", "text/plain"), target.borrow()], b"{}");
    assert_eq!(form.value()["__type"], "UnknownOperationException");
}

#[test]
fn a_stream_is_also_known_by_its_arn_and_pipelines_streams_stay() {
    let (_folder, _clock, server) = server();
    let arn =
        server.ok("DescribeStreamSummary", j!({"StreamName": "s"}))["StreamDescriptionSummary"]["StreamARN"]
            .clone();
    server.ok("PutRecord", j!({"StreamARN": arn, "PartitionKey": "k", "Data": "", "StreamName": null}));
    server.ok("PutRecords", j!({"StreamARN": arn, "Records": [{"PartitionKey": "k", "Data": ""}]}));
    assert_eq!(server.ok("ListShards", j!({"StreamARN": arn}))["Shards"].as_array().unwrap().len(), 1);
    server.streams.ensure("raw", catchwater_stream::StreamSettings::default()).unwrap();
    assert_eq!(
        server.error("DeleteStream", j!({"StreamName": "raw"})),
        (400, "ResourceInUseException".into())
    );
    server.ok("DeleteStream", j!({"StreamARN": arn}));
    assert_eq!(server.ok("ListStreams", j!({}))["StreamNames"], j!(["raw"]));
    server.ok("CreateStream", j!({"StreamName": "d", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}));
    assert_eq!(server.ok("DescribeLimits", j!({}))["OpenShardCount"], 5);
    let many = server.error("CreateStream", j!({"StreamName": "m", "ShardCount": 1000}));
    assert_eq!(many, (400, "LimitExceededException".into()));
    server.ok("IncreaseStreamRetentionPeriod", j!({"StreamName": "d", "RetentionPeriodHours": 8760}));
    let less =
        server.error("IncreaseStreamRetentionPeriod", j!({"StreamName": "d", "RetentionPeriodHours": 48}));
    assert_eq!(less.1, "InvalidArgumentException");
}

#[test]
fn answers_carry_ids_and_a_page_of_names_goes_on() {
    let (_folder, _clock, server) = server();
    let reply = json(&server.url, "ListStreams", &j!({}));
    assert!(!reply.header("x-amzn-requestid").is_empty() && !reply.header("x-amz-id-2").is_empty());
    server.ok("CreateStream", j!({"StreamName": "t", "ShardCount": 1}));
    let page = server.ok("ListStreams", j!({"Limit": 1}));
    assert_eq!((&page["StreamNames"], &page["HasMoreStreams"]), (&j!(["s"]), &j!(true)));
    assert_eq!(server.ok("ListStreams", j!({"NextToken": page["NextToken"]}))["StreamNames"], j!(["t"]));
}
