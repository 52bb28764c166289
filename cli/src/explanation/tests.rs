//! What people and programs are told of a line.

use super::*;
use crate::report::Look;
use catchwater_schemas::config::{self, UserFormat};
use catchwater_transforms::transform::{Parts, Transform, explain};
use std::collections::BTreeMap;

const LINE: &str =
    r#"203.0.113.9 - frank [10/Oct/2026:13:55:36 +0000] "GET /cat?q=maps&token=abc HTTP/1.1" 200 5"#;
const LOOK: Look = Look { width: None, colours: false, unicode: true, chart: false };

fn parts() -> Parts {
    let door =
        UserFormat { pattern: Some("^(?<who>[a-z]+) opens (?<door>[a-z]+)$".into()), ..Default::default() };
    let route = |log_group: &str| config::Route { log_group: Some(log_group.into()), ..Default::default() };
    Parts {
        formats: BTreeMap::from([("door".into(), door)]),
        routes: vec![
            config::Route { format: Some("door".into()), ..route("/doors") },
            config::Route { drop: Some("noise".into()), ..route("/noise") },
        ],
        ..Parts::default()
    }
}

/// Text, JSON, and whether a typed event came out.
fn shown(log_group: &str, messages: &[&str], look: Look) -> (String, Value, bool) {
    let parts = parts();
    let told = Transform::new(&parts).unwrap().explain(&explain::Asked {
        log_group,
        messages,
        ..Default::default()
    });
    let route = told.route.map(|place| &parts.routes[place]);
    let redactor = Redactor::new(&parts.redact).unwrap();
    let asked = Asked { told: &told, route, forced: None, cut: false, redactor: &redactor };
    let json = serde_json::from_str(&json::render(&asked).unwrap()).unwrap();
    (text::render(&asked, look), json, asked.is_typed())
}

#[test]
fn each_field_stands_with_its_value_and_what_set_it() {
    let (text, json, typed) = shown("", &[LINE], LOOK);
    assert!(typed && json["typed"] == true, "{text}");
    let row = |name: &str| text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_default();
    assert!(row("url.query").ends_with("format, redaction  q=maps&token=REDACTED"), "{text}");
    assert!(row("catchwater.who").contains("identity") && row("catchwater.who").ends_with("frank"), "{text}");
    assert!(row("catchwater.operation").contains("query"), "{text}");
    assert!(!text.contains('\x1b') && !text.contains("abc"), "{text}");
    let fields = json["entries"][0]["events"][0]["fields"].as_array().unwrap();
    let status = fields.iter().find(|field| field["field"] == "http.response.status_code").unwrap();
    assert_eq!((&status["value"], &status["from"][0]), (&200.into(), &"format".into()));
}

#[test]
fn every_format_is_named_with_what_it_says() {
    let (text, json, _) = shown("", &[LINE], LOOK);
    let formats = json["entries"][0]["formats"].as_array().unwrap();
    let names = catchwater_transforms::formats::REGISTRY.iter().map(|format| format.name).chain(["door"]);
    for name in names {
        let verdict = formats.iter().find(|verdict| verdict["format"] == name).unwrap();
        assert!(verdict["takes"] == true || verdict["refuses"].is_string(), "{verdict}");
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(text.contains("no_match: door") && text.contains("format  apache_access: "), "{text}");
}

#[test]
fn formats_of_the_configuration_are_routed_and_their_refusals_told() {
    let (text, json, typed) = shown("/doors", &["bob opens cellar"], LOOK);
    assert!(
        typed && text.contains("door: the route names it") && text.contains("route   1 (log_group"),
        "{text}"
    );
    assert!(text.contains("catchwater.fields.door") && json["route"] == 1, "{text}");
    let (text, json, typed) = shown("/doors", &["bob closes cellar"], LOOK);
    assert!(!typed && text.contains("(no_match)") && text.contains("nothing but `plain` took it"), "{text}");
    assert_eq!(
        (&json["entries"][0]["refused"], &json["entries"][0]["made_by"]),
        (&"no_match".into(), &"plain".into())
    );
    let (text, json, typed) = shown("/noise", &["x"], LOOK);
    assert!(!typed && text.contains("filtered: noise 1") && text.contains("no event came out"), "{text}");
    assert_eq!(json["filtered"]["noise"], 1);
}

#[test]
fn a_line_cannot_steer_the_terminal_and_a_narrow_one_is_kept_to() {
    let look = Look { width: Some(60), colours: true, ..LOOK };
    let long = format!("\u{1b}]0;x\u{7} {}", "long ".repeat(100));
    let (text, _, _) = shown("", &[&long, "second"], look);
    let bare = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m"];
    let bare = bare.iter().fold(text.clone(), |text, code| text.replace(code, ""));
    assert!(text.contains("\x1b[1m") && !bare.contains('\x1b') && !bare.contains('\u{7}'), "{bare}");
    let message = bare.lines().find(|line| line.starts_with("message ")).unwrap();
    assert!(message.chars().count() <= 60 && message.ends_with('…'), "{message}");
}
