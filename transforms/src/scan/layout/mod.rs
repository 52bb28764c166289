//! Layouts of loggers that a pattern describes, compiled into parts; [`matching`] holds a line against them, [`date`]
//! reads times by letters, [`fields`] knows the field of each part. The syntax of the pattern is the format's own (`java_log4j`, `python_logging`).

pub mod date;
pub mod fields;
pub mod matching;

use date::Date;

/// A part of a layout.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Text that stands there.
    Literal(String),
    /// A value.
    Value(What),
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// When it was written.
    Time(Date),
    /// Its level.
    Level,
    /// Name of the thread.
    Thread,
    /// The logger's name, no spaces in it.
    Logger,
    /// Its last part, no dots in it.
    ShortLogger,
    /// Class that wrote it.
    Class,
    /// Method or function.
    Method,
    /// Source file.
    File,
    /// Line in it.
    Line,
    /// `class.method(file:line)`.
    Location,
    /// The message.
    Message,
    /// Process id.
    Pid,
    /// Thread id.
    ThreadId,
    /// Number of the entry.
    Sequence,
    /// A free field of this name: a key of the MDC, `node`, `marker`.
    Free(String),
    /// `trace-span` of Spring Boot, or nothing.
    Correlation,
    /// `application,trace,span,exported` of Spring Cloud Sleuth.
    Sleuth,
    /// Digits that say nothing.
    Digits,
    /// Text that says nothing.
    Skip,
}

/// Does a value of this kind end by itself, whatever follows it?
pub fn ends_itself(what: &What) -> bool {
    matches!(
        what,
        What::Time(_) | What::Level | What::Line | What::Pid | What::ThreadId | What::Digits | What::Sequence
    )
}

/// Adds text to a layout's parts; text behind text is one.
pub fn push_literal(items: &mut Vec<Item>, text: &str) {
    match items.last_mut() {
        Some(Item::Literal(before)) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => items.push(Item::Literal(text.to_string())),
    }
}

/// What of a layout cannot be read: values that touch, or no message. `message`: how the syntax writes that.
pub fn check(items: &[Item], message: &str) -> Result<(), String> {
    for pair in items.windows(2) {
        if let [Item::Value(a), Item::Value(b)] = pair
            && !(*a == What::Message || ends_itself(a) || *b == What::Level)
        {
            return Err(format!("{a:?} and {b:?} touch: where one ends cannot be told"));
        }
    }
    if !items.iter().any(|item| matches!(item, Item::Value(What::Message))) {
        return Err(format!("no message ({message}) in it"));
    }
    Ok(())
}
