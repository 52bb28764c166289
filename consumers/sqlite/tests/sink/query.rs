//! What the page asks.

use super::{Config, Reader, open, write};
use catchwater_consumer_sqlite::query::FileMove;
use catchwater_schemas::event::Kind;

const DAY_MILLIS: i64 = 86_400_000;
/// 2020-01-01T00:00:00Z.
const START: i64 = 1_577_836_800_000;

/// An event of a minute after the start of 2020.
fn event(number: u32, minute: i64, kind: &str, service: &str, who: Option<&str>, more: &str) -> String {
    let time = catchwater_schemas::time::Timestamp::from_millis(START + minute * 60_000).unwrap();
    let who = who.map(|who| format!(r#","who":"{who}""#)).unwrap_or_default();
    let (kind_of, event_type) = (format!(r#""schema":1,"revision":1,"kind":"{kind}"{who}"#), more);
    format!(
        r#"{{"@timestamp":"{time}","service":{{"name":"{service}"}},"event":{{"id":"{number:032x}"{event_type}}},"catchwater":{{{kind_of}}}}}"#
    )
}

#[tokio::test]
async fn ranges_series_people_and_totals_agree_with_the_events() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    let reader = Reader::open(&file).unwrap();
    assert!(reader.ranges().unwrap().is_empty() && reader.who_queried(None, 5).unwrap().rows.is_empty());
    let day = 24 * 60;
    let places =
        [(0, "a", "bob"), (0, "a", "bob"), (1, "b", "eve"), (7 * day, "a", "bob"), (15 * day, "c", "eve")];
    let mut lines: Vec<String> = (0..)
        .zip(places)
        .map(|(n, (minute, service, who))| event(n, minute, "service_query", service, Some(who), ""))
        .collect();
    lines.push(event(90, 2, "log", "a", Some("bob"), ""));
    lines.push(event(91, 2, "service_query", "a", None, ""));
    write(&sink, &lines).await;

    let ranges: Vec<_> = reader
        .ranges()
        .unwrap()
        .iter()
        .map(|r| (r.from_millis - START, r.to_millis - START, r.count))
        .collect();
    assert_eq!(
        ranges,
        [(0, 7 * DAY_MILLIS + 60_000, 6), (15 * DAY_MILLIS, 15 * DAY_MILLIS + 60_000, 1)],
        "a gap of 7 days joins, one of 8 does not"
    );
    let totals = reader.totals().unwrap();
    assert_eq!((totals.events, totals.by_kind[&Kind::ServiceQuery], totals.by_kind[&Kind::Log]), (7, 6, 1));
    assert!(totals.store_bytes > 50_000);

    let series = reader.by_service(START, START + 3 * 60_000, None, 5).unwrap();
    assert_eq!(
        (series.bucket_minutes, series.starts_millis),
        (1, vec![START, START + 60_000, START + 120_000])
    );
    let services: Vec<_> =
        series.services.iter().map(|s| (s.service.as_deref(), s.counts.as_slice())).collect();
    assert_eq!(services, [(Some("a"), [2, 0, 2].as_slice()), (Some("b"), &[0, 1, 0])]);
    let all = reader.by_service(START, START + 16 * DAY_MILLIS, Some(1), 1).unwrap();
    assert_eq!((all.bucket_minutes, all.services.len()), (60, 2), "as many buckets as fit, and the others");
    assert_eq!((all.services[1].others, all.services[1].counts.iter().sum::<u64>()), (true, 2));

    let who = |range| {
        let asked = reader.who_queried(range, 10).unwrap();
        assert!(asked.complete && asked.pairs == asked.rows.len() as u64);
        let row = |r: catchwater_consumer_sqlite::query::WhoRow| {
            (r.who, r.service.unwrap_or_default(), r.count, (r.last_seen_millis - START) / 60_000)
        };
        asked.rows.into_iter().map(row).collect::<Vec<_>>()
    };
    let row = |who: &str, service: &str, count, minute| (who.to_string(), service.to_string(), count, minute);
    let expected = [row("bob", "a", 3, 7 * day), row("eve", "b", 1, 1), row("eve", "c", 1, 15 * day)];
    assert_eq!(who(None), expected);
    assert_eq!(who(Some((START, START + 20 * DAY_MILLIS))), expected);
    assert_eq!(who(Some((START, START + 60_000))), [row("bob", "a", 2, 0)]);
    let first = reader.who_queried(None, 1).unwrap();
    assert_eq!((first.rows.len(), first.pairs), (1, 3));
}

#[tokio::test]
async fn a_series_before_1970_has_its_events_in_their_buckets() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    let before = -START / 60_000 - 1;
    write(&sink, &[event(1, before, "log", "a", None, "")]).await;
    let series = Reader::open(&file).unwrap().by_service(-3_600_000, 3_600_000, Some(60), 5).unwrap();
    assert_eq!((series.starts_millis, &series.services[0].counts), (vec![-3_600_000, 0], &vec![1, 0]));
}

#[tokio::test]
async fn file_moves_come_newest_first_with_what_the_event_says() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("events.sqlite");
    let sink = open(&file, &Config::default());
    let copy = event(1, 0, "file_move", "sorter", None, r#","type":["start"],"action":"copy""#)
        .replace(r#""kind""#, r#""action_type":"PUT","kind""#);
    let copy = format!(
        r#"{},"file":{{"path":"k/1","source":{{"bucket":"in"}},"destination":{{"bucket":"out"}}}}}}"#,
        &copy[..copy.len() - 1]
    );
    let end = event(2, 5, "file_move", "sorter", Some("eve"), r#","type":"end""#);
    write(&sink, &[copy, end, event(3, 9, "log", "sorter", None, "")]).await;
    let reader = Reader::open(&file).unwrap();
    let moves = reader.file_moves(None, 10).unwrap();
    let text = |t: &str| Some(t.to_string());
    let empty = FileMove {
        time_millis: START + 5 * 60_000,
        phase: text("end"),
        action_type: None,
        action: None,
        key: None,
        source: None,
        destination: None,
        who: text("eve"),
        service: text("sorter"),
    };
    let full = FileMove {
        time_millis: START,
        phase: text("start"),
        action_type: text("PUT"),
        action: text("copy"),
        key: text("k/1"),
        source: text("in"),
        destination: text("out"),
        who: None,
        service: text("sorter"),
    };
    assert_eq!(moves, [empty.clone(), full.clone()]);
    assert_eq!(reader.file_moves(None, 1).unwrap(), [empty]);
    assert_eq!(reader.file_moves(Some((START, START + 60_000)), 9).unwrap(), [full]);
}
