//! What the lines of others do not show; those are in `testdata/solr`.

use super::head::detect;
use super::*;
use crate::formats::Group;
use crate::formats::testing::{check_any_text, refused, value};
use proptest::prelude::*;
use serde_json::{Value, json};

const SELECT: &str = "webapp=/solr path=/select params={q=Old+Maps&fq=a:1&rows=20&start=40&defType=edismax} hits=12 status=0 QTime=3";

/// Core, path, query, hits and duration.
fn told(line: &str) -> Value {
    let event = value(&FORMAT, line);
    assert_eq!(event["catchwater"]["kind"], "service_query", "{line}");
    let query = &event["catchwater"]["query"];
    json!([
        event["solr"]["core"],
        event["url"]["path"],
        query["text"],
        event["solr"]["hits"],
        event["event"]["duration"]
    ])
}

#[test]
fn a_request_behind_each_layout() {
    for (sure, before) in [
        (true, "2016-01-18 06:27:31.343 INFO  (qtp1-35) [c:a s:s1 r:n1 x:core] o.a.s.c.S.Request [core]  "),
        (
            true,
            "2022-05-12 06:27:31.343 INFO  (qtp1-35-null-7) [c: s: r: x:core t:null-7] o.a.s.c.S.Request ",
        ),
        (true, "2022-05-12 06:27:31.343 WARN  (qtp1-35) [ x:core t:h-7] o.a.s.c.S.SlowRequest slow: "),
        (true, "2022-05-12 06:27:31.343 INFO  (qtp1-35) [   x:] o.a.s.c.S.Request  [core]  "),
        (true, "55000 INFO  (qtp1112280004-15) [   x:core] o.a.s.c.S.Request [core] "),
        (true, "4501 [qtp-1] INFO  org.apache.solr.core.SolrCore  – [core] "),
        (true, "INFO  - 2015-06-14 22:10:02.371; org.apache.solr.core.SolrCore; [core] "),
        (true, "INFO  - 2015-06-14 22:10:02.371; [c s1 n1 core] org.apache.solr.core.SolrCore; [core] "),
        (true, "Jan 23, 2012 3:51:39 PM org.apache.solr.core.SolrCore execute\nINFO: [core] "),
        (true, "INFO: [core] "),
        (true, "2016-02-03 12:00:00,123 INFO org.apache.solr.core.SolrCore: [core] "),
        (true, "2016-02-03 12:00:00,123 [qtp-1] INFO  org.apache.solr.core.SolrCore - [core] "),
        (true, "31-Jul-2020 16:40:38.505 INFO [http-1] org.apache.solr.core.SolrCore.execute [core] "),
        (false, "2026-09-08 10:00:00.123 INFO  (qtp1-1) [node:8983_solr a b] x.Request [core] "),
    ] {
        let line = format!("{before}{SELECT}");
        assert_eq!(told(&line), json!(["core", "/select", "Old Maps", 12, 3_000_000]), "{line}");
        // The last one is told by its message, not by its logger.
        assert_eq!(detect(&line), sure, "{line}");
    }
}

#[test]
fn all_values_of_a_request() {
    let line = format!(
        "2022-05-12 06:27:31.343 INFO  (qtp1-35) [c:a s:s1 r:n1 x:core t:7f] o.a.s.c.S.Request {SELECT} rid=h-1 foo=bar"
    );
    let event = value(&FORMAT, &line);
    assert_eq!(event["@timestamp"], "2022-05-12T06:27:31.343Z");
    assert_eq!(event["solr"], json!({"collection": "a", "core": "core", "hits": 12, "status": 0}));
    assert_eq!(event["trace"]["id"], "7f");
    assert_eq!(event["http"], json!({"request": {"id": "h-1"}}));
    assert_eq!((&event["event"]["action"], &event["event"]["outcome"]), (&json!("query"), &json!("success")));
    let ours = &event["catchwater"];
    assert_eq!((&ours["operation"], &ours["query"]["language"]), (&json!("/select"), &json!("solr")));
    assert_eq!(ours["query"]["normalized"], "old maps fq=a:1");
    let free = json!({
        "shard": "s1", "replica": "n1", "webapp": "/solr", "rows": 20, "start": 40, "defType": "edismax", "foo": "bar",
    });
    assert_eq!(ours["fields"], free);
    assert_eq!(event["url"]["query"], "q=Old+Maps&fq=a:1&rows=20&start=40&defType=edismax");
}

