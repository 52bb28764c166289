//! Raw records in, events and reports out.

mod envelopes;

use catchwater_schemas::config::{Identity, Limits, Route, Target, UserFormat};
use catchwater_schemas::dead_letter::Stage;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;
use catchwater_transforms::emit::{Emit, Held};
use catchwater_transforms::formats::{Format, LogEvent, RecordState, Refusal};
use catchwater_transforms::transform::{Parts, Transform};
use envelopes::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A format for tests: what a line does stands in it.
static ODD: Format = Format {
    name: "odd",
    detect: |line| line.starts_with("odd "),
    parse: odd,
    finish: Some(odd_finish),
    ..Format::DEFAULTS
};
static FORMATS: &[&Format] = &[&ODD];

fn odd(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let mut fields = Fields::new();
    fields.set(Field::Message, event.message);
    match event.message.trim_start_matches("odd ") {
        "panic" => {
            emit.event(Kind::Log, fields);
            panic!("as the test asks");
        }
        "refuse" => return Err(Refusal("odd_refused")),
        "hold" => state.of::<Vec<Held>>("odd").push(emit.hold()),
        "two" => {
            emit.event(Kind::Log, fields.clone());
            emit.event(Kind::Log, fields);
        }
        _ => emit.event(Kind::Log, fields),
    }
    Ok(())
}

fn odd_finish(state: &mut RecordState, emit: &mut Emit<'_>) {
    if let Some(first) = state.of::<Vec<Held>>("odd").first() {
        emit.held_event(first, Kind::Log, Fields::new());
    }
}

fn lines(texts: &[&str]) -> Vec<u8> {
    let events: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| log_event(&format!("id{n}"), 1_600_000_000_000, text))
        .collect();
    gzip(head_first(&envelope("/g", "s", &events)).as_bytes())
}

#[test]
fn a_producer_may_name_a_format_of_the_configuration() {
    let door = UserFormat {
        pattern: Some("^(?<who>[a-z]+) opens$".into()),
        fields: BTreeMap::from([("who".into(), Target::Field("user.name".into()))]),
        ..UserFormat::default()
    };
    let parts = Parts { formats: BTreeMap::from([("door".into(), door)]), ..Parts::default() };
    let transform = Transform::new(&parts).unwrap();
    let events = [log_event("1", 1_600_000_000_000, "bob opens"), log_event("2", 1_600_000_000_000, "bob")];
    let data = head_first(&envelope("/g", "s", &events));
    let data = data.replacen("\"logEvents\"", "\"catchwater\":{\"format\":\"door\"},\"logEvents\"", 1);
    let (events, report) = run(&transform, &[data.as_bytes()]);
    assert_eq!(
        (&events[0]["user"]["name"], &events[0]["catchwater"]["format"]),
        (&"bob".into(), &"door".into())
    );
    assert_eq!(events[1]["catchwater"]["parse_failure"], "no_match");
    assert_eq!(report.account.unparsed["no_match"], 1);
}

#[test]
fn a_panic_or_refusal_costs_one_log_event_and_a_held_one_comes_out_at_the_end() {
    let transform = with_formats(&[], Limits::default(), FORMATS);
    let texts = ["odd a", "odd panic", "odd refuse", "odd hold", "odd hold", "odd two", "not odd", "\n"];
    let (events, report) = run(&transform, &[&lines(&texts)]);
    assert_eq!(messages(&events), ["odd a", "odd refuse", "odd two", "odd two", "not odd", ""]);
    assert_eq!(at(&events[1], "/catchwater/parse_failure"), "odd_refused");
    assert_eq!(at(&events[1], "/catchwater/format"), "plain");
    assert_eq!(ids(&events)[3], format!("{}-1", ids(&events)[2]));
    let account = &report.account;
    assert_eq!((account.taken, account.parsed, account.joined), (8, 5, 1));
    assert_eq!(
        (account.dead["panic"], account.filtered["empty"], account.unparsed["odd_refused"]),
        (1, 1, 1)
    );
    let fault = &report.faults[0];
    assert_eq!((fault.stage, fault.reason.as_str()), (Stage::Parse, "panic"));
    assert_eq!(fault.bytes, b"odd panic");
    let origin = fault.origin.log_event.as_ref().unwrap();
    assert_eq!((origin.log_group.as_str(), origin.id.as_str()), ("/g", "id1"));
}

