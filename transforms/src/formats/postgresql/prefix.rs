//! `log_line_prefix`, compiled once and then held against lines
//! (<https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-LINE-PREFIX>).

use super::entry::{Entry, Part};
use super::severity;
use super::time;
use std::iter;

/// What stands in a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Element {
    Literal(String),
    /// `%m`, `%t`: the entry's time.
    Time,
    /// `%n`: the same as seconds since the epoch.
    Epoch,
    /// `%s`: when the session began.
    SessionStart,
    /// Of certain characters only, or empty.
    Code(Part),
    /// Any text.
    Text(Part),
    /// `%q`: for processes that are no sessions the prefix ends here.
    SessionsOnly,
}

/// A prefix, compiled.
#[derive(Clone, Debug)]
pub(super) struct Prefix {
    elements: Vec<Element>,
}

/// A prefix cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PrefixError {
    #[error("`%{0}` is no escape of log_line_prefix; a percent sign is written `%%`")]
    Unknown(char),
    #[error("the prefix ends within an escape; a percent sign is written `%%`")]
    Unfinished,
}

/// How many spaces pad a value.
const MOST_PADDING: usize = 1_000;

/// How often an ambiguous prefix is tried again on one line, before the line is refused.
const MOST_TRIES: u32 = 200;

impl Prefix {
    /// Compiles a prefix as `postgresql.conf` has it.
    pub fn new(text: &str) -> Result<Self, PrefixError> {
        let mut elements = Vec::new();
        let mut literal = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                literal.push(c);
                continue;
            }
            // A number between pads to that width, to the left where it is negative.
            let escape = chars.find(|c| !(c.is_ascii_digit() || *c == '-')).ok_or(PrefixError::Unfinished)?;
            let element = match escape {
                '%' => {
                    literal.push('%');
                    continue;
                }
                'm' | 't' => Element::Time,
                'n' => Element::Epoch,
                's' => Element::SessionStart,
                'q' => Element::SessionsOnly,
                'a' => Element::Text(Part::Application),
                'u' => Element::Text(Part::User),
                'd' => Element::Text(Part::Database),
                'r' => Element::Text(Part::Remote),
                'h' => Element::Text(Part::Host),
                'L' => Element::Text(Part::LocalHost),
                'b' => Element::Text(Part::BackendType),
                'i' => Element::Text(Part::Tag),
                'p' => Element::Code(Part::Pid),
                'P' => Element::Code(Part::LeaderPid),
                'l' => Element::Code(Part::Line),
                'e' => Element::Code(Part::State),
                'c' => Element::Code(Part::Session),
                'v' => Element::Code(Part::VirtualTransaction),
                'x' => Element::Code(Part::Transaction),
                'Q' => Element::Code(Part::QueryId),
                other => return Err(PrefixError::Unknown(other)),
            };
            push_literal(&mut elements, &mut literal);
            elements.push(element);
        }
        push_literal(&mut elements, &mut literal);
        Ok(Self { elements })
    }

    /// Reads a line: its prefix and severity; the message is what remains. `end` is one of [`severity_ends`].
    /// `false` if it has no such prefix.
    pub fn read<'a>(&self, line: &'a str, end: usize, zone_seconds: i32, entry: &mut Entry<'a>) -> bool {
        Matcher { zone_seconds, end, tries: MOST_TRIES, entry }.matches(&self.elements, line)
    }

    /// The same for a line whose time has been read already; `false` too if the prefix does not begin with it.
    pub fn read_behind_time<'a>(&self, time: time::Read<'a>, end: usize, entry: &mut Entry<'a>) -> bool {
        let Some((Element::Time, rest)) = self.elements.split_first() else { return false };
        Matcher { zone_seconds: 0, end, tries: MOST_TRIES, entry }.time(Some(time), rest)
    }
}

/// Where the prefix of a line may end, since a severity stands there: the number of bytes from there to the line's
/// end. The first is the one, unless a client called itself so.
pub(super) fn severity_ends(line: &str) -> impl Iterator<Item = usize> {
    severity::places(line).take(3).map(|at| line.len() - at)
}

fn push_literal(elements: &mut Vec<Element>, literal: &mut String) {
    if !literal.is_empty() {
        elements.push(Element::Literal(std::mem::take(literal)));
    }
}

struct Matcher<'e, 'a> {
    zone_seconds: i32,
    /// Bytes from the severity to the line's end.
    end: usize,
    tries: u32,
    entry: &'e mut Entry<'a>,
}

