//! Stack traces over many lines: which line goes on with those before it ([`continues`]), and what was thrown ([`split`]).
//!
//! A state machine over lines, one step each, for Java and what runs beside it (Kotlin, Scala), Python, Go, JavaScript,
//! Ruby, PHP, .NET, Rust and Dart. That a list of states and patterns does this well is the idea of Google's
//! fluent-plugin-detect-exceptions; [`line`] says where each line's look is from.

pub mod line;
mod read;

pub use read::{Trace, split};

use line::{CHAINED, TRACEBACK, is_indented};

/// What was seen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum State {
    /// Text that is no trace.
    Text = 1,
    /// An exception's class and message; frames may follow.
    Thrown,
    /// An empty line behind it.
    ThrownBlank,
    /// `nested exception is:`; its class stands in the next line.
    Nested,
    /// Frames of Java, JavaScript or .NET.
    Frames,
    FramesBlank,
    /// What an error of Node has besides, in braces.
    Properties,
    NodePlace,
    NodeSource,
    NodeMark,
    Python,
    PythonGroup,
    PythonEnd,
    PythonBlank,
    PythonChained,
    GoHead,
    GoBlank,
    Goroutine,
    Registers,
    PhpHead,
    /// Frames with numbers, of PHP or Dart.
    Numbered,
    /// The end of a trace after which nothing comes.
    End,
    DartHead,
    RubyHead,
    Ruby,
    RustHead,
    RustMessage,
    RustFrames,
}

use State::*;

const STATES: [State; 28] = [
    Text,
    Thrown,
    ThrownBlank,
    Nested,
    Frames,
    FramesBlank,
    Properties,
    NodePlace,
    NodeSource,
    NodeMark,
    Python,
    PythonGroup,
    PythonEnd,
    PythonBlank,
    PythonChained,
    GoHead,
    GoBlank,
    Goroutine,
    Registers,
    PhpHead,
    Numbered,
    End,
    DartHead,
    RubyHead,
    Ruby,
    RustHead,
    RustMessage,
    RustFrames,
];

/// Lines of a Dart error between `Unhandled exception:` and its frames.
const MOST_DART_LINES: u32 = 8;

/// Does this log event go on with a trace in the lines before it? Where it has more lines, its first one tells. `text`
/// holds the lines before, and is read only while `state` is 0, as at the group's first call.
pub fn continues(state: &mut u32, text: &str, log_event: &str) -> bool {
    let before = match *state {
        0 => text.split('\n').fold(None, |state, line| Some(after(state, line))).unwrap_or(Text),
        known => STATES[(known & 0xff) as usize - 1],
    };
    let mut lines = log_event.split('\n');
    let next = lines.next().and_then(|line| step(before, line));
    let dart_lines = if next == Some(DartHead) { (*state >> 8) + 1 } else { 0 };
    let next = next.filter(|_| dart_lines <= MOST_DART_LINES);
    let now = next.map_or(before, |next| lines.fold(next, |state, line| after(Some(state), line)));
    *state = now as u32 | dart_lines << 8;
    next.is_some()
}

/// Is this the first line of a trace?
pub fn is_head(line: &str) -> bool {
    first(line) != Text
}

/// Begins a trace within a group, at this line.
pub fn begin(state: &mut u32, line: &str) {
    *state = first(line) as u32;
}

/// Has no trace begun in the lines that `state` is of?
pub fn is_text(state: u32) -> bool {
    state & 0xff == Text as u32
}

fn after(state: Option<State>, line: &str) -> State {
    state.and_then(|state| step(state, line)).unwrap_or_else(|| first(line))
}

/// The state after the first line of a text.
fn first(line: &str) -> State {
    let text = line.trim_end();
    if text.ends_with(TRACEBACK) {
        return if text.contains("+ Exception Group") { PythonGroup } else { Python };
    }
    if line::is_goroutine(text) {
        return Goroutine;
    }
    if line::go_head(text).is_some() {
        return GoHead;
    }
    if let Some(place) = line::rust_head(text) {
        return if place.ends_with(':') { RustHead } else { RustMessage };
    }
    if text == "Unhandled exception:" {
        return DartHead;
    }
    if line::is_node_place(text) {
        return NodePlace;
    }
    if line::rails_head(text).is_some() {
        return RubyHead;
    }
    if line::is_ruby_frame(text) {
        return Ruby;
    }
    match line::thrown(text) {
        _ if line::php_head(text).is_some() => PhpHead,
        Some(_) if text.ends_with("nested exception is:") => Nested,
        Some(_) => Thrown,
        None => Text,
    }
}

