//! What our AWS tests stand on does what they rely on: moto, ministack and microburst, each on the real thing. Where an
//! emulator is not as AWS is, a test here says so, and fails once it is.

#![allow(clippy::unwrap_used, reason = "a panic is how a test or a benchmark fails")]

use catchwater_tests::cloud::{CREDENTIALS, Cloud, Function, Subscription, zip_of_script};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::faults::Faults;
use catchwater_tests::functions;
use catchwater_tests::server::artefacts;
use catchwater_tests::wait_for;
use serde_json::{Value, json};
use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SCRIPT: &str = include_str!("../testdata/bootstrap.py");
/// As ministack 1.5.33 hands a batch to a function.
const KINESIS_EVENT: &str = include_str!("../testdata/ministack_kinesis_event.json");
const LIMIT: Duration = Duration::from_secs(30);

fn function(cloud: &Cloud, name: &str, environment: &[(&str, &str)]) -> String {
    let zip = zip_of_script(SCRIPT);
    cloud.create_function(&Function { name, zip: &zip, environment, timeout_seconds: 3, memory_mb: 256 })
}

fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_millis()).unwrap()
}

#[test]
fn moto_sends_log_events_to_a_stream_in_a_gzip_envelope() {
    let Some(moto) = Emulator::moto() else { return };
    let cloud = moto.cloud();
    let arn = cloud.create_stream("raw", 1);
    cloud.create_log_group("/app", "web-1");
    cloud.subscribe(&Subscription { group: "/app", pattern: "", destination_arn: &arn });
    let now = now_millis();
    cloud.put_log_events("/app", "web-1", &[(now, "one \u{e9}"), (now + 1, "two")]);
    let envelopes: Vec<Value> = cloud
        .read_stream("raw")
        .iter()
        .map(|record| {
            let mut text = String::new();
            flate2::read::GzDecoder::new(record.data.as_slice()).read_to_string(&mut text).unwrap();
            serde_json::from_str(&text).unwrap()
        })
        .collect();
    // There is no probe (`CONTROL_MESSAGE`), which CloudWatch Logs sends when the filter is made.
    let [data] = envelopes.as_slice() else { panic!("{envelopes:?}") };
    assert_eq!(
        (&data["messageType"], &data["logGroup"], &data["logStream"]),
        (&json!("DATA_MESSAGE"), &json!("/app"), &json!("web-1"))
    );
    let events = data["logEvents"].as_array().unwrap();
    let seen: Vec<Value> = events.iter().map(|e| json!([e["timestamp"], e["message"]])).collect();
    assert_eq!(seen, [json!([now, "one \u{e9}"]), json!([now + 1, "two"])]);
    // AWS's ids are texts of 56 digits; our decoder takes the digits of a number too.
    assert!(events[0]["id"].is_u64() && events[0]["id"] != events[1]["id"], "{data}");
}

#[test]
fn an_inventory_lists_what_lies_in_an_account() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let before = cloud.inventory();
    let stream = cloud.create_stream("raw", 1);
    cloud.create_bucket("archive");
    cloud.create_log_group("/app", "web-1");
    cloud.create_secret("password", "x");
    function(&cloud, "transform", &[]);
    let mapping = cloud.map_stream(&stream, "transform", 10);
    let query = "Action=CreateRole&RoleName=function&AssumeRolePolicyDocument=%7B%7D&Version=2010-05-08";
    cloud.query("iam", query).unwrap();
    let made: Vec<String> = cloud.inventory().difference(&before).cloned().collect();
    let mapping = format!("mapping {mapping}");
    let expected = [
        "bucket archive",
        "function transform",
        "log group /app",
        &mapping,
        "role function",
        "secret password",
        "stream raw",
    ];
    assert_eq!(made, expected);
}

#[test]
fn moto_keeps_what_timestream_and_firehose_are_given() {
    let Some(moto) = Emulator::moto() else { return };
    let cloud = moto.cloud();
    cloud.create_timestream_table("archive", "actions");
    let record =
        json!({"Time": "1", "MeasureName": "timestamp", "MeasureValue": "1.5", "MeasureValueType": "DOUBLE"});
    let body = json!({"DatabaseName": "archive", "TableName": "actions", "Records": [record]});
    assert_eq!(cloud.timestream("WriteRecords", &body)["RecordsIngested"]["Total"], 1);
    assert_eq!(cloud.timestream_records("actions"), [record]);

    cloud.create_bucket("archive");
    cloud.create_delivery_stream("events", "archive", "events/", None);
    assert_eq!(cloud.put_to_firehose("events", &[b"one\n", b"two\n"]).unwrap(), [None, None]);
    let objects = cloud.objects("archive", "events/");
    // One call is one object at once, whatever the buffer's time.
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].body, b"one\ntwo\n");
}

