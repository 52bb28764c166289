//! The commands that need no pipeline: `parse`, `check`, `schema`, `--help`.

use catchwater_tests::pipeline::{run, run_with_input};
use serde_json::Value;

const LINES: &str = "192.168.202.254 - - [20/Jul/2009:22:59:26 +0000] \"GET /vmw/cgi/tramp?q=1 HTTP/1.0\" 200 134 \"-\" \"gPXE/0.9.7\"\nno access line\n";

#[test]
fn parse_gives_one_event_a_line_and_tells_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = run_with_input(folder.path(), &["parse", "--format", "apache_access"], LINES.as_bytes());
    assert!(output.status.success());
    let events: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["url"]["query"], "q=1");
    assert_eq!(events[0]["catchwater"]["format"], "apache_access");
    assert_eq!(events[1]["catchwater"]["format"], "plain");
    assert!(events[1]["catchwater"]["parse_failure"].is_string());
    // Without a format it is found, and the same line gives the same event but for what the format's name says.
    let detected = run_with_input(folder.path(), &["parse"], LINES.as_bytes());
    let first: Value =
        serde_json::from_str(String::from_utf8(detected.stdout).unwrap().lines().next().unwrap()).unwrap();
    assert_eq!(first["url"]["query"], "q=1");
    let wrong = run_with_input(folder.path(), &["parse", "--format", "apahce_access"], b"");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("apache_access"));
}

#[test]
fn parse_survives_what_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = vec![0xff, 0xfe, 0, b'\n'];
    bytes.extend(vec![b'x'; 3 << 20]);
    let output = run_with_input(folder.path(), &["parse"], &bytes);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().all(|l| serde_json::from_str::<Value>(l).is_ok()));
    assert!(text.lines().count() >= 2);
}

#[test]
fn a_closed_pipe_ends_parse_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let binary = catchwater_tests::pipeline::binary();
    let lines = LINES.repeat(20_000);
    std::fs::write(folder.path().join("lines"), lines).unwrap();
    let script = format!("'{}' parse < lines | head -1", binary.display());
    let output =
        std::process::Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
}

#[test]
fn schemas_are_those_of_the_source() {
    let folder = tempfile::tempdir().unwrap();
    for subject in ["event", "config", "dead-letter"] {
        let output = run(folder.path(), &["schema", subject]);
        let file = format!("{}/../schemas/json/{subject}.schema.json", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            std::fs::read_to_string(file).unwrap(),
            "{subject}"
        );
    }
}

#[test]
fn help_shows_every_command_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = String::from_utf8(run(folder.path(), &["--help"]).stdout).unwrap();
    for told in ["up", "put", "parse", "explain", "check", "schema", "report", "Examples:"] {
        assert!(help.contains(told), "{told}");
    }
    let mistaken = run(folder.path(), &["pasre"]);
    assert!(String::from_utf8_lossy(&mistaken.stderr).contains("parse"));
}

/// A format of one's own and a route to it.
const DOOR: &str = "[format.door]\npattern = '^(?<who>[a-z]+) opens$'\nfields = { who = \"user.name\" }\n[[route]]\nlog_group = \"/doors\"\nformat = \"door\"\n[sink.sqlite]\n";

#[test]
fn explain_tells_by_its_exit_code_whether_a_typed_event_came_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("door.toml"), DOOR).unwrap();
    let explain = |args: &[&str], input: &str| {
        let output = run_with_input(folder.path(), &[&["explain"], args].concat(), input.as_bytes());
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        (output.status.code(), text)
    };
    let line = LINES.lines().next().unwrap();
    for (args, input, code, told) in [
        (&[line][..], "", 0, "apache_access"),
        (&["-"], LINES, 0, "line 2"),
        (&["no access line"], "", 1, "nothing but `plain` took it"),
        (&["--config", "door.toml", "--log-group", "/doors", "bob opens"], "", 0, "door: the route names it"),
        (&["--config", "door.toml", "--format", "door", "-"], "bob opens\n", 0, "user.name"),
        (&["--config", "door.toml", "--format", "dor", "x"], "", 2, "did you mean `door`?"),
        (&["--config", "absent.toml", "x"], "", 2, "absent.toml"),
        (&["--file", "absent.log"], "", 2, "absent.log"),
        (&["--no-such-option"], "", 2, "--no-such-option"),
    ] {
        let (found, text) = explain(args, input);
        assert!(found == Some(code) && text.contains(told), "{args:?}: {found:?}\n{text}");
    }
    let (_, json) = explain(&["--json", line], "");
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["entries"][0]["made_by"], "apache_access");
}

#[test]
fn formats_of_the_configuration_can_be_named_where_built_in_ones_can() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("door.toml"), DOOR).unwrap();
    let args = ["parse", "--config", "door.toml", "--format", "door"];
    let output = run_with_input(folder.path(), &args, b"bob opens\n");
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&event["catchwater"]["format"], &event["user"]["name"]), (&"door".into(), &"bob".into()));
    let unknown = run_with_input(folder.path(), &["parse", "--format", "door"], b"");
    assert_eq!(unknown.status.code(), Some(2), "without the configuration it is not known");
}

#[test]
fn a_configuration_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("good.toml"),
        "[[route]]\nlog_group = \"*\"\nformat = \"json\"\n[sink.sqlite]\n",
    )
    .unwrap();
    let good = run(folder.path(), &["check", "good.toml"]);
    assert!(good.status.success() && String::from_utf8_lossy(&good.stdout).contains("sqlite"));
    let absent = run(folder.path(), &["check", "absent.toml"]);
    assert!(String::from_utf8_lossy(&absent.stderr).contains("absent.toml"));
}
