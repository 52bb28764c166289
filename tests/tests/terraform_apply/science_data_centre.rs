//! `examples/science-data-centre`: uploads by S3's events and moves by the sorter's log, to the Timestream table that is there. Timestream is
//! moto's, all else ministack's.

use crate::stack::{Stack, packages};
use crate::{FunctionLogs, LIMIT, envelope};
use catchwater_tests::cloud::{Cloud, REGION};
use catchwater_tests::emulator::Emulator;
use catchwater_tests::wait_for;
use serde_json::{Value, json};

const SORTER: &str = "/aws/lambda/SortingLambdaFunction";
const INCOMING: &str = "swsoc-incoming";
const FILE: &str = "hermes_EEA_l0_2023043-000000_v0.bin";
const TABLE: &str = "sdc_aws_s3_bucket_log_table";

#[test]
fn an_upload_and_its_move_are_a_row_each_in_the_table_that_is_there() {
    let Some(emulator) = Emulator::ministack() else { return };
    let Some(timestream) = Emulator::moto() else { return };
    let (cloud, rows) = (emulator.cloud(), timestream.cloud());
    rows.create_timestream_table("sdc_aws_logs", TABLE);
    cloud.create_log_group(SORTER, "2023/08/12/[$LATEST]1");
    let evidence = Evidence::start(&cloud);
    let before = cloud.inventory();
    let variables = json!({
        "incoming_bucket": INCOMING, "region": REGION, "architecture": "x86_64", "package_directory": packages(),
        "force_destroy": true,
    });
    let endpoints =
        [("AWS_ENDPOINT_URL", emulator.url()), ("AWS_ENDPOINT_URL_TIMESTREAM_WRITE", timestream.url())];
    let Some(stack) = Stack::new("science-data-centre", &variables, &endpoints) else { return };
    stack.apply();

    let output = stack.output("catchwater");
    let raw = output["streams"]["raw"].as_str().unwrap();
    let _told = FunctionLogs { cloud: &cloud, output: &output };
    let uploads = evidence.of_an_upload(&format!("{}-uploads", output["name"].as_str().unwrap()));
    assert_eq!(uploads.len(), 1, "the rule takes the upload and not the removal: {uploads:#?}");
    put(&cloud, raw, uploads[0].as_bytes());
    let row = row(&rows, 0);
    assert_eq!(dimensions(&row), ["PUT", "N/A", INCOMING, FILE, FILE], "{row}");

    let said = |seconds: &str, words: &str| format!("[INFO]\t2023-08-12T12:35:{seconds}Z\t3f1c2f0e\t{words}");
    let lines = [
        said("02.410", &format!("Copying {FILE} from {INCOMING}to hermes-eea")),
        said("03.982", &format!("File {FILE} Successfully Moved to hermes-eea")),
    ];
    let lines = lines.each_ref().map(String::as_str);
    put(&cloud, raw, &envelope(SORTER, "2023/08/12/[$LATEST]1", 1_691_843_702_410, &lines));
    let row = self::row(&rows, 1);
    assert_eq!(dimensions(&row), ["PUT", INCOMING, "hermes-eea", FILE, "N/A"], "{row}");
    let time = ["MeasureName", "MeasureValue", "Time"].map(|part| row[part].as_str().unwrap_or_default());
    assert_eq!(time, ["timestamp", "1691843703.982", "1691843703982"], "{row}");

    assert_eq!(stack.plan(), [], "a plan after the apply");
    stack.destroy();
    let after = cloud.inventory();
    assert_eq!(after, before, "left: {:#?}", after.difference(&before).collect::<Vec<_>>());
    assert_eq!(rows.timestream_records(TABLE).len(), 2, "the table that was there stays with its rows");
}

fn put(cloud: &Cloud, stream: &str, record: &[u8]) {
    assert_eq!(cloud.put_records(stream, &[("key", record)]).unwrap(), [None]);
}

/// The table's row of this number, once it is there, and the last one.
fn row(rows: &Cloud, number: usize) -> Value {
    wait_for("the row is in the table", LIMIT, || {
        let mut rows = rows.timestream_records(TABLE);
        assert!(rows.len() <= number + 1, "more rows than moves: {rows:#?}");
        (rows.len() == number + 1).then(|| rows.remove(number))
    })
}

/// Values of the table's dimensions.
fn dimensions(row: &Value) -> [&str; 5] {
    let value = |name: &str| {
        let of_name = row["Dimensions"].as_array()?.iter().find(|d| d["Name"] == name)?;
        of_name["Value"].as_str()
    };
    ["action_type", "source_bucket", "destination_bucket", "file_key", "new_file_key"]
        .map(|name| value(name).unwrap_or_default())
}

/// The incoming bucket, and a queue. ministack's EventBridge brings events to queues and not to streams: so the rule that was applied gets
/// the queue as a target besides, and what came there is what the stream would have got.
struct Evidence<'a> {
    cloud: &'a Cloud,
    queue: String,
    arn: String,
}

impl<'a> Evidence<'a> {
    fn start(cloud: &'a Cloud) -> Self {
        cloud.create_bucket(INCOMING);
        let told = "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
        cloud.rest("PUT", "s3", &format!("/{INCOMING}?notification"), told.as_bytes()).unwrap();
        let made = sqs(cloud, "CreateQueue", json!({"QueueName": "evidence"}));
        let queue = made["QueueUrl"].as_str().unwrap().to_string();
        let asked = json!({"QueueUrl": queue, "AttributeNames": ["QueueArn"]});
        let arn =
            sqs(cloud, "GetQueueAttributes", asked)["Attributes"]["QueueArn"].as_str().unwrap().to_string();
        Self { cloud, queue, arn }
    }

    /// Uploads the file and removes it again: the events that the rule has taken of that.
    fn of_an_upload(&self, rule: &str) -> Vec<String> {
        let target = json!({"Rule": rule, "Targets": [{"Id": "evidence", "Arn": self.arn}]});
        assert_eq!(self.events("PutTargets", target)["FailedEntryCount"], 0);
        self.cloud.put_object(INCOMING, FILE, b"telemetry");
        self.cloud.rest("DELETE", "s3", &format!("/{INCOMING}/{FILE}"), b"").unwrap();
        // A second upload tells that the events of all before it have come.
        self.cloud.put_object(INCOMING, "last", b"");
        let mut taken = Vec::new();
        wait_for("the last upload's event is in the queue", LIMIT, || {
            let asked = json!({"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1});
            let got = sqs(self.cloud, "ReceiveMessage", asked);
            for message in got["Messages"].as_array().into_iter().flatten() {
                taken.push(message["Body"].as_str().unwrap().to_string());
            }
            taken.iter().any(|event| key(event) == "last").then_some(())
        });
        self.events("RemoveTargets", json!({"Rule": rule, "Ids": ["evidence"]}));
        self.cloud.rest("DELETE", "s3", &format!("/{INCOMING}/last"), b"").unwrap();
        taken.retain(|event| key(event) != "last");
        taken
    }

    fn events(&self, operation: &str, body: Value) -> Value {
        self.cloud.call("events", "AWSEvents", operation, &body).unwrap()
    }
}

/// The object's key in an event.
fn key(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    event["detail"]["object"]["key"].as_str().unwrap_or_default().into()
}

fn sqs(cloud: &Cloud, operation: &str, body: Value) -> Value {
    cloud.call("sqs", "AmazonSQS", operation, &body).unwrap()
}
