//! The lines that Rails writes of a request, by version:
//!
//! ```text
//! Started GET "/a?b=c" for 127.0.0.1 at 2015-08-05 07:40:22 +0200                                3 and later
//! Processing by Projects::NotesController#index as JSON
//! Processing PeopleController#index to xml (for 1.1.1.1 at 2008-08-14 21:16:30) [GET]            1 and 2
//!   Parameters: {"a"=>"b"}
//! Redirected to http://example.com/
//!   User Load (0.4ms)  SELECT "users".* FROM "users"                                             at level debug
//! Completed 200 OK in 640ms (Views: 1.7ms | ActiveRecord: 91.0ms (2 queries, 0 cached) | GC: 0.1ms)
//! Completed in 614ms (View: 120, DB: 31) | 200 OK [http://example.com/demo]                      2.2
//! Completed in 0.22699 (4 reqs/sec) | Rendering: 0.02667 (11%) | 200 OK [http://example.com/]    1 to 2.1
//! ```
//! (`Rails::Rack::Logger`, `ActionController::LogSubscriber`, `ActiveRecord::LogSubscriber`; of the old ones
//! `ActionController::Benchmarking`)

use crate::scan::log_time::{self, Context};
use crate::scan::{decimal, ruby_hash, stack_trace};
use catchwater_schemas::time::Timestamp;

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said<'a> {
    Started(Started<'a>),
    Processing(Processing<'a>),
    /// The parameters, a hash as Ruby prints it.
    Parameters(&'a str),
    /// Where the client was sent.
    Redirected(&'a str),
    Completed(Completed<'a>),
    Statement(Statement<'a>),
    /// What was thrown.
    Thrown(Thrown<'a>),
    /// The session's id, a secret; of old versions.
    Session,
    /// What else Rails says: `Rendered …`, `Filter chain halted as …`.
    Detail,
    /// Anything.
    Other,
}

/// The first line of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Started<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub client: &'a str,
    pub time: Option<Timestamp>,
}

/// Which controller and action take it. The old line says what `Started` says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Processing<'a> {
    pub controller: &'a str,
    pub action: &'a str,
    pub format: &'a str,
    pub method: &'a str,
    pub client: &'a str,
    pub time: Option<Timestamp>,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completed<'a> {
    pub status: Option<u16>,
    pub nanos: Option<u64>,
    pub view_nanos: Option<u64>,
    pub db_nanos: Option<u64>,
    /// `Allocations`, `GC` and what others add.
    pub more: Vec<(&'a str, &'a str)>,
    pub url: &'a str,
}

/// A statement to the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement<'a> {
    /// `User Load`, `CACHE`; empty for none.
    pub name: &'a str,
    pub nanos: u64,
    pub sql: &'a str,
    pub binds: &'a str,
}

/// `ActionView::Template::Error (message):`, of Rails 3 also `… on line #3 of /app/views/x.erb:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Thrown<'a> {
    pub class: &'a str,
    pub message: &'a str,
    pub file: &'a str,
    pub line: Option<u64>,
}

/// Most parts of a `Completed` line that are kept.
const MOST_PARTS: usize = 16;

/// Reads a line without its prefix and colours.
pub fn read(line: &str, context: Context) -> Said<'_> {
    let text = line.trim();
    let found = match text.as_bytes().first() {
        Some(b'S') => started(text, context)
            .map(Said::Started)
            .or_else(|| text.starts_with("Session ID: ").then_some(Said::Session)),
        Some(b'P') => text
            .strip_prefix("Parameters: ")
            .filter(|hash| hash.starts_with('{'))
            .map(Said::Parameters)
            .or_else(|| processing(text, context).map(Said::Processing)),
        Some(b'R') => text
            .strip_prefix("Redirected to ")
            .filter(|target| !target.is_empty() && !target.contains(' '))
            .map(Said::Redirected),
        Some(b'C') => completed(text).map(Said::Completed),
        _ => None,
    };
    found
        .or_else(|| statement(text).map(Said::Statement))
        .or_else(|| thrown(text).map(Said::Thrown))
        .unwrap_or(if is_detail(text) { Said::Detail } else { Said::Other })
}

fn thrown(text: &str) -> Option<Thrown<'_>> {
    if let Some(found) = stack_trace::line::rails_head(text) {
        return Some(Thrown { class: found.class, message: found.message, file: "", line: None });
    }
    let (said, place) = text.strip_suffix(':')?.rsplit_once(") on line #")?;
    let (line, file) = place.split_once(" of ")?;
    let (class, message) = said.split_once(" (")?;
    let of_class = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_');
    let valid = class.starts_with(|c: char| c.is_ascii_uppercase()) && class.bytes().all(of_class);
    let line = decimal::unsigned(line).filter(|line| i64::try_from(*line).is_ok())?;
    valid.then_some(Thrown { class, message, file, line: Some(line) })
}