impl<'a> Matcher<'_, 'a> {
    fn matches(&mut self, elements: &[Element], text: &'a str) -> bool {
        let Some((element, rest)) = elements.split_first() else { return self.ends(text) };
        if self.tries == 0 {
            return false;
        }
        match element {
            Element::Literal(literal) => match strip(text, literal, rest.is_empty()) {
                Some(behind) => self.matches(rest, behind),
                None => false,
            },
            Element::Time => self.time(time::date_time(text, self.zone_seconds), rest),
            Element::Epoch => self.time(time::epoch(text), rest),
            Element::SessionStart => {
                let Some(read) = time::date_time(text, self.zone_seconds) else { return false };
                self.entry.put(Part::SessionStart, &text[..text.len() - read.rest.len()]);
                self.matches(rest, read.rest)
            }
            Element::Code(part) => self.code(*part, rest, text),
            Element::Text(part) => self.text(*part, rest, text),
            Element::SessionsOnly => self.ends(text) || self.matches(rest, text),
        }
    }

    fn time(&mut self, read: Option<time::Read<'a>>, rest: &[Element]) -> bool {
        let Some(read) = read else { return false };
        self.entry.time = Some(read.time);
        self.entry.zoned = read.zoned;
        self.matches(rest, read.rest)
    }

    /// Characters of a certain kind, padded or not; or nothing, where the spaces are those of what follows.
    fn code(&mut self, part: Part, rest: &[Element], text: &'a str) -> bool {
        let start = unpadded(text);
        let end = start.bytes().position(|c| !is_of(part, c)).unwrap_or(start.len());
        let is_padded = start.len() < text.len();
        if end == 0 || is_padded {
            self.entry.put(part, "");
            if self.matches(rest, text) {
                return true;
            }
            if end == 0 && (!is_padded || !self.tried()) {
                return false;
            }
        }
        self.entry.put(part, &start[..end]);
        let behind = &start[end..];
        if self.matches(rest, behind) {
            return true;
        }
        let next = unpadded(behind);
        next.len() < behind.len() && self.tried() && self.matches(rest, next)
    }

    /// Any text, as short as what follows allows; a user before an `@` as long, for names of users hold one rather than
    /// those of databases.
    fn text(&mut self, part: Part, rest: &[Element], text: &'a str) -> bool {
        // No value goes over the end of a line.
        let Some(near) = text.len().checked_sub(self.end).map(|end| &text[..end]) else { return false };
        if near.contains('\n') {
            return false;
        }
        let ends: Box<dyn Iterator<Item = usize>> = match rest.first() {
            Some(Element::Literal(literal)) if rest.len() > 1 || literal.trim_end() != "" => {
                let literal = if rest.len() > 1 { literal.as_str() } else { literal.trim_end() };
                match part {
                    Part::User if literal.starts_with('@') => {
                        Box::new(near.rmatch_indices(literal).map(|(at, _)| at))
                    }
                    _ => Box::new(near.match_indices(literal).map(|(at, _)| at)),
                }
            }
            None | Some(Element::Literal(_) | Element::SessionsOnly) => Box::new(iter::once(near.len())),
            Some(_) => Box::new(near.char_indices().map(|(at, _)| at).chain(iter::once(near.len()))),
        };
        for end in ends {
            if !self.tried() {
                return false;
            }
            self.entry.put(part, text[..end].trim_matches(' '));
            if self.matches(rest, &text[end..]) {
                return true;
            }
        }
        false
    }

    fn tried(&mut self) -> bool {
        self.tries = self.tries.saturating_sub(1);
        self.tries > 0
    }

    /// Behind the prefix: a severity, then with `log_error_verbosity = verbose` the SQLSTATE, then the message.
    fn ends(&mut self, text: &'a str) -> bool {
        let Some((word, message)) = severity::at_front(unpadded(text)) else { return false };
        self.entry.put(Part::Severity, word);
        let is_report =
            !matches!(severity::role(word), Some(severity::Role::Part | severity::Role::Statement));
        match message.split_once(": ").filter(|(state, _)| is_report && is_state(state)) {
            Some((state, message)) => {
                self.entry.put(Part::State, state);
                self.entry.put(Part::Message, message);
            }
            None => self.entry.put(Part::Message, message),
        }
        true
    }
}

/// A literal at the front; the spaces at the end of a prefix are easily lost on its way into a configuration.
fn strip<'a>(text: &'a str, literal: &str, last: bool) -> Option<&'a str> {
    text.strip_prefix(literal).or_else(|| text.strip_prefix(literal.trim_end()).filter(|_| last))
}

/// Five digits and capitals (appendix A of the manual).
fn is_state(text: &str) -> bool {
    text.len() == 5
        && text.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && text.bytes().any(|c| c.is_ascii_digit())
}

/// The text behind the spaces that pad a value.
fn unpadded(text: &str) -> &str {
    &text[text.bytes().take(MOST_PADDING).take_while(|c| *c == b' ').count()..]
}