#[test]
fn the_route_counts_before_the_hint_and_the_hint_before_detection() {
    let line = |hint: Value| {
        let mut envelope = envelope("/g", "s", &[log_event("1", 1_600_000_000, "odd a")]);
        envelope["catchwater"] = hint;
        envelope.to_string().into_bytes()
    };
    let routes = [
        Route { log_group: Some("/dropped".into()), drop: Some("noise".into()), ..Route::default() },
        Route {
            log_group: Some("/g".into()),
            service: Some("routed".into()),
            revision: Some(4),
            ..Route::default()
        },
    ];
    let hinted = line(json!({"format": "plain", "service": "hinted"}));
    let formats: &'static [&'static Format] = Box::leak(
        [&ODD, catchwater_transforms::formats::by_name("plain").unwrap()].to_vec().into_boxed_slice(),
    );
    let (events, _) = run(&with_formats(&[], Limits::default(), formats), &[&hinted, &line(json!(7))]);
    let got: Vec<_> = events.iter().map(|e| (at(e, "/catchwater/format"), at(e, "/service/name"))).collect();
    assert_eq!(got, [("plain", "hinted"), ("odd", "/g")]);
    assert_eq!(at(&events[0], "/@timestamp"), "2020-09-13T12:26:40.000Z");
    let dropped = envelope("/dropped", "s", &[log_event("1", 0, "x")]).to_string();
    let (events, report) =
        run(&with_formats(&routes, Limits::default(), formats), &[&hinted, dropped.as_bytes()]);
    assert_eq!(at(&events[0], "/service/name"), "routed");
    assert_eq!(events[0].pointer("/catchwater/revision"), Some(&json!(4)));
    assert_eq!((events.len(), report.account.filtered["noise"]), (1, 1));
}

#[test]
fn what_is_no_envelope_is_json_objects_and_lines() {
    let routes = [Route { format: Some("plain".into()), ..Route::default() }];
    let transform = transform(&routes);
    let text = "first line\r\n  indented\n\n{\"message\":\"a\"}\n{\n \"message\": \"b\"\n}{\"message\":\"c\"}\n{\"message\":\"d\"} tail\n{broken";
    let (events, report) = run(&transform, &[text.as_bytes(), &gzip(text.as_bytes())]);
    let got = &messages(&events)[..7];
    assert_eq!(
        got,
        [
            "first line",
            "  indented",
            "{\"message\":\"a\"}",
            "{\n \"message\": \"b\"\n}",
            "{\"message\":\"c\"}",
            "{\"message\":\"d\"} tail",
            "{broken"
        ]
    );
    assert_eq!((report.account.taken, report.account.parsed), (14, 14));
    assert_eq!(at(&events[0], "/@timestamp"), "2023-11-14T22:13:20.000Z");
    assert_eq!(at(&events[0], "/aws/cloudwatch/log_group"), "raw");
    let distinct: std::collections::HashSet<_> = ids(&events).into_iter().collect();
    assert_eq!(distinct.len(), 14);
}