/// Without a sure sign, lines of Rails are read only in a log that is Rails'.
fn is_detail(text: &str) -> bool {
    const STARTS: [&str; 13] = [
        "Finished \"",
        "Rendered ",
        "Rendering ",
        "Filter chain halted as ",
        "Sent file ",
        "Sent data ",
        "Unpermitted parameter",
        "Can't verify CSRF token",
        "Read fragment ",
        "Write fragment ",
        "Performing ",
        "Performed ",
        "Enqueued ",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

fn is_method(text: &str) -> bool {
    (3..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
}

fn started<'a>(text: &'a str, context: Context) -> Option<Started<'a>> {
    let (method, rest) = text.strip_prefix("Started ")?.split_once(" \"")?;
    // Action Cable says whether a socket was asked for.
    let ends = ["\" for ", "\" [WebSocket] for ", "\"[non-WebSocket] for "];
    let (target, rest) = ends.iter().find_map(|end| rest.rsplit_once(end))?;
    let (client, time) = rest.split_once(" at ")?;
    let time = log_time::read(time, context).map(|(time, _)| time);
    is_method(method).then_some(Started { method, target, client, time })
}

/// `Projects::NotesController#index`.
fn controller(text: &str) -> Option<(&str, &str)> {
    let (controller, action) = text.split_once('#')?;
    let of_class = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_') || b >= 0x80;
    let of_method = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'?' | b'!' | b'-') || b >= 0x80;
    let valid = controller.starts_with(|c: char| c.is_ascii_uppercase())
        && controller.bytes().all(of_class)
        && !action.is_empty()
        && action.bytes().all(of_method);
    valid.then_some((controller, action))
}

fn processing<'a>(text: &'a str, context: Context) -> Option<Processing<'a>> {
    let rest = text.strip_prefix("Processing ")?;
    if let Some(rest) = rest.strip_prefix("by ") {
        let (name, format) = rest.split_once(" as").unwrap_or((rest, ""));
        let (controller, action) = controller(name)?;
        let format = format.trim();
        return Some(Processing { controller, action, format, method: "", client: "", time: None });
    }
    let (name, rest) = rest.split_once(" (for ")?;
    let (name, format) = name.split_once(" to ").unwrap_or((name, ""));
    let (controller, action) = controller(name)?;
    let (client, rest) = rest.split_once(" at ")?;
    let (time, method) = rest.split_once(") [")?;
    let method = method.strip_suffix(']').filter(|method| is_method(method))?;
    let time = log_time::read(time, context).map(|(time, _)| time);
    Some(Processing { controller, action, format, method, client, time })
}

fn completed(text: &str) -> Option<Completed<'_>> {
    let rest = text.strip_prefix("Completed ")?.trim_start();
    match rest.strip_prefix("in ") {
        Some(rest) if rest.contains('|') => completed_before_3(rest),
        // Of a request that failed, Rails 3.0 writes no status.
        Some(_) => of_parts(Completed::default(), rest.strip_prefix("in ")?),
        None => {
            let (status, rest) = status(rest)?;
            let (_, rest) = rest.split_once("in ")?;
            of_parts(Completed { status: Some(status), ..Completed::default() }, rest)
        }
    }
}

fn status(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(3)?;
    let valid = digits.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with([' ', ']']);
    valid.then(|| digits.parse().ok()).flatten().map(|status| (status, rest))
}