#[test]
fn nested_parameters_and_braces() {
    for (params, text, normalized) in [
        (
            "q=({!edismax+q.op%3D\"AND\"+v%3D$work})&work=a:[b+TO+*]",
            "({!edismax q.op=\"AND\" v=$work})",
            "({!edismax q.op=\"and\" v=$work}) work=a:[b to *]",
        ),
        ("q=a}b&q=c", "a}b", "a}b"),
        ("q={!lucene", "{!lucene", "{!lucene"),
        ("q=caf%C3%A9+%2Bb", "café +b", "café +b"),
        ("fq={!terms+f%3Did}1,2", "", "fq={!terms f=id}1,2"),
    ] {
        let line = format!("INFO: [c] webapp=/solr path=/select params={{{params}}} hits=0 status=0 QTime=1");
        let event = value(&FORMAT, &line);
        let query = &event["catchwater"]["query"];
        assert_eq!(query["text"].as_str().unwrap_or_default(), text, "{params}");
        assert_eq!(query["normalized"], normalized, "{params}");
        assert_eq!(event["url"]["query"], params);
    }
}

const UPDATE: &str = "2019-12-25 20:42:13.411 INFO  (qtp1-3) [   x:core] o.a.s.u.p.LogUpdateProcessorFactory [core]  webapp=/solr path=/update params={wt=json}";

#[test]
fn updates_by_their_kind() {
    for (update, action, kind, operation, free) in [
        (
            "{add=[a (16), b (17), ... (250 adds)],commit=} 0 12",
            "add",
            "change",
            "/update add",
            json!({"add": "a (16), b (17), ... (250 adds)", "adds": 250, "commands": "add,commit"}),
        ),
        (
            "{delete=[x (-1)]} 0 12",
            "delete",
            "deletion",
            "/update delete",
            json!({"delete": "x (-1)", "deletes": 1, "commands": "delete"}),
        ),
        (
            "{deleteByQuery=a:b (-1653925534487281664)} 0 12",
            "deleteByQuery",
            "deletion",
            "/update deleteByQuery",
            json!({"commands": "deleteByQuery"}),
        ),
        ("{commit=} 0 12", "commit", "change", "/update commit", json!({"commands": "commit"})),
        ("{} 0 12", "update", "access", "/update", json!({})),
    ] {
        let event = value(&FORMAT, &format!("{UPDATE}{update}"));
        let ours = &event["catchwater"];
        assert_eq!(
            (&ours["kind"], &ours["operation"]),
            (&json!("service_query"), &json!(operation)),
            "{update}"
        );
        assert_eq!(
            (&event["event"]["action"], &event["event"]["type"]),
            (&json!(action), &json!(kind)),
            "{update}"
        );
        assert_eq!(
            (&event["event"]["duration"], &event["solr"]["status"]),
            (&json!(12_000_000), &json!(0)),
            "{update}"
        );
        let mut expected = json!({"webapp": "/solr"});
        expected.as_object_mut().unwrap().extend(free.as_object().unwrap().clone());
        assert_eq!(ours["fields"], expected, "{update}");
        let deleted = if action == "deleteByQuery" { json!("a:b") } else { Value::Null };
        assert_eq!(ours["query"]["text"], deleted, "{update}");
    }
    let old = "Aug 22, 2011 11:05:35 AM org.apache.solr.update.processor.LogUpdateProcessor finish\nINFO: {add=[http://a/]} 0 183";
    let event = value(&FORMAT, old);
    assert_eq!((&event["catchwater"]["kind"], &event["event"]["action"]), (&json!("log"), &json!("add")));
}