#[test]
fn ministack_hands_a_batch_of_a_stream_to_the_function() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let seen = tempfile::tempdir().unwrap();
    let arn = cloud.create_stream("raw", 1);
    function(&cloud, "saves", &[("EVENTS", seen.path().to_str().unwrap())]);
    let binary = [0u8, 255, 10, 13];
    assert_eq!(cloud.put_records("raw", &[("a", b"one"), ("b", &binary)]).unwrap(), [None, None]);
    let id = cloud.map_stream(&arn, "saves", 10);
    let file = wait_for("the function has run", LIMIT, || {
        let files = std::fs::read_dir(seen.path()).unwrap().map(|f| f.unwrap().path());
        files.filter(|f| f.extension().is_some_and(|e| e == "json")).max()
    });
    let text = std::fs::read_to_string(file).unwrap();
    // What to make the fixture of where ministack is another version.
    std::fs::write(artefacts().join("ministack_kinesis_event.json"), &text).unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    let expected: Value = serde_json::from_str(KINESIS_EVENT).unwrap();
    let records = event["Records"].as_array().unwrap();
    assert_eq!(records.len(), 2, "{text}");
    let stream = cloud.read_stream("raw");
    for (n, record) in records.iter().enumerate() {
        assert_eq!(record["kinesis"]["sequenceNumber"], stream[n].sequence_number, "{text}");
        // All but what each run makes anew is as in the fixture.
        let mut known = expected["Records"][n].clone();
        known["eventID"] = format!("{}:{}", stream[n].shard, stream[n].sequence_number).into();
        for name in ["sequenceNumber", "approximateArrivalTimestamp"] {
            let both = [&known["kinesis"][name], &record["kinesis"][name]];
            assert!(both.iter().all(|v| v.is_string()) || both.iter().all(|v| v.is_f64()), "{name}: {text}");
            known["kinesis"][name] = record["kinesis"][name].clone();
        }
        assert_eq!(record, &known);
    }
    wait_for("the mapping says so", LIMIT, || (cloud.mapping_result(&id) == "OK - 2 records").then_some(()));
    let log = cloud.function_log("saves");
    assert!(log.iter().any(|line| line.starts_with("REPORT RequestId: ")), "{log:?}");
}

#[test]
fn ministack_goes_past_what_a_function_says_has_failed() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let seen = tempfile::tempdir().unwrap();
    let arn = cloud.create_stream("raw", 1);
    function(&cloud, "fails", &[("EVENTS", seen.path().to_str().unwrap()), ("FAILS", "yes")]);
    cloud.put_records("raw", &[("a", b"one")]).unwrap();
    let id = cloud.map_stream(&arn, "fails", 10);
    // Where this fails, tests of partial batch responses can run on its mapping.
    wait_for("the record is passed", LIMIT, || (cloud.mapping_result(&id) == "OK - 1 records").then_some(()));
}