/// `640ms (Views: 1.7ms | ActiveRecord: 91.0ms (2 queries, 0 cached) | Allocations: 12)`.
fn of_parts<'a>(mut completed: Completed<'a>, text: &'a str) -> Option<Completed<'a>> {
    let (millis, rest) = text.split_once("ms")?;
    completed.nanos = Some(decimal::millis_to_nanos(millis)?);
    let inside =
        rest.trim().strip_prefix('(').and_then(|inside| inside.strip_suffix(')')).unwrap_or_default();
    for part in inside.split(" | ").take(MOST_PARTS) {
        let Some((name, value)) = part.split_once(": ") else { continue };
        let (value, counts) = value.split_once(" (").unwrap_or((value, ""));
        completed.part(name, value.strip_suffix("ms").unwrap_or(value));
        for count in counts.trim_end_matches(')').split(", ") {
            match count.split_once(' ') {
                Some((number, "query" | "queries")) => completed.more.push(("queries", number)),
                Some((number, "cached")) => completed.more.push(("cached_queries", number)),
                _ => {}
            }
        }
    }
    Some(completed)
}

impl<'a> Completed<'a> {
    fn part(&mut self, name: &'a str, millis: &'a str) {
        match name {
            "Views" | "View" if self.view_nanos.is_none() => {
                self.view_nanos = decimal::millis_to_nanos(millis)
            }
            "ActiveRecord" | "DB" if self.db_nanos.is_none() => {
                self.db_nanos = decimal::millis_to_nanos(millis)
            }
            _ if self.more.iter().all(|(known, _)| *known != name) => self.more.push((name, millis)),
            _ => {}
        }
    }
}

/// `614ms (View: 120, DB: 31) | 200 OK [url]`, `0.22699 (4 reqs/sec) | DB: 0.03057 (13%) | 200 OK [url]`.
fn completed_before_3(text: &str) -> Option<Completed<'_>> {
    let (before, last) = text.rsplit_once(" | ")?;
    let (status, rest) = status(last)?;
    let url = rest.split_once('[').and_then(|(_, url)| url.strip_suffix(']')).unwrap_or_default();
    let mut completed = Completed { status: Some(status), url, ..Completed::default() };
    if let Some((millis, parts)) = before.split_once("ms") {
        completed.nanos = Some(decimal::millis_to_nanos(millis)?);
        let inside = parts.trim().trim_start_matches('(').trim_end_matches(')');
        for part in inside.split(", ").take(MOST_PARTS) {
            if let Some((name, millis)) = part.split_once(": ") {
                completed.part(name, millis);
            }
        }
        return Some(completed);
    }
    let mut parts = before.split(" | ");
    let seconds = parts.next()?.split(' ').next()?;
    completed.nanos = Some(decimal::seconds_to_nanos(seconds)?);
    for part in parts.take(MOST_PARTS) {
        let Some((name, value)) = part.split_once(": ") else { continue };
        let seconds = value.split(' ').next().unwrap_or_default();
        match name {
            "Rendering" => completed.view_nanos = decimal::seconds_to_nanos(seconds),
            "DB" => completed.db_nanos = decimal::seconds_to_nanos(seconds),
            _ => {}
        }
    }
    Some(completed)
}

/// `User Load (0.4ms)  SELECT …  [["id", 1]]`.
fn statement(text: &str) -> Option<Statement<'_>> {
    let head = &text[..text.floor_char_boundary(120)];
    let end = head.find("ms) ")?;
    let (name, millis) = head[..end].rsplit_once('(')?;
    let sql = text[end + 4..].trim();
    let verb = sql.split([' ', '(', ';']).next().unwrap_or_default();
    let known = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SHOW",
        "SET",
        "EXPLAIN",
        "WITH",
        "CREATE",
        "DROP",
        "ALTER",
        "PRAGMA",
        "START",
        "TRUNCATE",
    ];
    if !known.iter().any(|word| word.eq_ignore_ascii_case(verb)) {
        return None;
    }
    let (sql, binds) = match sql.rfind("  [[").filter(|_| sql.ends_with("]]")) {
        Some(at) => (sql[..at].trim_end(), &sql[at + 2..]),
        None => (sql, ""),
    };
    Some(Statement { name: name.trim(), nanos: decimal::millis_to_nanos(millis)?, sql, binds })
}

/// The text of a parameter of this name.
pub fn parameter<'a>(hash: &'a str, name: &str) -> Option<std::borrow::Cow<'a, str>> {
    ruby_hash::text(hash, name).filter(|text| !text.trim().is_empty() && text != "[FILTERED]")
}