#[test]
fn handlers_of_administration_and_what_failed() {
    let line = "2019-12-25 20:42:13.411 INFO  (qtp1-3) [   ] o.a.s.s.HttpSolrCall [admin] webapp=null path=/admin/cores params={core=a&action=status} status=400 QTime=10";
    let event = value(&FORMAT, line);
    assert_eq!(event["solr"], json!({"status": 400}));
    assert_eq!(event["catchwater"]["operation"], "/admin/cores STATUS");
    assert_eq!((&event["event"]["action"], &event["event"]["outcome"]), (&json!("admin"), &json!("failure")));
    assert_eq!(event["http"]["response"]["status_code"], 400);
    // What debugging writes at the start is no second request.
    let line = "2019-12-25 20:42:13.411 DEBUG (qtp1-3) [   x:c] o.a.s.c.S.Request [c]  webapp=/solr path=/select params={q=a}";
    let event = value(&FORMAT, line);
    assert_eq!((&event["catchwater"]["kind"], &event["event"]["type"]), (&json!("log"), &json!("start")));
}

#[test]
fn statements_of_other_handlers() {
    for (request, operation, language, text) in [
        ("path=/sql params={stmt=select+a+from+b}", "/sql", "sql", "select a from b"),
        ("path=/stream/ params={expr=search(a,+q%3D\"x\")}", "/stream", "solr", "search(a, q=\"x\")"),
    ] {
        let event = value(&FORMAT, &format!("INFO: [c] webapp=/solr {request} status=0 QTime=1"));
        let ours = &event["catchwater"];
        assert_eq!(ours["operation"], operation);
        assert_eq!((&ours["query"]["language"], &ours["query"]["text"]), (&json!(language), &json!(text)));
    }
}

#[test]
fn lines_that_were_made_shorter() {
    let head =
        "2019-12-25 20:42:13.411 INFO  (qtp1-3) [   x:c] o.a.s.c.S.Request [c]  webapp=/solr path=/select";
    let event = value(&FORMAT, &format!("{head} params={{q=a&fq=b:1&fq=c:..."));
    assert_eq!(event["catchwater"]["truncated"], true);
    assert_eq!(
        (&event["catchwater"]["kind"], &event["url"]["query"]),
        (&json!("service_query"), &json!("q=a&fq=b:1"))
    );
    assert_eq!(refused(&FORMAT, &format!("{head} params={{q=a&fq=b")), Some("solr_request_cut"));
    let first = "Jan 23, 2012 3:51:39 PM org.apache.solr.core.SolrCore execute";
    assert_eq!((refused(&FORMAT, first), detect(first)), (Some("solr_entry_cut"), true));
}

#[test]
fn errors() {
    let head = "2019-01-31 10:29:25.612 ERROR (qtp1-21) [   x:core] o.a.s.h.RequestHandlerBase ";
    let class = "org.apache.solr.common.SolrException";
    let short = format!("{class}: undefined field: \"x\"\n\tat a.B.c(B.java:1)");
    let whole =
        format!("{short} ~[solr-core.jar:7]\n\tat a.D.e(D.java:2)\nCaused by: a.YException: y\n\t... 2 more");
    for (message, said, trace) in [
        (format!("Client exception =>{short}\n{whole}"), "Client exception", &*whole),
        (
            format!("{class}: undefined field: \"x\" => {short}\n{whole}"),
            "org.apache.solr.common.SolrException: undefined field: \"x\"",
            &*whole,
        ),
        (format!("a => b => {short}"), "a => b", &*short),
        (format!("null:{short}"), "null:org.apache.solr.common.SolrException: undefined field: \"x\"", ""),
        (
            format!("{class}: undefined field: \"x\""),
            "org.apache.solr.common.SolrException: undefined field: \"x\"",
            "",
        ),
        (format!("Client exception =>{class}: undefined field: \"x\""), "Client exception", ""),
    ] {
        let event = value(&FORMAT, &format!("{head}{message}"));
        assert_eq!((&event["message"], &event["log"]["level"]), (&json!(said), &json!("ERROR")), "{message}");
        let error = &event["error"];
        assert_eq!(
            (&error["type"], &error["message"]),
            (&json!(class), &json!("undefined field: \"x\"")),
            "{message}"
        );
        if !trace.is_empty() {
            assert_eq!(error["stack_trace"], trace, "{message}");
        }
    }
    let plain = value(&FORMAT, &format!("{head}No class here: x"));
    assert_eq!(plain["error"], Value::Null);
}

