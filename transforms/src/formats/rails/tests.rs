use super::super::testing::{check_any_text, in_one_record, refused, value};
use super::*;
use crate::formats::Group;
use proptest::prelude::*;
use serde_json::{Value, json};

const ID: &str = "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb";
const STARTED: &str = "Started GET \"/items/7?q=x\" for 1.2.3.4 at 2024-05-06 09:08:09 +0200";

fn line(pid: u32, text: &str) -> String {
    format!("I, [2024-05-06T07:08:09.123456 #{pid}]  INFO -- : {text}")
}

/// How lines fall into groups when each is a log event of its own.
fn joined(lines: &[&str]) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut state = 0;
    for line in lines {
        let continues = FORMAT.continues.unwrap();
        let goes_on =
            groups.last().is_some_and(|text| continues(&mut Group { text, state: &mut state }, line));
        match groups.last_mut().filter(|_| goes_on) {
            Some(group) => {
                group.push('\n');
                group.push_str(line);
            }
            None => {
                groups.push((*line).to_string());
                state = 0;
            }
        }
    }
    groups
}

fn free(event: &Value) -> &Value {
    &event["catchwater"]["fields"]
}

#[test]
fn a_request_is_one_event() {
    let lines = [
        STARTED,
        "Processing by Admin::ItemsController#show as JSON",
        "  Parameters: {\"q\"=>\"x\", \"id\"=>\"7\"}",
        "Redirected to http://example.com/login",
        "Filter chain halted as :authenticate rendered or redirected",
        "Completed 302 Found in 12ms (Views: 1.5ms | ActiveRecord: 2.0ms (3 queries, 1 cached) | Allocations: 900)",
        "",
        STARTED,
    ];
    let groups = joined(&lines);
    assert_eq!(groups.len(), 2);
    let event = value(&FORMAT, &groups[0]);
    assert_eq!(event["@timestamp"], "2024-05-06T07:08:09.000Z");
    assert_eq!(event["event"]["duration"], 12_000_000);
    assert_eq!(
        event["rails"],
        json!({
            "action": "show", "controller": "Admin::ItemsController", "db_runtime_ms": 2, "view_runtime_ms": 1.5,
        })
    );
    assert_eq!(
        *free(&event),
        json!({
            "format": "JSON", "location": "http://example.com/login", "parameters": "{\"q\"=>\"x\", \"id\"=>\"7\"}",
            "Allocations": 900, "queries": 3, "cached_queries": 1,
        })
    );
    assert_eq!(event["message"], "Filter chain halted as :authenticate rendered or redirected");
    assert_eq!(event["catchwater"]["query"]["text"], "x");
    // Without its end it is one too.
    let event = value(&FORMAT, &groups[1]);
    assert_eq!(
        (&event["event"]["outcome"], &event["catchwater"]["operation"]),
        (&Value::Null, &json!("GET /items/{id}"))
    );
}

#[test]
fn lines_of_ids_and_processes_are_put_together_again() {
    let with_id = |text: &str| line(1, &format!("[{ID}] {text}"));
    let lines = [
        with_id(STARTED),
        line(2, STARTED),
        with_id("Processing by A#b as HTML"),
        line(2, "Processing by C#d as HTML"),
        line(2, "Completed 200 OK in 1ms"),
        with_id("Completed 404 Not Found in 2ms"),
        with_id("and then"),
    ];
    let events = in_one_record(&FORMAT, &lines.each_ref().map(String::as_str));
    let told: Vec<_> =
        events.iter().map(|e| (&e["rails"]["controller"], &e["http"]["response"]["status_code"])).collect();
    assert_eq!(told[..2], [(&json!("C"), &json!(200)), (&json!("A"), &json!(404))]);
    assert_eq!((events.len(), &events[2]["message"]), (3, &json!("and then")));
    assert_eq!(events[1]["http"]["request"]["id"], ID);
}

