use super::super::testing::{check_any_text, refused, value};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Level, thread, logger and message.
fn parts(line: &str) -> [String; 4] {
    let event = value(&FORMAT, line);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    [&event["log"]["level"], &event["process"]["thread"]["name"], &event["log"]["logger"], &event["message"]]
        .map(text)
}

#[test]
fn usual_layouts() {
    for (sure, line, expected) in [
        (true, "2017-08-04 10:48:20,377 INFO  [main] a.B - x - y", ["INFO", "main", "a.B", "x - y"]),
        (true, "10:48:20.377 [main] DEBUG com.foo.Bar - x", ["DEBUG", "main", "com.foo.Bar", "x"]),
        (true, "2017-08-04 10:48:20,377 [http-8080-1] WARN  Bar:12 - x", ["WARN", "http-8080-1", "Bar", "x"]),
        (
            true,
            "2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181:FastLeaderElection@774] - Note: x",
            ["INFO", "QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181", "FastLeaderElection", "Note: x"],
        ),
        (
            true,
            "[2018-10-17 12:04:41,718] INFO [Manager brokerId=10] Removed (0) x. (kafka.c.Manager)",
            ["INFO", "", "kafka.c.Manager", "Removed (0) x."],
        ),
        (
            true,
            "[2019-11-20T19:04:48,468][WARN ][logstash.outputs.es][main] x [y]",
            ["WARN", "", "logstash.outputs.es", "x [y]"],
        ),
        (
            true,
            "[2020-01-01T00:00:00,000][INFO ][o.e.n.Node               ] [node-1] started",
            ["INFO", "", "o.e.n.Node", "started"],
        ),
        (
            true,
            "2024-01-01T00:00:00.000+01:00  INFO 123 --- [           main] c.e.Foo                  : x : y",
            ["INFO", "main", "c.e.Foo", "x : y"],
        ),
        (
            true,
            "2024-01-01T00:00:00.000Z ERROR 1 --- [shop] [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : x",
            ["ERROR", "nio-8080-exec-1", "o.a.c.c.C.[.[.[/].[dispatcherServlet]", "x"],
        ),
        (
            true,
            "2017-08-04 10:48:20,377 INFO  [org.jboss.as] (MSC service thread 1-2) WFLYSRV0025: x",
            ["INFO", "MSC service thread 1-2", "org.jboss.as", "WFLYSRV0025: x"],
        ),
        (
            true,
            "17/06/09 20:10:40 INFO executor.Executor: Running task 0.0",
            ["INFO", "", "executor.Executor", "Running task 0.0"],
        ),
        (true, "17/06/09 20:10:41 INFO Remoting: Starting", ["INFO", "", "Remoting", "Starting"]),
        (
            true,
            "INFO  [main] 2017-08-04 10:48:20,377 YamlConfigurationLoader.java:89 - x",
            ["INFO", "main", "", "x"],
        ),
        (
            true,
            "2012-07-02 10:22:40,672 | INFO  | FelixStartLevel  | Bundle   | 12 - a.b - 1.0 | x",
            ["INFO", "FelixStartLevel", "Bundle", "x"],
        ),
        (
            true,
            "2015-02-20 10:10:10.123:INFO:o.e.j.s.Server:main: jetty-9",
            ["INFO", "main", "o.e.j.s.Server", "jetty-9"],
        ),
        (false, "2017-08-04 10:48:20,377 INFO only this", ["INFO", "", "", "only this"]),
        (
            true,
            "2025-01-24T07:00:30,139 INFO [arm-thread-pool1-thread-1] ZookeeperConfig          : x",
            ["INFO", "arm-thread-pool1-thread-1", "ZookeeperConfig", "x"],
        ),
    ] {
        assert_eq!(parts(line), expected.map(String::from), "{line}");
        assert_eq!(detect(line), sure, "{line}");
    }
}

#[test]
fn what_others_write_is_not_told_from_looks() {
    for line in [
        "2012-07-02 10:22:40,672 INFO django.request: x",
        "2012-07-02 10:22:40,672 - root - INFO - x",
        "2012-07-02 10:22:40,672:DEBUG:foo bar baz",
        "2021/04/01 13:02:31 [error] 31#31: x",
        "[2024-05-06 07:08:09 +0200] [ERROR] worker",
        "2012-07-02 10:22:40 UTC LOG:  x",
        "Oct 11 22:14:15 host app: x",
        "INFO: x",
        "",
    ] {
        assert!(!detect(line), "{line}");
    }
    for bad in [
        "",
        "hello",
        "2017-08-04 10:48:20,377",
        "2017-08-04 10:48:20,377 LOUD x",
        "[2017-08-04 10:48:20,377 INFO x",
    ] {
        assert_eq!(refused(&FORMAT, bad), Some("no_java_log_line"), "{bad}");
    }
}

#[test]
fn correlation_sleuth_and_places() {
    let trace = "803b448a0489f84084905d3093480352";
    let line = format!(
        "2024-01-01T00:00:00.000Z  INFO 1 --- [shop] [exec-1] [{trace}-3425f23bb2432450] c.e.Foo : x"
    );
    let event = value(&FORMAT, &line);
    assert_eq!((&event["trace"]["id"], &event["span"]["id"]), (&json!(trace), &json!("3425f23bb2432450")));
    assert_eq!(event["catchwater"]["fields"]["application"], "shop");
    let event =
        value(&FORMAT, "2020-01-01 00:00:00.000  INFO [shop,5f1e,6f2e,true] 17 --- [main] c.e.Foo : x");
    assert_eq!((&event["trace"]["id"], &event["process"]["pid"]), (&json!("5f1e"), &json!(17)));
    let event = value(&FORMAT, "2017-08-04 10:48:20,377 INFO [main] (Foo.java:12) - x");
    assert_eq!(event["log"]["origin"]["file"], json!({"line": 12, "name": "Foo.java"}));
}