#[test]
fn other_lines() {
    let of = |message: &str| {
        value(
            &FORMAT,
            &format!("2020-06-11 11:59:08.386 INFO  (main) [   x:c] o.a.s.u.DirectUpdateHandler2 {message}"),
        )
    };
    for (message, action) in [
        ("start commit{,optimize=false,openSearcher=true}", json!("commit")),
        ("end_commit_flush", json!("commit")),
        ("[c]  Registered new searcher autowarm time: 0 ms", json!("newSearcher")),
        ("x =>y", Value::Null),
        ("", Value::Null),
    ] {
        let event = of(message);
        assert_eq!(
            (&event["catchwater"]["kind"], &event["event"]["action"]),
            (&json!("log"), &action),
            "{message}"
        );
        assert_eq!(event["message"].as_str().unwrap_or_default(), message);
    }
}

#[test]
fn what_others_write_is_not_told_from_looks() {
    for line in [
        "2017-08-04 10:48:20,377 INFO  [main] a.B - x",
        "2017-08-04 10:48:20,377 INFO (main) a.B: x",
        "2017-08-04 10:48:20.377 INFO (main) [a] a.B x",
        "2017-08-04 10:48:20.377 INFO (main) [] com.example.Foo x",
        "Dec 30, 2020 11:30:40 AM org.apache.catalina.core.StandardService startInternal\nINFO: x",
        "INFO: webapp=/x path=/y",
        "2017-08-04 10:48:20,377 INFO [main] a.B - webapp=/s path=/t params={} status=0",
        "{\"a\":1} 0 1",
        "",
    ] {
        assert!(!detect(line), "{line}");
    }
    for bad in ["", "hello", "2017-08-04 10:48:20.377", "INFO x", "12 x", "{add=[a]} 0 1"] {
        assert_eq!(refused(&FORMAT, bad), Some("no_solr_line"), "{bad}");
    }
}

#[test]
fn entries_of_many_lines() {
    let joined = |text: &str, line: &str| {
        FORMAT.continues.is_some_and(|continues| continues(&mut Group { text, state: &mut 0 }, line))
    };
    let first = "Jan 23, 2012 3:51:39 PM org.apache.solr.core.SolrCore execute";
    assert!(joined(first, "INFO: [c] webapp=/solr path=/select params={q=a} hits=1 status=0 QTime=1"));
    assert!(!joined(first, FORMAT.example) && !joined(FORMAT.example, first));
    assert!(
        joined(FORMAT.example, "\tat a.B.c(B.java:1)") && joined(FORMAT.example, "Was expecting one of:")
    );
    let log4j = "INFO  - 2015-06-14 22:10:02.371; org.apache.solr.core.SolrCore; x";
    assert!(!joined(log4j, log4j) && joined(log4j, "more"));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_start(line in "(INFO |WARN|  |[0-9]{1,4}|2016-01-18 06:27:31.343|- |; |\\(main\\)|\\[|\\]|c:a|x:| o.a.s.c.X|org.apache.solr.X|Jan 23, 2012 3:51:39 PM|\n|INFO: |– |é){0,12}") {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_message(message in "(slow: |\\[c\\] |webapp=/s |path=/u |path=/admin/x |params=\\{|q=a|&|rows=|1|action=b|\\}|\\{|add=\\[|\\]|,commit=|deleteByQuery=| 0 1| hits=1| status=0|=>|a.XException: y|\n|\tat a.b\\(c:1\\)|\\.\\.\\.|é){0,14}") {
        check_any_text(&FORMAT, &format!("2016-01-18 06:27:31.343 ERROR (main) [   x:c] o.a.s.X {message}"));
        check_any_text(&FORMAT, &format!("INFO: {message}"));
    }
}
