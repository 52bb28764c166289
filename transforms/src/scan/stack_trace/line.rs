//! What single lines of stack traces look like.

/// First line of a Python trace.
pub const TRACEBACK: &str = "Traceback (most recent call last):";
/// What stands between Python's traces of exceptions that led to one another (`traceback.py`).
pub const CHAINED: [&str; 2] = [
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
];

/// An exception's class and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thrown<'a> {
    /// Class, as the trace writes it.
    pub class: &'a str,
    /// Message; empty if there is none.
    pub message: &'a str,
}

/// Does it begin with a space or tab?
pub fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

/// A frame of Java, Kotlin, Scala, JavaScript or .NET: `    at com.example.A.b(A.java:60)`.
pub fn is_at_frame(line: &str) -> bool {
    if !is_indented(line) {
        return false;
    }
    let text = line.trim_start();
    let Some(place) = text.strip_prefix("at ").or_else(|| text.strip_prefix("eval at ")) else {
        return false;
    };
    place.starts_with('<')
        || place.starts_with("async ")
        || place.bytes().any(|b| matches!(b, b'(' | b'.' | b'/' | b':'))
}

/// What else stands among such frames: `Caused by: …` and `Suppressed: …` with an exception, `... 12 more`,
/// `--- End of inner exception stack trace ---`, `---> ` with an exception (.NET), and the lines of a thread dump.
pub fn is_among_frames(line: &str) -> bool {
    let text = line.trim_start();
    let elided = text.strip_prefix("... ").is_some_and(|rest| {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.starts_with(" more")
            || rest.starts_with(" common frames omitted")
            || rest.starts_with(" lines matching")
    });
    elided
        || (text.starts_with("--- End of ") && text.ends_with("---"))
        || (is_indented(line)
            && (text.starts_with("- locked <") || text.starts_with("java.lang.Thread.State: ")))
}

/// What a line says that names the cause of what stands before it.
pub fn cause(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let starts = ["Caused by: ", "Suppressed: ", "Wrapped by: ", "---> ", "[CIRCULAR REFERENCE"];
    starts.iter().find_map(|start| text.strip_prefix(start))
}

/// A frame with a number: `#0 /a.php(9): f()`, `#2 {main}` (PHP), `#0      main (file:///a.dart:5:3)` (Dart).
pub fn is_numbered_frame(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('#') else { return false };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let place = rest[digits..].strip_prefix(' ').unwrap_or_default();
    digits > 0 && place.contains(['(', '{', ':'])
}

/// A frame of PHP's own handler: `PHP   1. {main}() /a.php:0`.
pub fn is_php_frame(line: &str) -> bool {
    let text = line.strip_prefix("PHP ").unwrap_or(line).trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && line.starts_with("PHP ") && text[digits..].starts_with(". ")
}

/// A frame of Ruby: `    from a.rb:10:in 'm'`, `  actionpack (5.1.4) lib/a.rb:63:in `call'`.
pub fn is_ruby_frame(line: &str) -> bool {
    let text = line.trim_start();
    if is_indented(line) && text.starts_with("from ") && text.contains(':') {
        return true;
    }
    line.find(":in ").is_some_and(|at| {
        let quoted = line[at + 4..].starts_with(['`', '\'']);
        quoted && line[..at].rsplit_once(':').is_some_and(|(_, digits)| is_digits(digits))
    })
}

/// First line of Rails' report: `ActionController::RoutingError (No route matches [GET] "/settings"):`.
pub fn rails_head(line: &str) -> Option<Thrown<'_>> {
    let (class, message) = line.trim_start().strip_suffix("):")?.split_once(" (")?;
    let class = class.strip_prefix("Information for cause: ").unwrap_or(class);
    (class.starts_with(|c: char| c.is_ascii_uppercase()) && is_name(class))
        .then_some(Thrown { class, message })
}

/// `goroutine 4 [running]:`.
pub fn is_goroutine(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("goroutine ") else { return line == "runtime stack:" };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && rest[digits..].starts_with(" [") && rest.ends_with(':')
}

/// The message of a line that begins a Go program's end: `panic: …`, `fatal error: …`, `… http: panic serving …: …`.
pub fn go_head(line: &str) -> Option<Thrown<'_>> {
    for class in ["panic", "fatal error"] {
        if let Some(message) = line.strip_prefix(class).and_then(|rest| rest.strip_prefix(": ")) {
            return Some(Thrown { class, message });
        }
    }
    let (_, serving) = line.split_once("http: panic serving ")?;
    let message = serving.split_once(": ").map_or("", |(_, message)| message);
    Some(Thrown { class: "panic", message })
}

/// A function's line in a goroutine's stack: `main.main()`, `created by main.main`.
pub fn is_go_function(line: &str) -> bool {
    let call = line.ends_with(')') && line.contains('(') && !line.starts_with([' ', '(']);
    let elided = line.starts_with("...") && line.ends_with("frames elided...");
    call || elided || line.starts_with("created by ") || line.starts_with("exit status ")
}

/// A line of the registers' dump: `rax    0xca`.
pub fn is_register(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().is_some_and(|name| name.len() <= 8);
    name && words.next().is_some_and(|value| value.starts_with("0x")) && words.next().is_none()
}

/// The place or message in `thread 'main' panicked at src/main.rs:2:5:`.
pub fn rust_head(line: &str) -> Option<&str> {
    let (before, place) = line.split_once(" panicked at ")?;
    before.contains("thread '").then_some(place)
}