#[test]
fn traces_and_messages_of_many_lines() {
    let text = "[2017-08-04 10:48:20,377] ERROR could not go on (kafka.server.KafkaServer)\njava.lang.Error: no (x)\n\
                \tat a.B.c(B.java)\n";
    let event = value(&FORMAT, text);
    assert_eq!(
        (&event["message"], &event["log"]["logger"]),
        (&json!("could not go on"), &json!("kafka.server.KafkaServer"))
    );
    assert_eq!(
        event["error"],
        json!({"type": "java.lang.Error", "message": "no (x)", "stack_trace": "java.lang.Error: no (x)\n\tat a.B.c(B.java)"})
    );
    let text = "[2017-08-04 10:48:20,377] INFO KafkaConfig values: \n\ta = 1\n (kafka.server.KafkaConfig)";
    assert_eq!(value(&FORMAT, text)["message"], "KafkaConfig values: \n\ta = 1");
    let text = "[2017-08-04 10:48:20,377] INFO one (kafka.server.KafkaConfig)\ntwo";
    assert_eq!(value(&FORMAT, text)["message"], "one\ntwo");
    let text = "2017-08-04 10:48:20,377 ERROR [main] a.B - java.io.IOException: gone\n\tat a.B.c(B.java:1)";
    let event = value(&FORMAT, text);
    assert_eq!(
        (&event["message"], &event["error"]["type"]),
        (&json!("java.io.IOException: gone"), &json!("java.io.IOException"))
    );
}

fn with_pattern(pattern: &str, line: &str) -> Option<Vec<(String, String)>> {
    let layout = layout::compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
    let context = Context { zone_seconds: 0, near: Timestamp::from_seconds(1_600_000_000).unwrap() };
    let matched = layout.variants.iter().find_map(|items| matching::read(items, line, context))?;
    Some(matched.values.iter().map(|(what, text)| (format!("{what:?}"), text.trim().to_string())).collect())
}

#[test]
fn patterns_of_the_route() {
    for (pattern, line, expected) in [
        (
            "%d{ISO8601} %-5p [%t] %c{1}:%L - %m%n",
            "2017-08-04 10:48:20,377 INFO  [a] b] Foo:12 - x",
            vec!["INFO", "a] b", "Foo", "12", "x"],
        ),
        (
            "%d{HH:mm:ss,SSS} [%X{user}] [%t] %p %C.%M(%F:%L) %m%n%ex",
            "10:48:20,377 [] [main] WARN a.B.c(B.java:7) x",
            vec!["", "main", "WARN", "a.B", "c", "B.java", "7", "x"],
        ),
        (
            "%p|%d{UNIX_MILLIS}|%marker|%msg|%logger{36}%n",
            "INFO|1600000000123|M|a|b|c.D",
            vec!["INFO", "M", "a|b", "c.D"],
        ),
        ("%-5level%notEmpty{ [%X{id}]} %msg", "INFO  x", vec!["INFO", "x"]),
        ("%-5level%notEmpty{ [%X{id}]} %msg", "INFO  [7] x", vec!["INFO", "7", "x"]),
        (
            "%highlight{%-5p}{FATAL=red} %style{%c{1.}}{blue} %m",
            "ERROR o.e.Foo x",
            vec!["ERROR", "o.e.Foo", "x"],
        ),
        (
            "%r [%t] %-5p %c %x - %m%n",
            "1234 [main] INFO  a.B ctx - x",
            vec!["1234", "main", "INFO", "a.B", "ctx", "x"],
        ),
        ("%5p %t %m", " WARN main x y", vec!["WARN", "main", "x y"]),
    ] {
        let found = with_pattern(pattern, line).unwrap_or_else(|| panic!("{pattern}: {line}"));
        let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, expected, "{pattern}: {line}");
    }
    assert_eq!(with_pattern("%d %p %m", "hello"), None);
    let wrong = (OPTIONS.read)(json!({"pattern": "%q"}).as_object().unwrap()).unwrap_err();
    assert_eq!((wrong.key.as_str(), wrong.message.as_str()), ("pattern", "unknown: %q"));
}

proptest! {
    #[test]
    fn any_text(line in any::<String>()) {
        check_any_text(&FORMAT, &line);
    }

    #[test]
    fn any_tail(start in "\\[?2017-08-04 10:48:20,377\\]?|17/06/09 20:10:40|INFO ", tail in "( ?INFO |\\[[a-z\\] ]{0,5}|a\\.B[ :-]{0,3}|--- |\\(x\\)|\n|[:é |0-9-]{0,4}){0,12}") {
        check_any_text(&FORMAT, &format!("{start}{tail}"));
    }

    #[test]
    fn any_pattern(pattern in "(%[pdtcLmMx]|[ :\\[\\]-]){1,12}%m", line in "(INFO|main|a\\.B|12|[ :\\[\\]é-]){0,20}") {
        if let Ok(layout) = layout::compile(&pattern) {
            let context = Context { zone_seconds: 0, near: Timestamp::default() };
            for items in &layout.variants {
                let _ = matching::read(items, &line, context);
            }
        }
    }
}