#[test]
fn of_a_process_that_answers_two_at_once_nothing_is_guessed() {
    let lines = [
        line(2, &format!("{STARTED}\n{}", line(2, "Processing by A#b as HTML"))),
        line(3, "x"),
        line(2, STARTED),
        line(3, "y"),
        line(2, "Completed 200 OK in 1ms"),
    ];
    let events = in_one_record(&FORMAT, &lines.each_ref().map(String::as_str));
    let completed: Vec<_> = events.iter().filter(|e| e["event"]["duration"] != Value::Null).collect();
    assert_eq!((events.len(), completed.len()), (5, 1));
    assert_eq!((&completed[0]["url"], &completed[0]["rails"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_was_thrown_goes_with_the_request_that_failed() {
    let lines = [
        STARTED,
        "Processing by A#b as HTML",
        "Completed 500 Internal Server Error in 5ms",
        "",
        "  ",
        "ZeroDivisionError (divided by 0):",
        "  ",
        "app/controllers/a.rb:7:in `b'",
        "lib/c.rb:1:in 'd'",
        "unrelated",
    ];
    let groups = joined(&lines);
    assert_eq!(groups.len(), 2);
    let event = value(&FORMAT, &groups[0]);
    assert_eq!(
        (&event["error"]["type"], &event["error"]["message"]),
        (&json!("ZeroDivisionError"), &json!("divided by 0"))
    );
    assert!(event["error"]["stack_trace"].as_str().unwrap().ends_with("in 'd'"));
    let text = "ActionView::Template::Error (oh (x)) on line #3 of /app/a.erb:";
    let event = value(&FORMAT, text);
    assert_eq!(
        (&event["log"]["origin"]["file"], &event["message"]),
        (&json!({"line": 3, "name": "/app/a.erb"}), &json!(text))
    );
    // Nothing goes on with a request that went well.
    assert_eq!(joined(&[STARTED, "Completed 200 OK in 5ms", "x"]).len(), 2);
}

#[test]
fn old_versions() {
    let event = value(
        &FORMAT,
        "Processing PeopleController#index to xml (for 1.1.1.1 at 2008-08-14 21:16:30) [GET]\n  Session ID: BAh7CToMcmVmZXJlciIb\n\
         MDoOQGZhbGxiYWNrMDoMQHNjcmlwdDA6==--7918\n  Parameters: {\"q\"=>\"gaby\", \"action\"=>\"index\"}\nCompleted in 0.22699 (4 reqs/sec) | \
         Rendering: 0.02667 (11%) | DB: 0.03057 (13%) | 302 Found [https://www.example.com:8080/people?q=gaby]",
    );
    assert_eq!(
        event["url"],
        json!({"domain": "www.example.com", "path": "/people", "port": 8080, "query": "q=gaby", "scheme": "https"})
    );
    assert_eq!(
        (&event["rails"]["view_runtime_ms"], &event["rails"]["db_runtime_ms"]),
        (&json!(26.67), &json!(30.57))
    );
    assert_eq!(
        (&event["event"]["duration"], &event["source"]["ip"]),
        (&json!(226_990_000), &json!("1.1.1.1"))
    );
    assert!(!event.to_string().contains("BAh7") && !event.to_string().contains("7918"));
    let event = value(&FORMAT, "Completed in 148ms (DB: 0) | 302 Found [http://h/login]");
    assert_eq!((&event["rails"], &event["url"]["path"]), (&json!({"db_runtime_ms": 0}), &json!("/login")));
}

#[test]
fn prefixes_tags_and_times() {
    let line = line(4711, &format!("[web] [{ID}] {STARTED}"));
    let event = value(&FORMAT, &line);
    // The zone is the request's, the fraction the logger's.
    assert_eq!(event["@timestamp"], "2024-05-06T07:08:09.123456Z");
    assert_eq!((&event["tags"], &event["process"]["pid"]), (&json!(["web"]), &json!(4711)));
    let local = line.replace("T07:08:09", "T09:08:09");
    assert_eq!(value(&FORMAT, &local)["@timestamp"], "2024-05-06T07:08:09.123456Z");
    let other = line.replace("T07:08:09", "T07:33:33");
    assert_eq!(value(&FORMAT, &other)["@timestamp"], "2024-05-06T07:08:09.000Z");
    let event = value(&FORMAT, &format!("app-1: {STARTED}"));
    assert_eq!(
        (free(&event), &event["http"]["request"]["method"]),
        (&json!({"prefix": "app-1:"}), &json!("GET"))
    );
    let event = value(&FORMAT, "W, [2024-05-06T07:08:09.1 #1]  WARN -- sidekiq: a: b\n{\"c\": 1}");
    assert_eq!((&event["message"], &event["log"]["logger"]), (&json!("a: b\n{\"c\": 1}"), &json!("sidekiq")));
}

#[test]
fn parameters_ask_where_the_url_does_not() {
    let asked = |parameters: &str| {
        let text =
            format!("Started POST \"/s\" for ::1 at 2024-05-06 09:08:09 +0200\n  Parameters: {parameters}");
        value(&FORMAT, &text)["catchwater"]["query"]["text"].clone()
    };
    assert_eq!(asked("{\"q\" => \"maps\", page: 2}"), "maps");
    for none in ["{\"q\"=>{\"q\"=>\"x\"}}", "{\"q\"=>\" \"}", "{\"q\"=>\"[FILTERED]\"}", "{\"q\"=>\"x"] {
        assert_eq!(asked(none), Value::Null, "{none}");
    }
}

#[test]
fn more_requests_in_one_message() {
    let text = format!("{STARTED}\nCompleted 200 OK in 1ms\n{STARTED}\nCompleted 404 Not Found in 1ms");
    let events = in_one_record(&FORMAT, &[&text]);
    let codes: Vec<_> = events.iter().map(|e| e["http"]["response"]["status_code"].clone()).collect();
    assert_eq!(codes, [200, 404]);
}

#[test]
fn what_is_refused_and_what_is_not_told_from_looks() {
    for bad in ["hello", "Started well", "Completed in time", "Processing by hand as usual", "[web] x", ""] {
        assert_eq!(refused(&FORMAT, bad), Some("no_rails_line"), "{bad}");
        assert!(!detect(bad), "{bad}");
    }
    for unsure in ["  Rendered a.erb (1ms)", "  Parameters: {\"a\"=>\"b\"}", "Started GET \"x\" for y at z"] {
        assert!(!detect(unsure), "{unsure}");
    }
    let lograge = line(1, "method=GET path=/ format=html controller=A action=b status=200 duration=1.00");
    assert!(!detect(&lograge) && detect(&line(1, "x")) && detect(STARTED));
}

const PIECES: &str = "(I, \\[2024-05-06T07:08:09.1 #[12]\\]  INFO -- : )?(\\[f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\\] )?\
    (Started GET \"/a\" for 1.2.3.4 at 2024-05-06 09:08:09 \\+0200|Processing by A#b as HTML|  Parameters: \\{\"q\"=>\"x\"\\}|\
    Completed [25]00 OK in 1ms \\(Views: 1.0ms\\)|Completed in 1ms \\(DB: 1\\) \\| 200 OK \\[http://a/b\\]|Err \\(x\\):|a.rb:1:in 'b'|\
    User Load \\(0.4ms\\)  SELECT 1|Session ID: x|[a:é \\[\\]()=>]{0,12})";

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_lines(lines in proptest::collection::vec(PIECES, 1..12)) {
        check_any_text(&FORMAT, &lines.join("\n"));
        for line in &lines {
            check_any_text(&FORMAT, line);
        }
        let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
        // What is joined stands together when it comes whole, too.
        for group in joined(&refs) {
            prop_assert_eq!(flow::groups(&group, is_others).len(), 1, "{}", group);
        }
    }
}
