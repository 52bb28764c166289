//! What a text with a stack trace in it says: the message before it, what was thrown, and the trace.

use super::line::{self, CHAINED, TRACEBACK, Thrown};
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Fields;

/// A stack trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// What was thrown; `None`: frames alone.
    pub thrown: Option<Thrown<'a>>,
    /// All of its lines, with that of the exception.
    pub text: &'a str,
}

impl<'a> Trace<'a> {
    /// Sets `error.*`.
    pub fn set(&self, fields: &mut Fields<'a>) {
        if let Some(thrown) = self.thrown {
            fields.set_present(Field::ErrorType, thrown.class);
            fields.set_present(Field::ErrorMessage, thrown.message);
        }
        fields.set_present(Field::ErrorStackTrace, self.text);
    }
}

/// The message of a text, and the trace in it if there is one. The message is what stands before the trace; where
/// nothing does, the line that names the exception.
pub fn split(text: &str) -> (&str, Option<Trace<'_>>) {
    if !text.contains('\n') {
        return (text, None);
    }
    let text = text.trim_end();
    let mut finder = Finder { text, first_thrown: None, php: None, go: None };
    let mut at = 0;
    let mut before = None;
    for line in text.split('\n') {
        if let Some(found) = finder.look(at, line.trim_end(), before) {
            return found;
        }
        before = Some((at, line));
        at += line.len() + 1;
    }
    (text, None)
}

/// Looks for the first line that only a trace has.
struct Finder<'a> {
    text: &'a str,
    first_thrown: Option<(usize, Thrown<'a>)>,
    php: Option<(usize, Thrown<'a>)>,
    go: Option<(usize, Thrown<'a>)>,
}

type Found<'a> = (&'a str, Option<Trace<'a>>);

impl<'a> Finder<'a> {
    fn look(&mut self, at: usize, line: &'a str, before: Option<(usize, &'a str)>) -> Option<Found<'a>> {
        if line.ends_with(TRACEBACK) {
            return Some(self.python(at + line.len() - line.trim_start().len()));
        }
        if let Some(place) = line::rust_head(line) {
            return Some(self.rust(at, place));
        }
        if line::is_goroutine(line) {
            let (start, thrown) = self.go.map_or((at, None), |(start, thrown)| (start, Some(thrown)));
            return Some(self.cut(start, at, thrown));
        }
        if let Some(thrown) = line::rails_head(line) {
            self.first_thrown.get_or_insert((at, thrown));
        }
        let (start_of_before, line_before) = before.unwrap_or_default();
        let follows = before.is_some();
        let caused = line::cause(line).is_some() || line::is_among_frames(line);
        if follows && (line::is_at_frame(line) || caused) {
            return Some(self.frames(at, start_of_before, line_before));
        }
        let numbered = line::is_numbered_frame(line) || line::is_php_frame(line);
        if follows
            && (matches!(line.trim_start(), "Stack trace:" | "PHP Stack trace:" | "[stacktrace]") || numbered)
        {
            return Some(self.numbered(at));
        }
        if line::is_ruby_frame(line) && (follows || self.text[at + line.len()..].contains("\tfrom ")) {
            return Some(self.ruby(at, line));
        }
        let line = line.trim_start_matches('\t');
        if let Some(thrown) = line::go_head(line) {
            self.go.get_or_insert((at, thrown));
        } else if let Some(thrown) = line::php_head(line) {
            self.php.get_or_insert((at, thrown));
        } else if let Some(thrown) = line::thrown(line) {
            self.first_thrown.get_or_insert((at, thrown));
        }
        None
    }

    /// A trace that begins at `start` and whose frames begin at `frames`.
    fn cut(&self, start: usize, frames: usize, thrown: Option<Thrown<'a>>) -> Found<'a> {
        let message = self.text[..start].trim_end();
        let message = if message.is_empty() { self.text[..frames.max(start)].trim() } else { message };
        // Frames alone: the line that they begin with must do.
        let message = if message.is_empty() { self.text.lines().next().unwrap_or_default() } else { message };
        (message, Some(Trace { thrown, text: &self.text[start..] }))
    }

    fn frames(&self, at: usize, start_of_before: usize, line_before: &'a str) -> Found<'a> {
        if let Some((start, thrown)) = self.first_thrown {
            return self.cut(start, at, Some(thrown));
        }
        if let Some((offset, thrown)) = embedded(line_before) {
            let trace = Trace { thrown: Some(thrown), text: &self.text[start_of_before + offset..] };
            return (self.text[..at].trim_end(), Some(trace));
        }
        self.cut(at, at, None)
    }

    fn numbered(&self, at: usize) -> Found<'a> {
        match self.php.or(self.first_thrown) {
            Some((start, thrown)) => self.cut(start, at, Some(thrown)),
            None => match self.text.strip_prefix("Unhandled exception:\n") {
                // Dart: the error's text alone, or with its class before it.
                Some(rest) => {
                    let said = rest.lines().next().unwrap_or_default();
                    let (class, message) = said.split_once(": ").unwrap_or(("", said));
                    let class = if class.contains(' ') { "" } else { class };
                    let message = if class.is_empty() { said } else { message };
                    self.cut(0, at, Some(Thrown { class, message }))
                }
                None => self.cut(at, at, None),
            },
        }
    }

    fn ruby(&self, at: usize, line: &'a str) -> Found<'a> {
        if let Some((start, thrown)) = self.first_thrown {
            return self.cut(start, at, Some(thrown));
        }
        // `a.rb:10:in 'm': message (Class)`.
        let said = line.split_once("': ").map(|(_, said)| said);
        let thrown = said.and_then(|said| {
            let (message, class) = said.strip_suffix(')')?.rsplit_once(" (")?;
            Some(Thrown { class, message })
        });
        match thrown {
            Some(_) => self.cut(at, at + line.len(), thrown),
            None => self.cut(at, at, None),
        }
    }

    fn rust(&self, at: usize, place: &'a str) -> Found<'a> {
        let after = self.text[at..].split_once('\n').map_or("", |(_, after)| after);
        let (message, frames) = match place.strip_prefix('\'').and_then(|place| place.rsplit_once("', ")) {
            Some((message, _)) => (message, at),
            None => {
                let message = after.lines().next().unwrap_or_default();
                (message, self.text.len() - after.len() + message.len())
            }
        };
        let thrown = Some(Thrown { class: "panic", message });
        if frames > at {
            self.cut(at, frames, thrown)
        } else {
            self.cut(at, self.text.len() - after.len(), thrown)
        }
    }

    /// Of exceptions that led to one another the last is the one that was not caught.
    fn python(&self, start: usize) -> Found<'a> {
        let trace = &self.text[start..];
        let end = trace.lines().rev().find(|line| {
            let other = line.is_empty() || line::is_indented(line) || CHAINED.contains(line);
            !other && line::python_end(line).is_some()
        });
        let thrown = end.and_then(line::python_end).filter(|thrown| !TRACEBACK.starts_with(thrown.class));
        let message = self.text[..start].trim();
        let message =
            if message.is_empty() { end.filter(|_| thrown.is_some()).unwrap_or(TRACEBACK) } else { message };
        (message, Some(Trace { thrown, text: trace }))
    }
}

/// An exception's class inside a line, and where it stands: `ERROR could not go on java.lang.Error: text`.
fn embedded(line: &str) -> Option<(usize, Thrown<'_>)> {
    let mut at = 0;
    for word in line.split(' ') {
        if line::is_class(word.trim_end_matches(':'))
            && let Some(thrown) = line::thrown(&line[at..])
        {
            return Some((at, thrown));
        }
        at += word.len() + 1;
    }
    None
}
