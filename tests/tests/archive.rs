//! The archive's reading side on what the real pipeline put on its event stream: Spark's answers are those of
//! `catchwater report`, though records were delivered twice and events corrected, and Athena's tables lose no value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use catchwater_consumer_core::world::{Clock, SystemClock};
use catchwater_schemas::record::unpack;
use catchwater_schemas::time::Timestamp;
use catchwater_schemas::wrapped::Wrapped;
use catchwater_tests::answers::assert_same_answer;
use catchwater_tests::archive::{Record, deliver, records};
use catchwater_tests::pipeline::{Pipeline, run};
use catchwater_tests::spark::Spark;
use catchwater_tests::store::Store;
use catchwater_tests::trino;
use catchwater_tests::{wait_for, wire};
use serde_json::Value;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

const CONFIG: &str = "[listen]\nkinesis = \"127.0.0.1:0\"\npage = \"127.0.0.1:0\"\n[sink.sqlite]\n\
                      [who.tables]\norganizations = \"organizations.csv\"\n";
const REPORTS: [&str; 5] = ["who-queries-what", "queries", "agent", "file-moves", "preservation-events"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Each format with the inputs of all its cases.
fn cases() -> Vec<(String, Vec<String>)> {
    let folders = |path: PathBuf| {
        let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
        folders.sort();
        folders
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_string();
    let inputs = |format: &Path| {
        let inputs = folders(format.to_path_buf()).into_iter().map(|case| case.join("input.log"));
        inputs.filter(|input| input.exists()).map(|input| input.display().to_string()).collect()
    };
    let formats = folders(root().join("transforms/testdata"));
    formats
        .iter()
        .map(|format| (name(format), inputs(format)))
        .filter(|(_, inputs): &(_, Vec<String>)| !inputs.is_empty())
        .collect()
}

fn put(folder: &Path, service: &str, format: Option<&str>, files: &[String]) {
    let mut args = vec!["put", "--service", service];
    args.extend(format.iter().flat_map(|format| ["--format", format]));
    args.extend(files.iter().map(String::as_str));
    let output = run(folder, &args);
    assert!(output.status.success(), "{}", told(&output));
}

/// What lies on the streams after all cases, and after some of them again as a correction.
struct Piped {
    pipeline: Pipeline,
    first: Vec<Record>,
    corrected: Vec<Record>,
}

fn piped(folder: &Path) -> Piped {
    std::fs::write(folder.join("organizations.csv"), "cidr,name\n0.0.0.0/1,Low\n128.0.0.0/1,High\n").unwrap();
    std::fs::write(folder.join("test.toml"), CONFIG).unwrap();
    let pipeline = Pipeline::start(folder, &[]);
    let cases = cases();
    assert!(cases.len() > 30, "formats with cases: {}", cases.len());
    for (format, inputs) in &cases {
        // Those without a format of that name are envelopes and the like, which tell themselves.
        let known = root().join(format!("docs/formats/{format}.md")).exists();
        put(folder, format, known.then_some(format), inputs);
    }
    wire::put(&pipeline.kinesis(), "raw", &[("k".into(), vec![0x1f, 0x8b, 8, 0, 1, 2, 3])]).unwrap();
    pipeline.settle();
    let (first, events) = (records(&pipeline.kinesis(), "events"), Store::open(&pipeline.data()).events());
    pipeline.interrupt();

    let revised = format!("{CONFIG}[pipeline]\nrevision = 2\npacking = \"gzip\"\n");
    std::fs::write(folder.join("test.toml"), revised).unwrap();
    let pipeline = Pipeline::start(folder, &[]);
    for (format, inputs) in
        cases.iter().filter(|(format, _)| ["apache_access", "sdc", "stanford_sdr"].contains(&&format[..]))
    {
        put(folder, "corrected", Some(format), inputs);
    }
    pipeline.settle();
    let store = Store::open(&pipeline.data());
    assert_eq!(store.events(), events, "a correction adds no event");
    assert!(store.number("SELECT count(*) FROM event_view WHERE service = 'corrected'") > 20);
    let corrected = records(&pipeline.kinesis(), "events").split_off_known(&first);
    Piped { pipeline, first, corrected }
}

/// Records that came after others were read.
trait SplitOffKnown {
    fn split_off_known(self, known: &[Record]) -> Vec<Record>;
}

impl SplitOffKnown for Vec<Record> {
    fn split_off_known(self, known: &[Record]) -> Vec<Record> {
        let place = |record: &Record| (record.shard.clone(), record.record["SequenceNumber"].to_string());
        let known: HashSet<_> = known.iter().map(place).collect();
        self.into_iter().filter(|record| !known.contains(&place(record))).collect()
    }
}

/// As Firehose may deliver it: corrections lie before what they correct, and a part comes twice.
fn archive(folder: &Path, piped: &Piped) -> PathBuf {
    let archive = folder.join("events");
    let (early, late) = piped.first.split_at(piped.first.len() / 2);
    assert!(!early.is_empty() && !piped.corrected.is_empty());
    deliver(&archive, "2026/11/01/00/events-1-a.gz", &piped.corrected);
    deliver(&archive, "2026/11/01/23/events-1-b.zst", early);
    deliver(&archive, "2026/11/02/00/events-1-c.zst", late);
    deliver(&archive, "2026/11/02/01/events-1-d.zst", piped.first.iter().step_by(3).chain(early));
    archive
}

/// Ids of the events in these records.
fn ids<'a>(records: impl Iterator<Item = &'a Record>) -> HashSet<String> {
    let id = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["event"]["id"].as_str().unwrap().to_string()
    };
    records.flat_map(|record| unpack(&record.data).unwrap().lines().map(id).collect::<Vec<_>>()).collect()
}

