//! What was thrown, as Solr's layouts write it behind a message: since 7.4 ` => ` with the exception and its first frame
//! (`%notEmpty{ =>%ex{short}}`), then the whole trace; before, the trace alone, `null:` before its class.

use super::head::Head;
use crate::scan::stack_trace::line::{self, Thrown};
use crate::scan::stack_trace::{self, Trace};

/// Places that are tried for the arrow: messages have some of their own.
const MOST_ARROWS: usize = 16;

/// The message, and what was thrown.
pub(super) fn split<'a>(head: &Head<'a>) -> (&'a str, Option<Trace<'a>>) {
    if let Some(found) = behind_arrow(head.message) {
        return found;
    }
    match stack_trace::split(head.message) {
        (message, Some(trace)) => {
            let thrown = trace.thrown.map(|thrown| Thrown { class: without_null(thrown.class), ..thrown });
            (message, Some(Trace { thrown, ..trace }))
        }
        (message, None) => {
            let is_error = matches!(head.level, "ERROR" | "SEVERE" | "FATAL" | "WARN" | "WARNING");
            let thrown = is_error.then(|| thrown(message)).flatten();
            (message, thrown.map(|thrown| Trace { thrown: Some(thrown), text: "" }))
        }
    }
}

fn thrown(text: &str) -> Option<Thrown<'_>> {
    line::thrown(without_null(text.lines().next()?)).filter(|thrown| thrown.class.contains('.'))
}

fn without_null(text: &str) -> &str {
    text.strip_prefix("null:").unwrap_or(text)
}

fn behind_arrow(message: &str) -> Option<(&str, Option<Trace<'_>>)> {
    message.match_indices(" =>").take(MOST_ARROWS).find_map(|(at, arrow)| {
        let text = message[at + arrow.len()..].trim_start_matches(' ');
        let thrown = thrown(text)?;
        let text = text.trim_end();
        let text = whole(text, thrown.class).unwrap_or(text);
        let text = if text.contains('\n') { text } else { "" };
        Some((message[..at].trim_end(), Some(Trace { thrown: Some(thrown), text })))
    })
}

/// The whole trace behind the short one: it names the class again.
fn whole<'a>(text: &'a str, class: &str) -> Option<&'a str> {
    let mut lines = text.match_indices('\n').map(|(at, _)| &text[at + 1..]);
    lines.find(|rest| {
        rest.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '\n', '\r']))
    })
}
