//! What the programs behind the log groups write, and how it is routed.

use catchwater_schemas::time::Timestamp;

/// The routes of all log groups, as every function is told them.
pub const ROUTES: &str = r#"
[[route]]
log_group = "/portal/access"
format = "nginx_access"
service = "portal"

[[route]]
log_group = "/aws/lambda/sorter"
format = "sdc"
service = "sorter"

[[route]]
log_group = "/shop/app"
format = "json"
service = "shop"

[[route]]
log_group = "/shop/worker"
format = "java_log4j"
service = "worker"

[[route]]
log_group = "/repository/fedora"
format = "fedora_event"
service = "repository"

[[route]]
log_group = "/incoming/s3"
format = "aws_s3_event"
service = "incoming"

[[route]]
log_group = "/misc/notes"
format = "plain"
service = "notes"
"#;

/// What CloudWatch Logs sends when a subscription is made, to see that the stream is there; moto does not. As AWS's text has it
/// ("Subscription filters with Amazon Data Firehose", CloudWatch Logs User Guide).
pub const PROBE: &str = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1510109208016,"message":"CWL CONTROL MESSAGE: Checking health of destination."}]}"#;

/// What stands in lines and must be seen nowhere.
pub const SECRET: &str = "hunter2";

/// A log group with one log stream, and its log events: epoch milliseconds and message.
pub struct LogGroup {
    pub name: &'static str,
    pub stream: &'static str,
    /// By call of PutLogEvents: each is one raw record.
    pub calls: Vec<Vec<(i64, String)>>,
}

/// All log groups. `from`: epoch milliseconds of a whole second; all lies within ten minutes of it.
pub fn log_groups(from: i64) -> Vec<LogGroup> {
    let at = |n: i64| from + n * 4_000;
    let group = |name, stream, calls, per_call, lines: &dyn Fn(i64) -> Vec<(i64, String)>| {
        let call = |c: i64| (c * per_call..(c + 1) * per_call).flat_map(lines).collect();
        LogGroup { name, stream, calls: (0..calls).map(call).collect() }
    };
    vec![
        group("/portal/access", "web-1", 4, 30, &|n| vec![(at(n) + 250, access(n, at(n)))]),
        group("/aws/lambda/sorter", "2026/[$LATEST]5f3a", 3, 10, &|n| moves(n, at(n))),
        group("/shop/app", "app-1", 2, 30, &|n| vec![(at(n), app(n, at(n) + 37))]),
        group("/shop/worker", "worker-1", 2, 12, &|n| trouble(n, at(n) + 123)),
        group("/repository/fedora", "fcrepo", 2, 15, &|n| vec![(at(n), fedora(n, at(n) + 5))]),
        group("/incoming/s3", "notifications", 2, 10, &|n| vec![(at(n), uploads(n, at(n) + 789))]),
        group("/misc/notes", "all", 1, 20, &|n| vec![(at(n) + 1, note(n))]),
    ]
}

/// `[24/Nov/2026:10:00:00 +0000]`.
fn clf(millis: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = Timestamp::from_millis(millis).unwrap().civil();
    let month = MONTHS[at.month as usize - 1];
    format!("[{:02}/{month}/{:04}:{:02}:{:02}:{:02} +0000]", at.day, at.year, at.hour, at.minute, at.second)
}

/// `2026-11-24T10:00:00.123Z`.
pub fn rfc3339(millis: i64) -> String {
    Timestamp::from_millis(millis).unwrap().to_string()
}

/// The same time and some microseconds.
pub fn micros(millis: i64) -> String {
    rfc3339(millis).replace('Z', "456Z")
}

/// The same time and some nanoseconds.
pub fn nanos(millis: i64) -> String {
    rfc3339(millis).replace('Z', "456789Z")
}

pub fn access(n: i64, millis: i64) -> String {
    let status = [200, 200, 404, 503][n as usize % 4];
    format!(
        "198.51.100.{} - user{} {} \"GET /catalogue/item{n}?q=old+maps&token={SECRET} HTTP/1.1\" {status} {} \"-\" \"Mozilla/5.0 (caf\u{e9})\"",
        n % 250 + 1,
        n % 5,
        clf(millis),
        1_000 + n
    )
}

/// A copy and its completion.
pub fn moves(n: i64, millis: i64) -> Vec<(i64, String)> {
    let request = format!("3f1c2f0e-6c8a-4a58-9b4b-{n:012}");
    let line = |millis, text: String| (millis, format!("[INFO]\t{}\t{request}\t{text}", rfc3339(millis)));
    vec![
        line(
            millis + 137,
            format!("Copying in/file{n}.bin from swsoc-incoming to hermes-eea as l0/file{n}.bin"),
        ),
        line(millis + 1_200, format!("File in/file{n}.bin Successfully Moved to hermes-eea")),
    ]
}

pub fn app(n: i64, millis: i64) -> String {
    let level = ["info", "warn", "error"][n as usize % 3];
    format!(
        r#"{{"time":"{}","level":"{level}","msg":"order {n} \u00e9 \ud83d\ude00 \"so\" \\ \t end","trace_id":"5b8aa5a2d2c872e8321cf373{n:08}","port":{n},"amount":{n}.25,"paid":true,"note":null,"basket":["a",{{"b":{n}}}]}}"#,
        micros(millis)
    )
}

/// An error whose stack trace comes as log events of their own.
pub fn trouble(n: i64, millis: i64) -> Vec<(i64, String)> {
    let time = rfc3339(millis).replace('T', " ").replace('.', ",").replace('Z', "");
    vec![
        (millis, format!("{time} ERROR [worker-{n}] org.example.shop.Cart - could not pay order {n}")),
        (millis + 1, format!("java.lang.IllegalStateException: no card {n}")),
        (millis + 1, "\tat org.example.shop.Cart.pay(Cart.java:60)".into()),
    ]
}

pub fn fedora(n: i64, millis: i64) -> String {
    format!(
        r#"{{"id":"http://localhost:8080/rest/object{n}","type":["http://www.w3.org/ns/prov#Entity"],"wasGeneratedBy":{{"type":["https://www.w3.org/ns/activitystreams#Update"],"identifier":"urn:uuid:{n:08}","atTime":"{}"}},"wasAttributedTo":[{{"type":"http://www.w3.org/ns/prov#Person","name":"curator{}"}}]}}"#,
        nanos(millis),
        n % 3
    )
}

/// A notification of two objects: one log event, two events.
pub fn uploads(n: i64, millis: i64) -> String {
    let record = |name: &str, key: String| {
        format!(
            r#"{{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"{}","eventName":"{name}","userIdentity":{{"principalId":"AIDAJDPLRKLG7UEXAMPLE"}},"s3":{{"bucket":{{"name":"swsoc-incoming"}},"object":{{"key":"{key}","size":{}}}}}}}"#,
            rfc3339(millis),
            1_024 + n
        )
    };
    let records = [
        record("ObjectCreated:Put", format!("new/caf%C3%A9+{n}.bin")),
        record("ObjectRemoved:Delete", format!("old/file{n}.bin")),
    ];
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

fn note(n: i64) -> String {
    format!("note {n}: \u{e9} \u{1f600} \"quotes\" \\ back\tslash <&> {{a=\"b\"}} , = \u{2028} \u{7f} end")
}
