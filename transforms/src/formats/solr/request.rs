//! The messages that tell of a request: `SolrCore.Request`'s (slow ones again as `SlowRequest`'s) and
//! `LogUpdateProcessorFactory`'s.
//!
//! ```text
//! [core]  webapp=/solr path=/select params={q=…&fq=…} hits=12 status=0 QTime=3
//! [core]  webapp=/solr path=/update params={commit=true}{add=[id (version), …],commit=} 0 12
//! ```
//! Since 9 without the core, and with `slow: ` before slow ones. Values of parameters have `+`, `%26`, `%25`, `%3D` and
//! `%2B` for space and `&%=+`, all else stands as it is (`StrUtils.partialURLEncodeVal`): braces, too, paired or not.

use crate::scan::token;

/// A request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Request<'a> {
    pub slow: bool,
    /// What stands in the bracket before it: a core, or `admin`.
    pub bracket: &'a str,
    pub webapp: &'a str,
    /// The handler's path; empty in Solr 3's lines of updates.
    pub path: &'a str,
    /// Between the braces.
    pub params: &'a str,
    /// What was changed.
    pub update: Option<Update<'a>>,
    /// ` hits=12 status=0 QTime=3`.
    pub tail: &'a str,
    /// The logger's `%maxLen` cut the line's end off.
    pub truncated: bool,
}

/// What an update changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Update<'a> {
    /// `add=[…],commit=`.
    pub commands: &'a str,
    pub status: &'a str,
    pub millis: &'a str,
}

/// How a message was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    Request(Request<'a>),
    /// It begins as a request and ends before its parameters do.
    Cut,
    Other,
}

/// Kinds of updates, as `LogUpdateProcessor` names them.
const COMMANDS: [&str; 7] =
    ["add", "delete", "deleteByQuery", "commit", "optimize", "rollback", "mergeIndexes"];

/// Is it a request with parameters? Cheap; for lines of which the layout does not say that Solr wrote them.
pub(super) fn looks_like_one(message: &str) -> bool {
    let (_, _, text) = before(message);
    if text.starts_with("webapp=") {
        return text.contains(" path=/") && text.contains(" params={");
    }
    COMMANDS.iter().any(|kind| text.strip_prefix('{').is_some_and(|t| is_command(t, kind)))
        && matches!(read(message), Message::Request(_))
}

/// `slow: `, the bracket, and the rest.
fn before(message: &str) -> (bool, &str, &str) {
    let message = message.trim_start();
    let (slow, text) = match message.strip_prefix("slow: ") {
        Some(text) => (true, text),
        None => (false, message),
    };
    match text.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        Some((bracket, rest)) if !bracket.contains([' ', '[']) => (slow, bracket, rest.trim_start()),
        _ => (slow, "", text.trim_start()),
    }
}

/// Reads a message.
pub(super) fn read(message: &str) -> Message<'_> {
    let (slow, bracket, mut text) = before(message.trim_end());
    let mut request = Request { slow, bracket, ..Request::default() };
    if !text.starts_with("webapp=") && !text.starts_with("path=/") && !text.starts_with('{') {
        return Message::Other;
    }
    loop {
        if let Some(rest) = text.strip_prefix("params={") {
            let Some(end) = end_of_params(rest) else { return cut(request, rest) };
            (request.params, text) = (&rest[..end], &rest[end + 1..]);
            break;
        }
        let (word, rest) = token::first(text);
        let slot = match word.split_once('=') {
            Some(("webapp", _)) => &mut request.webapp,
            Some(("path", path)) if path.starts_with('/') => &mut request.path,
            _ => break,
        };
        *slot = word.split_once('=').map_or("", |(_, value)| value);
        text = rest;
    }
    let text = text.trim_start();
    if text.starts_with('{') {
        request.update = update(text);
        request.truncated = request.update.is_none() && text.ends_with("...");
        return match request.update {
            Some(_) => Message::Request(request),
            None if request.truncated && !request.path.is_empty() => Message::Request(request),
            None => Message::Other,
        };
    }
    if request.path.is_empty() || !(text.is_empty() || is_pair(text)) {
        return Message::Other;
    }
    request.tail = text;
    Message::Request(request)
}

/// Parameters that do not end. A line that the logger made shorter ends in dots: what is whole of it stays.
fn cut<'a>(request: Request<'a>, text: &'a str) -> Message<'a> {
    match text.strip_suffix("...") {
        Some(text) => {
            let params = text.rsplit_once('&').map_or("", |(whole, _)| whole);
            Message::Request(Request { params, truncated: true, ..request })
        }
        None => Message::Cut,
    }
}

/// The brace that ends the parameters: the first with behind it what only stands there. Inside them no space is left.
fn end_of_params(text: &str) -> Option<usize> {
    memchr::memchr_iter(b'}', text.as_bytes()).find(|at| {
        let after = &text[at + 1..];
        let is_update = || {
            let inside = after.strip_prefix(' ').unwrap_or(after).strip_prefix('{');
            inside.is_some_and(|t| t.starts_with("} ") || COMMANDS.iter().any(|kind| is_command(t, kind)))
        };
        after.is_empty() || after.strip_prefix(' ').is_some_and(is_pair) || is_update()
    })
}

