use super::*;
use proptest::prelude::*;

/// The groups that lines fall into.
fn groups(lines: &[&str]) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut state = 0;
    for line in lines {
        match groups.last_mut().filter(|group| continues(&mut state, group, line)) {
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

/// One trace of many lines is one group, alone and between others; its class and message.
fn one<'a>(text: &'a str, class: &str, message: &str) -> Trace<'a> {
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(groups(&lines), [text]);
    let among: Vec<&str> = [&["before"], &lines[..], &["after: x"], &lines[..]].concat();
    assert_eq!(groups(&among), ["before", text, "after: x", text], "{text}");
    let (_, trace) = split(text);
    let trace = trace.unwrap_or_else(|| panic!("no trace: {text}"));
    let thrown = trace.thrown.unwrap_or_else(|| panic!("nothing thrown: {text}"));
    assert_eq!((thrown.class, thrown.message), (class, message), "{text}");
    trace
}

#[test]
fn java() {
    let text = "java.lang.RuntimeException: javax.mail.SendFailedException: Invalid;\n  nested exception is:\n\
                com.sun.mail.smtp.SMTPAddressFailedException: 550\n\n\tat a.B.c(B.java:1)\n\
                Caused by: a.XException\n\tat a.D.e(D.java:2)\n\tSuppressed: a.YException: y\n\t\tat a.F.g(F.java)\n\
                \t... 12 more";
    let trace = one(text, "java.lang.RuntimeException", "javax.mail.SendFailedException: Invalid;");
    assert_eq!(trace.text, text);
    one("Exception in thread \"main\" A$BError\n\tat a.B.c(Native Method)", "A$BError", "");
    let (message, trace) = split("could not save\nx.YException: z\n\tat a.B.c(B.java:1)");
    assert_eq!((message, trace.unwrap().text), ("could not save", "x.YException: z\n\tat a.B.c(B.java:1)"));
    let (message, trace) = split("ERROR oh java.io.IOException: gone\n\tat a.B.c(B.java:1)");
    assert_eq!(message, "ERROR oh java.io.IOException: gone");
    assert_eq!(trace.unwrap().thrown.unwrap().class, "java.io.IOException");
}

#[test]
fn python() {
    let text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x\nKeyError: 'a'\n\n\
                During handling of the above exception, another exception occurred:\n\n\
                Traceback (most recent call last):\n  File \"a.py\", line 2, in g\n    ~~^~~\nlib.errors.Bad: b: c";
    one(text, "lib.errors.Bad", "b: c");
    assert_eq!(split(text).0, "lib.errors.Bad: b: c");
    let group = "  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 1\n  | ExceptionGroup: x\n\
                 \x20 +-+---------------- 1 ----------------\n    | ValueError: 1\n    +------------------------------------";
    assert_eq!(groups(&group.split('\n').collect::<Vec<_>>()).len(), 1);
}

#[test]
fn go() {
    let text = "panic: x [recovered]\n\tpanic: y\n[signal SIGSEGV: z]\n\ngoroutine 5 [running]:\nmain.f(0x1, ...)\n\
                \ta.go:33 +0x1f\ncreated by main.main in goroutine 1\n\tb.go:20 +0x91\n\ngoroutine 1 [chan receive]:\n\
                main.main()\n\tc.go:9 +0x6f";
    one(text, "panic", "x [recovered]");
    let served = "2019/01/15 07:48:05 http: panic serving [::1]:54143: test panic\ngoroutine 24 [running]:\n\
                  net/http.(*conn).serve.func1(0xc00007eaa0)\n\t/usr/a.go:1746 +0xd0";
    one(served, "panic", "test panic");
}

#[test]
fn javascript_and_node() {
    one(
        "TypeError: no\n    at new A (a.js:1:2)\n    at async <anonymous>\n    at b (c.js:1:2) {\n  code: 'X'\n}",
        "TypeError",
        "no",
    );
    let text = "/app/index.js:10\n    throw new Error('x');\n    ^\n\nError: x\n    at Object.<anonymous> (/app/index.js:10:9)\
                \n\nNode.js v18.0.0";
    one(text, "Error", "x");
}

#[test]
fn php_and_dart() {
    one(
        "PHP Fatal error:  Uncaught E\\AException: b in /a.php:3\nStack trace:\n#0 /a(9): f()\n#1 {main}\n  thrown in /a.php on line 3",
        "E\\AException",
        "b",
    );
    one("exception 'Ex' with message 'it's' in /a.php:5\nStack trace:\n#0 {main}", "Ex", "it's");
    one(
        "Unhandled exception:\nFormatException: Invalid radix-10 number\nx\n^\n#0      int.parse (dart:core:1)\n<asynchronous suspension>\n#1      main (file:///a.dart:5:3)",
        "FormatException",
        "Invalid radix-10 number",
    );
    one(
        "Unhandled exception:\nInstance of 'MyError'\n#0      main (file:///a.dart:5:3)",
        "",
        "Instance of 'MyError'",
    );
}

#[test]
fn ruby_dotnet_and_rust() {
    one(
        "NoMethodError (undefined method 'x'):\n  \n  app/a.rb:69:in `b'\n  app/c.rb:7:in 'd'",
        "NoMethodError",
        "undefined method 'x'",
    );
    one("a.rb:1:in 'm': oh no (ArgumentError)\n\tfrom a.rb:5:in '<main>'", "ArgumentError", "oh no");
    one(
        "Unhandled exception. System.AException: b\n ---> System.C: d\n   at E.F() in c:/g.cs:line 36\n   --- End of inner exception stack trace ---\n   at H.I()",
        "System.AException",
        "b",
    );
    one(
        "thread 'main' panicked at src/main.rs:2:5:\nassertion failed\n  left: 1\n right: 2\nnote: run with it\nstack backtrace:\n   0: a\n             at /b.rs:1",
        "panic",
        "assertion failed",
    );
    one("thread 'main' panicked at 'old', src/main.rs:2:5\nnote: run with it", "panic", "old");
}

#[test]
fn text_is_not_joined() {
    let lines = ["one", "two: x", "  indented", "Error: alone", "at x.y", "#1 in sales", "", "goroutine"];
    assert_eq!(groups(&lines[..6]), lines[..6]);
    assert_eq!(split("a\n  b\nc"), ("a\n  b\nc", None));
    assert_eq!(split("  at a.b(c)\n  at d.e(f)").0, "  at a.b(c)");
}

const PIECES: &str = "(  at a\\.b\\(c\\)|Traceback \\(most recent call last\\):|panic: x|goroutine 1 \\[r\\]:|#0 a\\(b\\)|\
                      Caused by: XError: y|thread 'm' panicked at [':a]{0,3}|\tfrom a:1|Unhandled exception:|x\\.YError: z|\
                      [a-z():é\t .'#0-9]{0,12})";

proptest! {
    #[test]
    fn joined_or_whole_the_state_is_the_same(lines in proptest::collection::vec(PIECES, 1..8)) {
        let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
        for group in groups(&refs) {
            let mut state = 0;
            let all: Vec<&str> = group.split('\n').collect();
            for line in &all[1..] {
                prop_assert!(continues(&mut state, all[0], line));
            }
            let (message, trace) = split(&group);
            prop_assert!(group.contains(message) && trace.is_none_or(|trace| group.contains(trace.text)));
        }
    }

    #[test]
    fn any_text(text in any::<String>(), line in any::<String>()) {
        let mut state = 0;
        continues(&mut state, &text, &line);
        continues(&mut state, &text, &line);
        split(&text);
    }
}