#[test]
fn a_function_s_process_is_found_measured_and_killed() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let seen = tempfile::tempdir().unwrap();
    function(&cloud, "does", &[("EVENTS", seen.path().to_str().unwrap())]);
    assert!(functions::processes(&ministack, "does").is_empty());
    cloud.invoke("does", br#"{"do": "echo"}"#).unwrap();
    let first = functions::processes(&ministack, "does");
    let [process] = first.as_slice() else { panic!("{first:?}") };
    let before = process.peak_memory_kib().unwrap();
    let text = "x".repeat(4 << 20);
    cloud.invoke("does", json!({"do": "echo", "text": text}).to_string().as_bytes()).unwrap();
    let after = process.peak_memory_kib().unwrap();
    assert!(after > before + 4096, "{before} KiB, then {after} KiB with 4 MiB in hand");
    std::thread::scope(|scope| {
        let asleep = scope.spawn(|| cloud.invoke("does", br#"{"do": "sleep"}"#).unwrap());
        wait_for("the function has the event", LIMIT, || seen.path().join("asleep").exists().then_some(()));
        process.kill();
        assert_eq!(asleep.join().unwrap().payload["errorType"], "Runtime.ExitError");
    });
    cloud.invoke("does", br#"{"do": "echo"}"#).unwrap();
    assert_ne!(functions::processes(&ministack, "does")[0].pid, process.pid);
}

#[test]
fn ministack_invokes_a_function_and_tells_how_it_ended() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let (endpoint, long) = (ministack.url(), "x".repeat(5000));
    let own = [("AWS_ENDPOINT_URL", endpoint.as_str()), ("LONG", &long)];
    let environment = [&CREDENTIALS[..], &own].concat();
    function(&cloud, "does", &environment);
    let invoke = |event: Value| cloud.invoke("does", event.to_string().as_bytes()).unwrap();
    let echoed = invoke(json!({"do": "echo", "text": "\u{e9}"}));
    assert_eq!((echoed.function_error, &echoed.payload["text"]), (None, &json!("\u{e9}")));
    assert_eq!(echoed.log.lines().collect::<Vec<_>>(), ["asked to echo", "and says so"]);
    let set = invoke(json!({"do": "environment"})).payload;
    assert_eq!(set["AWS_ENDPOINT_URL"], endpoint);
    assert_eq!(set["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    // AWS takes 4 KB of environment at most.
    assert_eq!(set["LONG"].as_str().unwrap().len(), 5000);
    let headers = invoke(json!({"do": "headers"})).payload;
    let deadline: i64 = headers["lambda-runtime-deadline-ms"].as_str().unwrap().parse().unwrap();
    let left = deadline - now_millis();
    assert!((1..=3000).contains(&left), "{left} ms left of 3 s");

    let raised = invoke(json!({"do": "raise"}));
    assert_eq!(raised.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(raised.payload, json!({"errorType": "ValueError", "errorMessage": "as asked"}));
    let late = invoke(json!({"do": "sleep"}));
    assert_eq!(late.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(late.payload["errorType"], "Sandbox.Timedout");
    let gone = invoke(json!({"do": "exit"}));
    assert_eq!(gone.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(gone.payload["errorType"], "Runtime.ExitError");
    // And the next one starts afresh.
    assert_eq!(invoke(json!({"do": "echo"})).function_error, None);

    let large = "x".repeat(6 << 20);
    let back = invoke(json!({"do": "echo", "text": large}));
    assert_eq!(back.payload["text"].as_str().map(str::len), Some(large.len()), "{:?}", back.function_error);
    let log = cloud.function_log("does");
    let asked = log.iter().filter(|line| *line == "asked to echo").count();
    assert_eq!(asked, 3, "{log:?}");
    let refused = cloud.invoke("nobody", b"{}").unwrap_err();
    assert_eq!(refused.status, 404, "{refused}");
}

#[test]
fn ministack_delivers_each_record_of_firehose_as_an_object() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    cloud.create_bucket("archive");
    cloud.create_delivery_stream("plain", "archive", "plain/", None);
    let transform = function(&cloud, "upper", &[]);
    cloud.create_delivery_stream("upper", "archive", "upper/", Some(&transform));
    for (stream, expected) in [("plain", ["one\n", "two\n"]), ("upper", ["ONE\n", "TWO\n"])] {
        assert_eq!(cloud.put_to_firehose(stream, &[b"one\n", b"two\n"]).unwrap(), [None, None]);
        let mut bodies = wait_for("both are delivered", LIMIT, || {
            let objects = cloud.objects("archive", &format!("{stream}/"));
            (objects.len() == 2).then(|| objects.into_iter().map(|o| o.body).collect::<Vec<_>>())
        });
        // Names hold a second and chance: their order is none.
        bodies.sort();
        assert_eq!(bodies, expected.map(|e| e.as_bytes().to_vec()));
    }
}

#[test]
fn ministack_keeps_secrets_parameters_and_objects() {
    let Some(ministack) = Emulator::ministack() else { return };
    let cloud = ministack.cloud();
    let arn = cloud.create_secret("store", "first");
    cloud.change_secret("store", "second");
    let secret = cloud.call("secretsmanager", "secretsmanager", "GetSecretValue", &json!({"SecretId": arn}));
    assert_eq!(secret.unwrap()["SecretString"], "second");
    cloud.put_parameter("/catchwater/store", "third");
    let body = json!({"Name": "/catchwater/store", "WithDecryption": true});
    let parameter = cloud.call("ssm", "AmazonSSM", "GetParameter", &body).unwrap();
    assert_eq!(parameter["Parameter"]["Value"], "third");
    cloud.create_bucket("letters");
    cloud.put_object("letters", "a/b", &[0, 255]);
    assert_eq!(cloud.list_objects("letters", "a/"), ["a/b"]);
    assert_eq!(cloud.get_object("letters", "a/b"), [0, 255]);
}

#[test]
fn microburst_throttles_and_cuts_as_its_rules_say() {
    let Some(ministack) = Emulator::ministack() else { return };
    let Some(faults) = Faults::before(&ministack.url()) else { return };
    let cloud = faults.cloud();
    cloud.create_stream("raw", 1);
    let put = |data: &[u8]| cloud.put_records("raw", &[("k", data)]);
    faults.rules(&json!([{
        "service": "kinesis", "operation": "PutRecords", "times": 2,
        "error": {"code": "ProvisionedThroughputExceededException"},
    }]));
    for _ in 0..2 {
        let refused = put(b"refused").unwrap_err();
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("ProvisionedThroughputExceededException"), "{refused}");
    }
    assert_eq!(put(b"one").unwrap(), [None]);
    // It is on the stream, but who put it does not learn of it.
    faults.rules(&json!([{
        "service": "kinesis", "operation": "PutRecords", "times": 1, "response": {"abort_bytes": 1},
    }]));
    assert_eq!(put(b"two").unwrap_err().status, 0);
    assert_eq!(put(b"two").unwrap(), [None]);
    let lies: Vec<Vec<u8>> = ministack.cloud().read_stream("raw").into_iter().map(|r| r.data).collect();
    assert_eq!(lies, [b"one", b"two", b"two"]);
    let fired = faults.fired();
    assert_eq!(fired.len(), 3, "{fired:?}");
    assert!(fired.iter().all(|f| f["operation"] == "PutRecords"), "{fired:?}");
}
