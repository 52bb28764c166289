//! How fast formats of the configuration are, on one core: `cargo bench -p catchwater-transforms --bench own_formats`.
//!
//! One gzip CloudWatch envelope in, NDJSON out, all stages with their defaults, as in `transform`. The same access lines go
//! through the built-in format, a regular expression and grok; lines of an application, short and with a trace's worth of
//! text, through expressions as people write them. Rounds take turns; the median counts. `BENCH_ROUNDS` sets their number.

use catchwater_schemas::config::{FullTarget, Route, Target, Unit, UserFormat};
use catchwater_schemas::event::Kind;
use catchwater_transforms::raw::RawRecord;
use catchwater_transforms::transform::{Ndjson, Parts, Report, Scratch, Transform};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Lines of one envelope.
const LINES: usize = 2_000;
/// Million lines a second that a format by a regular expression must reach.
const GOAL: f64 = 0.3;

const ACCESS: &str = r#"^(?<source>\S+) (?:\S+) (?<user>\S+) \[(?<timestamp>[^\]]+)\] "(?<method>\S+) (?<path>[^ ?"]+)(?:\?(?<query>[^ "]*))? HTTP/(?<version>[^"]+)" (?<status>\d{3}) (?<bytes>\d+|-) "(?<referrer>[^"]*)" "(?<agent>.*)"$"#;
/// The same, its last group without what ends it: each next character leaves one way to go on.
const ONE_PASS: &str = r#"^(?<source>\S+) (?:\S+) (?<user>\S+) \[(?<timestamp>[^\]]+)\] "(?<method>\S+) (?<path>[^ ?"]+)(?:\?(?<query>[^ "]*))? HTTP/(?<version>[^"]+)" (?<status>\d{3}) (?<bytes>\d+|-) "(?<referrer>[^"]*)" "(?<agent>[^"]*)"$"#;
const APPLICATION: &str = r"^(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (?<level>[A-Z]+) \[(?<thread>[^\]]+)\] (?<logger>\S+) - user=(?<user>\w+) action=(?<action>\w+) took=(?<took>[\d.]+) ms status=(?<status>\d+)$";
const LONG: &str = r"^(?<time>\S+ \S+) (?<level>[A-Z]+) (?<logger>\S+): (?<message>(?s:.*))$";

struct Contender {
    input: &'static str,
    format: &'static str,
    data: Vec<u8>,
    transform: Transform,
    scratch: Scratch,
    report: Report,
    out: Ndjson,
    nanos: Vec<f64>,
}

impl Contender {
    /// `own`: the format's description, where it is one of the configuration.
    fn new(input: &'static str, lines: &[String], format: &'static str, own: Option<UserFormat>) -> Self {
        let route = Route { format: Some(format.into()), ..Route::default() };
        let formats = own.map(|own| BTreeMap::from([(format.to_string(), own)])).unwrap_or_default();
        let parts = Parts { routes: vec![route], formats, ..Parts::default() };
        let transform = Transform::new(&parts).expect("the configuration is valid");
        let (scratch, report, out) = (Scratch::new(), Report::default(), Ndjson::default());
        Self { input, format, data: envelope(lines), transform, scratch, report, out, nanos: Vec::new() }
    }

    /// Nanoseconds a line.
    fn run(&mut self) -> f64 {
        self.out.0.clear();
        let raw = RawRecord { data: &self.data, sequence_number: "1", ..RawRecord::default() };
        let start = Instant::now();
        self.transform.record(&raw, &mut self.scratch, &mut self.out, &mut self.report);
        black_box(self.out.0.len());
        start.elapsed().as_nanos() as f64 / LINES as f64
    }

    /// All lines must have become events of the format that is measured.
    fn check(&self) {
        let account = &self.report.account;
        assert!(account.unparsed.is_empty() && account.dead.is_empty(), "{}: {account:?}", self.format);
        assert_eq!(account.parsed, account.taken, "{}", self.format);
    }
}

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let quick = std::env::args().any(|a| a == "--test");
    let rounds = std::env::var("BENCH_ROUNDS").ok().and_then(|n| n.parse().ok());
    let rounds = rounds.unwrap_or(if quick { 1 } else { 41 });
    let mut contenders = contenders();
    for round in 0..=rounds {
        for contender in &mut contenders {
            let nanos = contender.run();
            // The first round only warms buffers and caches up.
            if round > 0 {
                contender.nanos.push(nanos);
            }
        }
    }
    println!(
        "| lines | format | ns a line | million lines/s | of the fastest round | goal |\n|---|---|---|---|---|---|"
    );
    for contender in &mut contenders {
        contender.check();
        contender.nanos.sort_unstable_by(f64::total_cmp);
        let (median, fastest) = (contender.nanos[contender.nanos.len() / 2], contender.nanos[0]);
        let goal = if contender.format.starts_with("regex") { format!("{GOAL}") } else { String::new() };
        println!(
            "| {} | `{}` | {median:.0} | {:.2} | {:.2} | {goal} |",
            contender.input,
            contender.format,
            1e3 / median,
            1e3 / fastest
        );
    }
}