fn report(folder: &Path, args: &[&str]) -> Value {
    let output = run(folder, &[&["report"], args, &["--format", "json", "--limit", "100000"]].concat());
    assert!(output.status.success(), "{args:?}: {}", told(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// All five answers of the job, in the order of [`REPORTS`].
fn job(spark: &Spark, archive: &Path, args: &[&str]) -> Vec<Value> {
    let fixed = [archive.to_str().unwrap(), "--format", "json", "--limit", "100000"];
    let output = spark.run(&root().join("archive/spark/questions.py"), &[&fixed, args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn spark_answers_from_the_archive_what_the_store_answers() {
    let Some(spark) = Spark::installed() else { return };
    let folder = tempfile::tempdir().unwrap();
    let piped = piped(folder.path());
    let archive = archive(folder.path(), &piped);
    let pairs = report(folder.path(), &["who-queries-what"]);
    let rows = pairs["sections"][0]["rows"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["organization"] == "High"), "the table of organisations is used");
    let agent = pairs["sections"][0]["rows"][0]["who"].as_str().unwrap().to_string();
    let happened = report(folder.path(), &["preservation-events", "--service", "corrected"]);
    let objects = happened["sections"][0]["rows"].as_array().unwrap().iter();
    let object =
        objects.filter_map(|row| row["object"].as_str()).find(|o| o.contains(':') && !o.starts_with('['));
    let object = object.expect("an object with a scheme").split_once(':').unwrap().1.to_string();

    // An event in the future is in the archive, but in no store.
    let now = Timestamp::from_millis(SystemClock.now_millis()).unwrap().to_string();
    let ids = ids(piped.first.iter().chain(&piped.corrected));
    let ranges: [&[&str]; 2] = [
        &["--by", "month", "--until", &now],
        &["--by", "week", "--since", "2011-01-01T10:00Z", "--until", "2026-11-01", "--service", "corrected"],
    ];
    for (range, agent, object) in
        [(ranges[0], &agent[..], None), (ranges[1], "mozilla/*.0 (*", Some(&object[..]))]
    {
        let of_object: Vec<&str> = object.iter().flat_map(|object| ["--object", object]).collect();
        let answers = job(&spark, &archive, &[range, &["--agent", agent], &of_object[..]].concat());
        assert_eq!(answers.len(), REPORTS.len());
        for (name, answer) in REPORTS.iter().zip(&answers) {
            let mut args = vec![*name];
            match *name {
                "agent" => args.push(agent),
                "preservation-events" => args.extend(&of_object),
                _ => {}
            }
            args.extend(range);
            let expected = report(folder.path(), &args);
            let counted = ["queries", "events", "moves"].map(|name| expected["totals"][name].as_i64());
            assert!(counted.iter().flatten().sum::<i64>() > 0, "{args:?}: nothing is counted");
            assert_same_answer(&expected, answer);
        }
        let meta = &answers[0]["meta"];
        assert_eq!(meta["objects"], 4);
        assert_eq!(meta["events"], ids.len(), "also those in the future, which the store refuses");
        assert!(meta["lines"].as_i64() > meta["events"].as_i64().map(|n| n * 5 / 4), "{meta}");
    }
    tables_lose_nothing(&spark, folder.path(), &piped, &archive, &agent, &now);
    damage_is_told(&spark, folder.path(), &archive);
}

/// A record of the raw stream as the transform's mode `wrap` lays it down; every other one with all that may be there.
fn wrapped((index, record): (usize, &Record)) -> String {
    let text = |name: &str| record.record[name].as_str().unwrap().into();
    let arrival = record.record["ApproximateArrivalTimestamp"].as_f64().unwrap() * 1000.0;
    let wrapped = Wrapped {
        stream: "raw".into(),
        shard: (&record.shard).into(),
        sequence_number: text("SequenceNumber"),
        partition_key: text("PartitionKey"),
        arrival_millis: arrival.round() as i64,
        user_record: (index % 2 == 1).then_some(index as u64),
        data: STANDARD.encode(&record.data).into(),
    };
    String::from_utf8(wrapped.line()).unwrap()
}

fn tables_lose_nothing(spark: &Spark, folder: &Path, piped: &Piped, archive: &Path, agent: &str, now: &str) {
    let (raw, letters) = (folder.join("raw/2026/11/01/00"), folder.join("letters/2026/11/01/00"));
    std::fs::create_dir_all(&raw).unwrap();
    std::fs::create_dir_all(&letters).unwrap();
    let lines: String = records(&piped.pipeline.kinesis(), "raw").iter().enumerate().map(wrapped).collect();
    std::fs::write(raw.join("raw-1"), lines).unwrap();
    let written = wait_for("a dead letter", Duration::from_secs(20), || {
        let text = letters_of(&piped.pipeline.data().join("dead-letters"));
        (!text.is_empty()).then_some(text)
    });
    std::fs::write(letters.join("letters-1"), written).unwrap();

    by_trino(folder, piped);

    let table = |name: &str, folder: &Path| format!("{name}={}", folder.display());
    let tables = [
        table("catchwater_events", archive),
        table("catchwater_raw", &folder.join("raw")),
        table("catchwater_dead_letters", &folder.join("letters")),
    ];
    let athena = root().join("archive/athena");
    let word = format!("198.51.100.7={agent}");
    let until = format!("2026-12-01={now}");
    let args = [
        &[athena.to_str().unwrap()],
        &tables.each_ref().map(String::as_str)[..],
        &["--word", &word, "--word", "2026-11-01=0000", "--word", &until],
    ];
    let output = spark.run(&root().join("tests/spark/tables.py"), &args.concat());
    assert!(output.status.success(), "{}", told(&output));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (name, _) in tables.iter().filter_map(|table| table.split_once('=')) {
        assert!(found["lines"][name].as_i64() > Some(0), "{name}: {}", found["lines"]);
    }
    let same = [
        ("1", "who-queries-what", "pairs", &["who", "service"][..], "queries"),
        ("2", "queries", "operations", &["operation", "service"], "queries"),
        ("2a", "queries", "texts", &["language", "query", "fingerprint"], "queries"),
        ("3", "agent", "summary", &["service", "operation"], "events"),
        ("4", "file-moves", "moves", &["action_type", "who", "size_bytes", "service"], ""),
        ("4a", "file-moves", "unfinished", &["service"], ""),
    ];
    for (number, name, section, columns, count) in same {
        let mut args = vec![name, "--until", now];
        args.extend((name == "agent").then_some(agent));
        let answer = report(folder, &args);
        let sections = answer["sections"].as_array().unwrap();
        let section = sections.iter().find(|table| table["name"] == section).unwrap();
        let rows = |rows: &Value, count: &str| {
            let row =
                |row: &Value| columns.iter().chain([&count]).map(|c| row[*c].clone()).collect::<Vec<_>>();
            let mut rows: Vec<_> = rows.as_array().unwrap().iter().map(row).collect();
            rows.sort_by_cached_key(|row| format!("{row:?}"));
            rows
        };
        let expected = rows(&section["rows"], if count.is_empty() { "" } else { "count" });
        assert_eq!(rows(&found["answers"][number], count), expected, "question {number} of questions.sql");
    }
}

/// Trino's own SerDe gives each line back, and its parser takes the questions.
fn by_trino(folder: &Path, piped: &Piped) {
    let records = piped.first.iter().chain(&piped.corrected);
    let events: String = records.map(|record| unpack(&record.data).unwrap()).collect();
    std::fs::write(folder.join("events.jsonl"), &events).unwrap();
    let athena = root().join("archive/athena");
    let file = |name: &str, lines: &str| [athena.join(name), folder.join(lines)];
    let tables = [
        file("events.sql", "events.jsonl"),
        file("raw.sql", "raw/2026/11/01/00/raw-1"),
        file("dead_letters.sql", "letters/2026/11/01/00/letters-1"),
    ];
    let args: Vec<PathBuf> = [vec![athena.join("questions.sql")], tables.concat()].concat();
    let Some(output) = trino::run(&root().join("tests/trino/Tables.java"), &args) else { return };
    assert!(output.status.success(), "{}", told(&output));
    let told = String::from_utf8_lossy(&output.stdout).to_string();
    // Java itself says a word of its own.
    let told: Vec<&str> = told.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!((told[0], told[1]), ("statements 8", &format!("lines {}", events.lines().count())[..]));
}

/// All dead letters of a folder.
fn letters_of(folder: &Path) -> String {
    let Ok(entries) = std::fs::read_dir(folder) else { return String::new() };
    let mut text = String::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => text.push_str(&letters_of(&path)),
            false => text.push_str(&format!("{}\n", std::fs::read_to_string(path).unwrap())),
        }
    }
    text
}

fn damage_is_told(spark: &Spark, folder: &Path, archive: &Path) {
    let script = root().join("archive/spark/questions.py");
    let absent = spark.run(&script, &[folder.join("nowhere").to_str().unwrap()]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(
        told(&absent).contains("there is no such path") && told(&absent).contains("nowhere"),
        "{}",
        told(&absent)
    );

    let damaged = folder.join("damaged");
    let whole = std::fs::read(archive.join("2026/11/01/23/events-1-b.zst")).unwrap();
    std::fs::create_dir(&damaged).unwrap();
    std::fs::write(damaged.join("cut.zst"), &whole[..whole.len() - 9]).unwrap();
    std::fs::write(damaged.join("broken.gz"), b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff")
        .unwrap();
    std::fs::write(damaged.join("text"), "{\"no\": \"event\"}\nno JSON\n").unwrap();
    let output =
        spark.run(&script, &[damaged.to_str().unwrap(), "--format", "json", "--question", "queries"]);
    assert_eq!(output.status.code(), Some(3), "{}", told(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["meta"]["events"].as_i64() > Some(0), "what stands before the cut counts: {answer}");
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    for (object, what) in [
        ("cut.zst", "cut within the frame at byte"),
        ("broken.gz", "is broken"),
        ("text", "a line is no event (2 x)"),
    ] {
        let told = said
            .lines()
            .any(|line| line.starts_with("damaged: ") && line.contains(object) && line.contains(what));
        assert!(told, "{object}: {what}\n{said}");
    }
}
