//! Where an entry of an application's log begins, for formats whose entries go on over lines that look like nothing:
//! each begins with a time or a level, and what begins with neither goes on with the entry before it.

use super::log_time::{self, Context};
use super::{level, stack_trace};
use catchwater_schemas::time::Timestamp;

/// What a line begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Start {
    /// A time, perhaps in a bracket or behind a level and thread.
    Time = 1,
    /// A level.
    Level = 2,
}

/// What a line begins with; `None`: neither time nor level.
pub fn of(line: &str) -> Option<Start> {
    let text = line.strip_prefix('[').unwrap_or(line);
    // `[I 240506 07:08:09 web:2271]`: a level of one letter.
    let behind_letter = text.strip_prefix(['D', 'I', 'W', 'E', 'C']).and_then(|text| text.strip_prefix(' '));
    if has_time(text) || behind_letter.is_some_and(has_time) {
        return Some(Start::Time);
    }
    let end = text.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let ends = rest.is_empty() || rest.starts_with([' ', ']', ':', '\t', '|']);
    if !ends || !is_level(word) {
        return None;
    }
    let rest = rest.trim_start_matches([' ', ']', '\t', ':', '|']);
    let behind_thread = || rest.strip_prefix('[')?.split_once("] ").map(|(_, rest)| rest);
    let time = has_time(rest) || behind_thread().is_some_and(has_time);
    Some(if time { Start::Time } else { Start::Level })
}

/// Is this a level of a logger for Java (log4j, logback, `java.util.logging`) or Python (loguru's, and those that a width
/// of five cuts), in capitals?
pub fn is_level(word: &str) -> bool {
    level::is_level(word)
        || matches!(word, "SUCCESS" | "NOTSET" | "AUDIT" | "WARNI" | "CRITI")
        || matches!(word, "CONFIG" | "FINE" | "FINER" | "FINEST" | "ALL" | "OFF" | "DEPRECATION")
}

fn has_time(text: &str) -> bool {
    let b = text.as_bytes();
    let two = |at: usize| b[at].is_ascii_digit() && b[at + 1].is_ascii_digit();
    let clock = b.len() >= 8 && b[2] == b':' && b[5] == b':' && two(0) && two(3) && two(6);
    clock || log_time::read(text, Context { zone_seconds: 0, near: Timestamp::default() }).is_some()
}

/// Marks a state as that of a group whose lines are told by their start; other values are [`stack_trace`]'s.
const BY_START: u32 = 1 << 31;
/// So many lines that are neither a trace's nor indented go on with one entry at most.
const MOST_BARE_LINES: u32 = 500;

/// Does this log event go on with the entry before it? `is_others`: is another format sure of this line?
pub fn continues(state: &mut u32, text: &str, log_event: &str, is_others: impl Fn(&str) -> bool) -> bool {
    if *state == 0
        && let Some(start) = of(text)
    {
        *state = BY_START | start as u32;
    }
    if *state & BY_START == 0 {
        return stack_trace::continues(state, text, log_event);
    }
    let line = log_event.lines().next().unwrap_or_default();
    if line.is_empty() || line.starts_with([' ', '\t']) || stack_trace::is_head(line) {
        return true;
    }
    let start = of(line);
    let begins = start == Some(Start::Time) || (start.is_some() && *state & 0xff == Start::Level as u32);
    let bare = (*state >> 8) & 0xffff;
    if begins || bare >= MOST_BARE_LINES || is_others(line) {
        return false;
    }
    *state += 1 << 8;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_entries_begin_with() {
        for line in [
            "2017-08-04 10:48:20,377 INFO x",
            "[2017-08-04 10:48:20,377] INFO x",
            "10:48:20.377 [main] DEBUG x",
            "INFO  [main] 2017-08-04 10:48:20,377 x",
            "WARN 2017-08-04 10:48:20,377 x",
            "17/06/09 20:10:40 INFO x",
            "Dec 30, 2020 11:30:40 AM org.x",
            "[I 240506 07:08:09 web:2271] x",
        ] {
            assert_eq!(of(line), Some(Start::Time), "{line}");
        }
        assert_eq!(
            (of("SEVERE: x"), of("INFO"), of("[ERROR] x")),
            (Some(Start::Level), Some(Start::Level), Some(Start::Level))
        );
        for none in ["", "java.lang.X: y", "hello", "INFORMATION x", "ERRORs", "12"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn lines_without_a_start_go_on() {
        let text = "2017-08-04 10:48:20,377 INFO first";
        let mut state = 0;
        let mut goes_on = |line: &str| continues(&mut state, text, line, |line| line.starts_with('{'));
        assert!(
            goes_on("second")
                && goes_on("")
                && goes_on("  third")
                && goes_on("Caused by: x.Y")
                && goes_on("INFO: y")
        );
        assert!(!goes_on("{}") && !goes_on("2017-08-04 10:48:21,000 INFO next"));
        let joined = |text: &str, line: &str| continues(&mut 0, text, line, |_| false);
        assert!(!joined("INFO a", "WARN b") && joined("INFO a", "b"));
        assert!(!joined("hello", "b") && joined("hello", "\tat a.B.c(B.java:1)"));
        let mut state = 0;
        let count = (0..1000).take_while(|_| continues(&mut state, text, "x", |_| false)).count();
        assert_eq!(count, 500);
    }

    proptest! {
        #[test]
        fn any_text(text in any::<String>(), line in any::<String>()) {
            let mut state = 0;
            continues(&mut state, &text, &line, |_| false);
            continues(&mut state, &text, &line, |_| false);
        }
    }
}
