//! Log events that a format holds back and joins are counted, keep their identity, and come out within their raw record.

mod envelopes;

use catchwater_schemas::config::Route;
use envelopes::*;

const A: &str = "06e46194-f277-454e-88d3-1dd7e3860eaa";
const B: &str = "4dfec460-05bb-4f62-8fed-e5cade099a36";

#[test]
fn the_lines_of_a_call_are_one_event_and_an_open_one_comes_out_too() {
    let lines = [
        format!("START RequestId: {A} Version: $LATEST"),
        "a line".to_string(),
        format!("END RequestId: {A}"),
        format!(
            "REPORT RequestId: {A}\tDuration: 9.14 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t"
        ),
        "XRAY TraceId: 1-2\tSegmentId: 3\tSampled: true".to_string(),
        format!("START RequestId: {B} Version: $LATEST"),
    ];
    let numbered = lines.iter().enumerate();
    let log_events: Vec<_> =
        numbered.map(|(n, line)| log_event(&n.to_string(), 1_700_000_000_000 + n as i64, line)).collect();
    let text = head_first(&envelope("/aws/lambda/count", "s", &log_events));
    let route = Route { format: Some("aws_lambda".into()), original: true, ..Route::default() };
    let (events, report) = run(&transform(&[route]), &[text.as_bytes()]);
    assert!(report.account.transform_balances(), "{:?}", report.account);
    // END, REPORT and XRAY went into the event of the first START.
    assert_eq!((report.account.taken, report.account.parsed, report.account.joined), (6, 3, 3));
    let (line, call, open) = (&events[0], &events[1], &events[2]);
    assert_eq!((at(line, "/message"), at(line, "/faas/execution")), ("a line", A));
    assert_eq!(
        (at(call, "/@timestamp"), at(call, "/event/end")),
        ("2023-11-14T22:13:20.000Z", "2023-11-14T22:13:20.002Z")
    );
    assert_eq!((at(call, "/faas/name"), at(call, "/trace/id")), ("count", "1-2"));
    let original = [&lines[0], &lines[2], &lines[3], &lines[4]].map(String::as_str).join("\n");
    assert_eq!(at(call, "/event/original"), original);
    assert_eq!((at(open, "/event/type"), at(open, "/faas/execution")), ("start", B));
}