fn contenders() -> Vec<Contender> {
    let access = access_lines();
    let bytes = access.iter().map(String::len).sum::<usize>() / access.len();
    println!("{LINES} access lines of {bytes} bytes in an envelope\n");
    let access_fields = [
        ("source", "source.ip"),
        ("user", "user.name"),
        ("method", "http.request.method"),
        ("path", "url.path"),
        ("query", "url.query"),
        ("version", "http.version"),
        ("status", "http.response.status_code"),
        ("bytes", "http.response.body.bytes"),
        ("referrer", "http.request.referrer"),
        ("agent", "user_agent.original"),
    ];
    let application_fields = [
        ("thread", "process.thread.name"),
        ("logger", "log.logger"),
        ("user", "user.name"),
        ("action", "event.action"),
    ];
    let mut application = regex(APPLICATION, &application_fields);
    let took = FullTarget { field: "event.duration".into(), unit: Some(Unit::Milliseconds), time: None };
    application.fields.insert("took".into(), Target::Full(took));
    let grok = UserFormat {
        grok: Some("%{COMBINEDAPACHELOG}".into()),
        kind: Kind::ServiceQuery,
        ..UserFormat::default()
    };
    vec![
        Contender::new("access", &access, "apache_access", None),
        Contender::new("access", &access, "regex_access", Some(regex(ACCESS, &access_fields))),
        Contender::new("access", &access, "regex_one_pass", Some(regex(ONE_PASS, &access_fields))),
        Contender::new("access", &access, "grok_access", Some(grok)),
        Contender::new("application", &application_lines(), "regex_application", Some(application)),
        Contender::new("long", &long_lines(), "regex_long", Some(regex(LONG, &[("logger", "log.logger")]))),
    ]
}

fn regex(pattern: &str, fields: &[(&str, &str)]) -> UserFormat {
    let fields = fields.iter().map(|(group, field)| (group.to_string(), Target::Field(field.to_string())));
    UserFormat {
        pattern: Some(pattern.into()),
        kind: Kind::ServiceQuery,
        fields: fields.collect(),
        ..UserFormat::default()
    }
}

/// Combined access lines of `testdata/`.
fn access_lines() -> Vec<String> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/apache_access/catalog-semicomplete-a/input.log");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    lines.iter().cycle().take(LINES).map(|line| line.to_string()).collect()
}

fn application_lines() -> Vec<String> {
    let line = |n: usize| {
        format!(
            "2024-05-01 10:{:02}:{:02},{:03} INFO [worker-{}] org.example.Doors - user=reader{} action=open took={}.{} ms status=200",
            n / 60 % 60,
            n % 60,
            n * 7 % 1000,
            n % 8,
            n * 31 % 997,
            n % 90,
            n % 10
        )
    };
    (0..LINES).map(line).collect()
}

/// As the lines above, with some 700 bytes of text.
fn long_lines() -> Vec<String> {
    let text = |n: usize| format!("step {n} of the nightly job has read its part, ").repeat(15);
    (0..LINES).map(|n| format!("2024-05-01 10:00:{:02} INFO org.example.Job: {}", n % 60, text(n))).collect()
}

/// A gzip envelope, level 6, as CloudWatch writes them.
fn envelope(lines: &[String]) -> Vec<u8> {
    let events = lines.iter().enumerate().map(|(n, line)| {
        let message = serde_json::Value::from(line.as_str());
        format!("{{\"id\":\"{n:056}\",\"timestamp\":{},\"message\":{message}}}", 1_668_093_033_744 + n * 7)
    });
    let head = r#"{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/web/own","logStream":"s","subscriptionFilters":["f"],"logEvents":["#;
    let text = format!("{head}{}]}}", events.collect::<Vec<_>>().join(","));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text.as_bytes()).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}