/// Place and message of PHP's own words: `exception 'E' with message 'm' in …`, `PHP Fatal error:  Uncaught E: m in …`.
pub fn php_head(line: &str) -> Option<Thrown<'_>> {
    if let Some((_, rest)) = line.split_once("exception '") {
        let (class, rest) = rest.split_once('\'')?;
        let message = rest.strip_prefix(" with message '").unwrap_or_default();
        let message = message.rsplit_once("' in ").map_or(message, |(message, _)| message);
        return Some(Thrown { class, message });
    }
    if let Some((_, rest)) = line.split_once("Uncaught ") {
        let rest = rest.rsplit_once(" in ").map_or(rest, |(before, _)| before);
        let (class, message) = rest.split_once(": ").unwrap_or((rest, ""));
        return is_name(class).then_some(Thrown { class, message });
    }
    let kinds = ["Notice", "Parse error", "Fatal error", "Warning"];
    let (_, rest) = line.split_once("PHP ")?;
    kinds.iter().find_map(|class| {
        let message = rest.strip_prefix(class)?.strip_prefix(':')?;
        Some(Thrown { class, message: message.trim_start() })
    })
}

/// A line that names what was thrown: `java.lang.IllegalStateException: text`, `ReferenceError: x is not defined`,
/// `Exception in thread "main" java.lang.Error`, `Unhandled exception. System.InvalidOperationException: text`.
pub fn thrown(line: &str) -> Option<Thrown<'_>> {
    let mut text = line.trim();
    if let Some((_, rest)) =
        text.strip_prefix("Exception in thread \"").and_then(|rest| rest.split_once("\" "))
    {
        text = rest;
    }
    for start in
        ["Unhandled exception. ", "Unhandled Exception: ", "Uncaught exception: ", "Uncaught ", "Next "]
    {
        text = text.strip_prefix(start).unwrap_or(text);
    }
    let (class, message) = match text.split_once(": ") {
        Some((class, message)) => (class, message.trim()),
        None => (text.trim_end_matches(':'), ""),
    };
    // `Error [ERR_CODE]: text`, Node's own.
    let class =
        class.split_once(" [").filter(|(_, code)| code.ends_with(']')).map_or(class, |(class, _)| class);
    is_class(class).then_some(Thrown { class, message })
}

/// A name whose last part is that of an exception.
pub fn is_class(name: &str) -> bool {
    if !is_name(name) {
        return false;
    }
    let last = name.rsplit(['.', ':', '\\', '$', '+']).next().unwrap_or(name);
    // Types of .NET may have a number of parameters, `Exception`1`.
    let last = last.split('`').next().unwrap_or(last);
    ["Exception", "Error", "Throwable", "Failure", "Interrupt", "Exit", "Fault"]
        .iter()
        .any(|end| last.ends_with(end))
}

fn is_name(name: &str) -> bool {
    let part =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b':' | b'\\' | b'`' | b'+');
    !name.is_empty() && name.len() <= 200 && name.bytes().all(part) && !name.as_bytes()[0].is_ascii_digit()
}

/// The last line of a Python trace: `ValueError: text`, `KeyboardInterrupt`.
pub fn python_end(line: &str) -> Option<Thrown<'_>> {
    let (class, message) = line.split_once(':').unwrap_or((line, ""));
    is_name(class).then_some(Thrown { class, message: message.trim_start() })
}

/// Where Node shows the source, `/app/index.js:10` (its own: `node:internal/…:1080`).
pub fn is_node_place(line: &str) -> bool {
    line.rsplit_once(':').is_some_and(|(file, digits)| {
        let source = [".js", ".mjs", ".cjs", ".ts"].iter().any(|end| file.ends_with(end));
        (source || file.starts_with("node:internal/")) && !file.contains(' ') && is_digits(digits)
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_and_messages() {
        for (line, class, message) in [
            ("java.lang.IllegalStateException: a: b", "java.lang.IllegalStateException", "a: b"),
            ("Exception in thread \"main\" java.lang.Error", "java.lang.Error", ""),
            ("Error [ERR_X]: y", "Error", "y"),
            (
                "Unhandled exception. System.InvalidOperationException: z",
                "System.InvalidOperationException",
                "z",
            ),
            ("ActiveRecord::StatementError: q", "ActiveRecord::StatementError", "q"),
        ] {
            assert_eq!(thrown(line), Some(Thrown { class, message }), "{line}");
        }
        for none in ["", "hello: world", "an Error: x", "INFO: x", "1Error"] {
            assert_eq!(thrown(none), None, "{none}");
        }
        let php = php_head("PHP Fatal error:  Uncaught App\\Foo: no in /a.php:3");
        assert_eq!(php, Some(Thrown { class: "App\\Foo", message: "no" }));
    }

    #[test]
    fn frames_and_what_looks_like_them() {
        assert!(
            is_at_frame("\tat a.B.c(B.java:1)")
                && is_at_frame("  at /app/a.js:1:2")
                && is_at_frame(" at <anonymous>")
        );
        assert!(!is_at_frame("at home (x)") && !is_at_frame("  at home"));
        assert!(
            is_numbered_frame("#0 /a(9): f()")
                && is_numbered_frame("#2 {main}")
                && !is_numbered_frame("#1 in sales")
        );
        assert!(is_ruby_frame("  lib/a.rb:63:in `call'") && is_ruby_frame("\tfrom a.rb:1:in 'b'"));
        assert!(!is_ruby_frame("  12:in the morning") && !is_ruby_frame("from a: b"));
        assert!(is_among_frames("\t... 12 more") && is_among_frames("    ... 27 common frames omitted"));
        assert!(!is_among_frames("... and more"));
        assert!(is_goroutine("goroutine 4 [running]:") && !is_goroutine("goroutine 4 running"));
        assert!(is_node_place("/app/index.js:10") && !is_node_place("at 10:10"));
    }
}