/// Does the text begin with `name=`?
fn is_pair(text: &str) -> bool {
    let end = text.bytes().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')));
    end.is_some_and(|end| end > 0 && text.as_bytes()[end] == b'=')
}

fn is_command(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|rest| rest.starts_with('='))
}

/// `{add=[…],commit=} 0 12`.
fn update(text: &str) -> Option<Update<'_>> {
    let (rest, millis) = text.rsplit_once(' ')?;
    let (rest, status) = rest.rsplit_once(' ')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let commands = rest.strip_prefix('{')?.strip_suffix('}')?;
    (is_number(status) && is_number(millis)).then_some(Update { commands, status, millis })
}

impl<'a> Update<'a> {
    /// Each command with what it says, the brackets of lists with it.
    pub fn commands(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.commands;
        std::iter::from_fn(move || {
            let kind = COMMANDS.into_iter().find(|kind| is_command(rest, kind))?;
            let kind = &rest[..kind.len()];
            let value = &rest[kind.len() + 1..];
            let is_list = value.starts_with('[');
            let end = memchr::memchr_iter(b',', value.as_bytes()).find(|at| {
                let ends = !is_list || value[..*at].ends_with(']');
                ends && COMMANDS.iter().any(|kind| is_command(&value[at + 1..], kind))
            });
            let end = end.unwrap_or(value.len());
            rest = value.get(end + 1..).unwrap_or_default();
            Some((kind, &value[..end]))
        })
    }
}

/// How many ids a list holds: where it is long, its last element says so. An id with `, ` in it counts as two.
pub(super) fn count(list: &str) -> Option<u64> {
    let inside = list.strip_prefix('[')?.strip_suffix(']')?;
    if inside.is_empty() {
        return Some(0);
    }
    let last = inside.rsplit(", ").next().unwrap_or(inside);
    let total = last.strip_prefix("... (").and_then(|total| total.split(' ').next());
    match total {
        Some(total) => crate::scan::decimal::unsigned(total),
        None => Some(inside.matches(", ").count() as u64 + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn params(message: &str) -> (&str, &str) {
        match read(message) {
            Message::Request(request) => (request.params, request.tail),
            other => panic!("{message}: {other:?}"),
        }
    }

    #[test]
    fn parameters_end_where_no_query_goes_on() {
        for (inside, tail) in [
            ("q={!edismax+qf%3Dtitle+v%3D$x}&x=a", "hits=1 status=0 QTime=2"),
            ("q=a}b&fq={!a}{!b}c", "hits=1 status=0 QTime=2"),
            ("q={!lucene", "status=400 QTime=0"),
            ("q=}", "status=400 QTime=0"),
            ("q=}}{{", ""),
            ("json={\"query\":{\"lucene\":\"a\"}}", "hits=0 status=0 QTime=1"),
            ("", "status=0 QTime=1"),
        ] {
            let message = format!("[c]  webapp=/solr path=/select params={{{inside}}} {tail}");
            assert_eq!(params(&message), (inside, tail), "{message}");
        }
    }

    #[test]
    fn what_is_cut_off_and_what_is_none() {
        let Message::Request(request) = read("webapp=/solr path=/select params={a=1&q=b&fq=c...") else {
            panic!("no request")
        };
        assert_eq!((request.params, request.truncated), ("a=1&q=b", true));
        assert_eq!(read("webapp=/solr path=/select params={a=1&q=b"), Message::Cut);
        for other in ["", "[c]", "[c] Opening x", "{a} 0 x", "{} 1", "webapp=/solr", "path=x", "{\"a\": 1}"] {
            assert_eq!(read(other), Message::Other, "{other}");
        }
    }

    #[test]
    fn commands_of_updates() {
        let commands = |message| match read(message) {
            Message::Request(Request { update: Some(update), .. }) => {
                update.commands().map(|(kind, value)| format!("{kind}:{value}")).collect::<Vec<_>>()
            }
            other => panic!("{message}: {other:?}"),
        };
        assert_eq!(
            commands("[c] webapp=/solr path=/update params={}{add=[a, b,commit=] (1)],commit=} 0 5"),
            ["add:[a, b,commit=] (1)]", "commit:"]
        );
        assert_eq!(commands("{deleteByQuery=a:{1 TO 2},deleteByQuery=*:* (-7),optimize=} 0 5").len(), 3);
        assert!(commands("path=/update params={a={}} {} 0 0").is_empty());
        for (list, number) in [
            ("[]", Some(0)),
            ("[a]", Some(1)),
            ("[a (1), b (2)]", Some(2)),
            ("[a, b, ... (250 adds)]", Some(250)),
            ("a", None),
        ] {
            assert_eq!(count(list), number, "{list}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(slow: |\\[c\\] |webapp=/s |path=/u |params=|\\{|\\}|add=|\\[|\\]|,commit=|, | 0 1|é|q=a|&| hits=1|\\.\\.\\.){0,20}") {
            if let Message::Request(Request { update: Some(update), .. }) = read(&text) {
                for (_, value) in update.commands() {
                    let _ = count(value);
                }
            }
            let _ = looks_like_one(&text);
        }
    }
}