/// The state after a line that goes on with what was seen; `None`: it does not.
fn step(state: State, line: &str) -> Option<State> {
    let line = line.trim_end();
    let blank = line.is_empty();
    match state {
        Text | PhpHead => frames(line),
        Thrown if blank => Some(ThrownBlank),
        Thrown | Frames => {
            let nested = line.trim_start_matches([' ', '\t', ';']).starts_with("nested exception is:");
            if blank {
                Some(FramesBlank)
            } else if nested && state == Thrown {
                Some(Nested)
            } else {
                frames(line)
            }
        }
        ThrownBlank => line::is_at_frame(line).then_some(Frames),
        FramesBlank => line.starts_with("Node.js v").then_some(End),
        Nested => (!blank).then_some(Thrown),
        Properties if line.starts_with('}') => Some(Frames),
        Properties => (blank || is_indented(line)).then_some(Properties),
        NodePlace => (!blank).then_some(NodeSource),
        NodeSource => line.trim().bytes().all(|b| matches!(b, b'^' | b'~')).then_some(NodeMark),
        NodeMark => Some(if blank { NodeMark } else { Thrown }),
        Python | PythonGroup | PythonEnd | PythonBlank | PythonChained => python(state, line),
        GoHead | GoBlank | Goroutine | Registers => go(state, line),
        Numbered => numbered(line),
        End => None,
        DartHead if line::is_numbered_frame(line) => Some(Numbered),
        DartHead => (!blank).then_some(DartHead),
        RubyHead if blank => Some(RubyHead),
        RubyHead | Ruby => ruby(state, line),
        RustHead => (!blank).then_some(RustMessage),
        RustMessage if line == "stack backtrace:" => Some(RustFrames),
        RustMessage | RustFrames => (is_indented(line) || line.starts_with("note: ")).then_some(state),
    }
}

/// Frames that may follow any text.
fn frames(line: &str) -> Option<State> {
    let text = line.trim_start();
    if line::is_at_frame(line) {
        return Some(if line.ends_with('{') { Properties } else { Frames });
    }
    if line::is_among_frames(line) {
        return Some(Frames);
    }
    if let Some(cause) = line::cause(line) {
        return Some(if cause.ends_with("nested exception is:") { Nested } else { Thrown });
    }
    let trace = matches!(text, "Stack trace:" | "PHP Stack trace:" | "[stacktrace]");
    if trace || (text.starts_with("#0 ") && line::is_numbered_frame(line)) || line::is_php_frame(line) {
        return Some(Numbered);
    }
    (is_indented(line) && line::is_ruby_frame(line)).then_some(Ruby)
}

fn python(state: State, line: &str) -> Option<State> {
    let blank = line.is_empty();
    match state {
        Python if is_indented(line) => Some(Python),
        Python => line::python_end(line).map(|_| PythonEnd),
        PythonGroup => line.trim_start().starts_with(['|', '+']).then_some(PythonGroup),
        PythonEnd => blank.then_some(PythonBlank),
        PythonBlank => CHAINED.contains(&line).then_some(PythonChained),
        _ if line == TRACEBACK => Some(Python),
        _ => blank.then_some(PythonChained),
    }
}

fn go(state: State, line: &str) -> Option<State> {
    if line::is_goroutine(line) {
        return Some(Goroutine);
    }
    match state {
        _ if line.is_empty() => Some(GoBlank),
        GoHead if line.starts_with("[signal ") || line.starts_with('\t') => Some(GoHead),
        GoBlank | Registers if line::is_register(line) => Some(Registers),
        Goroutine if line.starts_with('\t') || line::is_go_function(line) => Some(Goroutine),
        _ => None,
    }
}

fn numbered(line: &str) -> Option<State> {
    let text = line.trim_start();
    if text.starts_with("\"}") {
        return Some(End);
    }
    let next = text.starts_with("[previous exception]") || line.starts_with("Next ");
    if next {
        return Some(PhpHead);
    }
    let known =
        text.starts_with("thrown in ") || matches!(text, "[stacktrace]" | "<asynchronous suspension>");
    let frame = line::is_numbered_frame(line) || line::is_php_frame(line);
    (known || frame).then_some(Numbered)
}

fn ruby(state: State, line: &str) -> Option<State> {
    if line::is_ruby_frame(line) {
        return Some(Ruby);
    }
    if line.starts_with("Information for cause: ") {
        return Some(RubyHead);
    }
    // Rails shows the lines of a template that failed: `    1: <h1>`.
    let source = line
        .trim_start()
        .split_once(':')
        .is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (state == RubyHead && source && is_indented(line)).then_some(RubyHead)
}

#[cfg(test)]
mod tests;