fn is_of(part: Part, c: u8) -> bool {
    match part {
        Part::Session => c.is_ascii_hexdigit() || c == b'.',
        Part::VirtualTransaction => c.is_ascii_digit() || c == b'/',
        Part::QueryId => c.is_ascii_digit() || c == b'-',
        Part::State => c.is_ascii_digit() || c.is_ascii_uppercase(),
        _ => c.is_ascii_digit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a>(prefix: &str, line: &'a str) -> Option<Entry<'a>> {
        let mut entry = Entry::new();
        let prefix = Prefix::new(prefix).unwrap();
        severity_ends(line).any(|end| prefix.read(line, end, 0, &mut entry)).then_some(entry)
    }

    #[track_caller]
    fn check(prefix: &str, line: &str, parts: &[(Part, &str)]) {
        let entry = read(prefix, line).unwrap_or_else(|| panic!("{prefix}: {line}"));
        for (part, text) in parts {
            assert_eq!(entry.get(*part).unwrap_or_default(), *text, "{part:?} of {line}");
        }
    }

    #[test]
    fn all_escapes() {
        check(
            "%t|%m|%n|%s|%a|%u|%d|%r|%h|%L|%b|%p|%P|%l|%e|%c|%v|%x|%i|%Q|%% ",
            "2020-01-02 03:04:05 UTC|2020-01-02 03:04:05.006 UTC|1577934245.006|2020-01-02 03:00:00 UTC|psql - x|u|d|\
             10.0.0.1(5)|10.0.0.1|10.0.0.9|client backend|12|11|3|00000|5ff2634c.57|4/43|7|SELECT|-99|% LOG:  hi",
            &[
                (Part::Application, "psql - x"),
                (Part::User, "u"),
                (Part::Remote, "10.0.0.1(5)"),
                (Part::LocalHost, "10.0.0.9"),
                (Part::BackendType, "client backend"),
                (Part::Pid, "12"),
                (Part::LeaderPid, "11"),
                (Part::Line, "3"),
                (Part::State, "00000"),
                (Part::Session, "5ff2634c.57"),
                (Part::VirtualTransaction, "4/43"),
                (Part::Transaction, "7"),
                (Part::Tag, "SELECT"),
                (Part::QueryId, "-99"),
                (Part::SessionStart, "2020-01-02 03:00:00 UTC"),
                (Part::Message, "hi"),
            ],
        );
    }

    #[test]
    fn padding_sessions_and_what_is_missing() {
        check(
            "%m [%p] %q%-10u@%d ",
            "2020-01-02 03:04:05.006 UTC [7] bob       @d LOG:  x",
            &[(Part::User, "bob"), (Part::Database, "d")],
        );
        check("[%10p] %-5l: ", "[        12] 3    : LOG:  x", &[(Part::Pid, "12"), (Part::Line, "3")]);
        check("[%-6p]", "[12    ]LOG:  x", &[(Part::Pid, "12")]);
        check(
            "%m [%p] %q%u@%d ",
            "2020-01-02 03:04:05.006 UTC [7] LOG:  a@b LOG:  c",
            &[(Part::User, ""), (Part::Message, "a@b LOG:  c")],
        );
        check(
            "%t:%r:%u@%d:[%p]:",
            "2020-01-02 03:04:05 UTC::@:[7]:LOG:  x",
            &[(Part::Pid, "7"), (Part::User, "")],
        );
        check("%m %v %x %P[%p]", "2020-01-02 03:04:05.006 UTC  0 [7]LOG:  x", &[(Part::Transaction, "0")]);
        check("%u %d", "bob d LOG:  x", &[(Part::Database, "d")]);
        check("%u@%d [%p] ", "a@b@c [7] ERROR:  42704: x", &[(Part::User, "a@b"), (Part::State, "42704")]);
        check("%a [%p] ", "app [x] [7] LOG:  y", &[(Part::Application, "app [x]"), (Part::Pid, "7")]);
        check(
            "%u@%d [%a] ",
            "u@d [LOG: x] LOG:  m a@b",
            &[(Part::Application, "LOG: x"), (Part::User, "u"), (Part::Message, "m a@b")],
        );
        check("", "FATAL:  x", &[(Part::Severity, "FATAL")]);
        for (prefix, line) in [
            ("%m [%p] ", "LOG:  x"),
            ("%m [%p] ", "2020-01-02 03:04:05.006 UTC [7] x"),
            ("%u@", "a\n@LOG:  x"),
        ] {
            assert!(read(prefix, line).is_none(), "{prefix}: {line}");
        }
        assert_eq!(Prefix::new("%y").unwrap_err(), PrefixError::Unknown('y'));
        assert_eq!(Prefix::new("%-5").unwrap_err(), PrefixError::Unfinished);
    }

    proptest! {
        #[test]
        fn any_prefix_on_any_line(prefix in "(%[-0-9]{0,2}[autpdrhlcvxeiqQPbmns%]|[ @:\\[\\]=a]){0,8}", line in "[a1 @:\\[\\]é=]{0,60}(LOG:  x)?") {
            if let Ok(prefix) = Prefix::new(&prefix) {
                let _ = severity_ends(&line).any(|end| prefix.read(&line, end, 0, &mut Entry::new()));
            }
        }
    }
}