#[test]
fn identity_by_content_merges_a_producers_retry_but_not_repeats_within_a_record() {
    let by_content = [Route { identity: Identity::Content, ..Route::default() }];
    let (events, _) = run(&transform(&by_content), &[b"a\na\nb", b"a\na\nb"]);
    let ids = ids(&events);
    assert_eq!(ids[..3], ids[3..]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}

#[test]
fn broken_records_are_one_dead_letter_with_their_bytes() {
    let good = lines(&["a line"]);
    let mut wrong_crc = good.clone();
    let at = wrong_crc.len() - 6;
    wrong_crc[at] ^= 1;
    let cut_envelope =
        &head_first(&envelope("/g", "s", &[log_event("1", 0, "x"), log_event("2", 0, "y")]))[..190];
    let no_message = envelope("/g", "s", &[json!({"id": "1"}), log_event("2", 0, "y")]).to_string();
    let bomb = gzip(&vec![b' '; (64 << 20) + 1]);
    let cases: [(&[u8], &str, usize); 6] = [
        (&wrong_crc, "unpack_damaged", 0),
        (&good[..good.len() - 3], "unpack_damaged", 0),
        (b"\xF3\x89\x9A\xC2rest", "kpl_checksum", 0),
        (cut_envelope.as_bytes(), "envelope_broken", 1),
        (no_message.as_bytes(), "no_message", 1),
        (&bomb, "unpacked_too_large", 0),
    ];
    let transform = transform(&[]);
    for (data, reason, count) in cases {
        let (events, report) = run(&transform, &[data]);
        assert_eq!((events.len(), report.faults.len()), (count, 1), "{reason}");
        assert_eq!((report.faults[0].reason.as_str(), report.account.dead[reason]), (reason, 1));
        assert_eq!(report.faults[0].stage, Stage::Decode);
        assert!(reason == "no_message" || report.faults[0].bytes == data);
    }
}

#[test]
fn equal_log_events_that_cannot_pass_are_as_many_dead_letters() {
    let data = envelope("/g", "s", &[json!({"id": "1"}), json!({"id": "1"})]).to_string();
    let ids = || {
        let (_, report) = run(&transform(&[]), &[data.as_bytes()]);
        assert_eq!(report.account.dead["no_message"], 2);
        report.faults.into_iter().map(|fault| fault.into_letter(0, 0, 1).id).collect::<Vec<_>>()
    };
    assert_ne!(ids()[0], ids()[1]);
    assert_eq!(ids(), ids(), "a retried batch leaves them once");
}

#[test]
fn probes_and_empty_records_are_filtered() {
    let mut control =
        envelope("", "", &[log_event("", 0, "CWL CONTROL MESSAGE: Checking health of destination.")]);
    control["messageType"] = "CONTROL_MESSAGE".into();
    let control = control.to_string();
    let hollow = envelope("/g", "s", &[]).to_string();
    let (events, report) =
        run(&transform(&[]), &[control.as_bytes(), b"", b" \n", &gzip(b""), hollow.as_bytes()]);
    assert!(events.is_empty() && report.faults.is_empty());
    assert_eq!((report.account.filtered["control_message"], report.account.filtered["empty"]), (1, 4));
}

#[test]
fn a_long_message_is_cut_and_text_that_is_no_utf8_is_kept() {
    let limits = Limits { message_bytes: 5, ..Limits::default() };
    let transform = with_formats(&[], limits, FORMATS);
    let (events, report) = run(&transform, &["abcdä\nabcde".as_bytes(), b"a\xffb"]);
    assert_eq!(messages(&events), ["abcd", "abcde", "a\u{fffd}b"]);
    assert_eq!(events[0].pointer("/catchwater/truncated"), Some(&json!(true)));
    assert_eq!(events[1].pointer("/catchwater/truncated"), None);
    assert_eq!((report.truncated, report.not_utf8), (1, 1));
}

#[test]
fn original_and_message_are_redacted() {
    let routes = [Route { original: true, format: Some("plain".into()), ..Route::default() }];
    let (events, _) = run(&transform(&routes), &[b"login password=hunter2 ok"]);
    assert_eq!(at(&events[0], "/message"), "login password=REDACTED ok");
    assert_eq!(at(&events[0], "/event/original"), "login password=REDACTED ok");
}
