//! No secret comes out: canaries of every rule are put through the pipeline, and looked for in the store's files, in every
//! answer of the page, in every report, in what `parse` and `explain` print, and in all that the pipeline logs. Only the
//! streams and the dead letters hold the bytes as they came.

use catchwater_tests::pipeline::{Pipeline, run, run_with_input};
use catchwater_tests::store::Store;
use std::path::Path;

/// A text with a secret in it, and what of it must not be seen. None is or was valid anywhere.
const CANARIES: [(&str, &str); 11] = [
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJzdWIiOiIxIn0"),
    ("Bearer%20canary0bearer", "canary0bearer"),
    ("https://bob:canary0url@example.org/a", "canary0url"),
    ("4111-1111-1111-1111", "4111-1111-1111-1111"),
    ("-----BEGIN%20PRIVATE KEY-----canary0pem-----END%20PRIVATE KEY-----", "canary0pem"),
    ("ghp_canary0123456789abcdefghijklmnopqrst", "ghp_canary"),
    ("a=1&password=canary0password&b=2", "canary0password"),
    (r#"{"clientSecret":"canary0json"}"#, "canary0json"),
    ("ALTER ROLE bob PASSWORD 'canary0sql'", "canary0sql"),
];

/// Lines of several kinds with each secret where people and programs leave them.
fn lines() -> String {
    let mut lines = String::new();
    for (n, (text, _)) in CANARIES.iter().enumerate() {
        let path = text.replace(' ', "%20").replace('"', "%22");
        let json =
            serde_json::json!({"level": "info", "message": format!("said {text}"), "extra": {"of": text}});
        lines.push_str(&format!(
            "192.0.2.{n} - bob [10/Oct/2026:13:55:36 +0000] \"GET /find/{path}?q={path}&fq=x HTTP/1.1\" 200 23 \"https://x/?{path}\" \"curl/8 {path}\"\n{json}\n\
             2026-10-10 13:55:36 UTC [7] bob@db LOG:  statement: SELECT '{text}', {text}\nOct 10 13:55:36 web app[7]: {text} failed\nonly {text}\n"
        ));
    }
    lines
}

/// Panics if a secret stands in what `place` gave.
fn check(place: &str, bytes: &[u8]) {
    for (text, secret) in CANARIES {
        let is_there =
            bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret.as_bytes()));
        assert!(!is_there, "{secret} of {text} is in {place}");
    }
}

fn check_command(folder: &Path, args: &[&str], input: Option<&[u8]>) -> usize {
    let output = match input {
        Some(input) => run_with_input(folder, args, input),
        None => run(folder, args),
    };
    let place = format!("`catchwater {}`", args.join(" "));
    check(&place, &output.stderr);
    check(&place, &output.stdout);
    output.stdout.len()
}

#[test]
fn no_secret_is_in_any_output() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let lines = lines();
    assert!(CANARIES.iter().all(|(_, secret)| lines.contains(secret)), "each is put");
    std::fs::write(here.join("app.log"), &lines).unwrap();
    // A broken envelope is a line like others.
    let mut envelope = r#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1,"#.to_string();
    envelope.push_str(&CANARIES.map(|(text, _)| text).join(" "));
    std::fs::write(here.join("broken.jsonl"), envelope + "\n").unwrap();
    let pipeline = Pipeline::start(here, &[]);
    for file in ["app.log", "broken.jsonl"] {
        check_command(here, &["put", file], None);
    }
    pipeline.settle();
    let asked = "SELECT count(DISTINCT event ->> '$.source.ip') FROM event_view WHERE kind = 'service_query'";
    assert_eq!(Store::open(&pipeline.data()).number(asked), CANARIES.len() as i64);
    let everything = "range_start=0&from=0&to=4102444800000&limit=1000";
    for path in ["/", "/api/status", "/api/chart", "/api/who", "/api/moves"] {
        let answer = ureq::get(format!("{}{path}?{everything}", pipeline.page())).call();
        let text = answer.unwrap_or_else(|e| panic!("{path}: {e}")).body_mut().read_to_string().unwrap();
        check(path, text.as_bytes());
    }
    for format in ["table", "csv", "json", "html"] {
        for question in [
            &["who-queries-what"][..],
            &["queries"],
            &["agent", "bob"],
            &["file-moves"],
            &["preservation-events"],
        ] {
            let args = [&["report"], question, &["--limit", "1000", "--format", format]].concat();
            assert!(check_command(here, &args, None) > 0, "{args:?} says something");
        }
    }
    check("what the pipeline printed", pipeline.interrupt().as_bytes());
    for entry in std::fs::read_dir(here.join("catchwater-data")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("events.sqlite") || name.ends_with(".json") {
            check(&name, &std::fs::read(&path).unwrap());
        }
    }
    for args in [&["parse"][..], &["explain", "-"], &["explain", "--json", "-"]] {
        assert!(check_command(here, args, Some(lines.as_bytes())) > 0, "{args:?} says something");
    }
}
