//! Standard and real-time logs of Amazon CloudFront
//! (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>).

mod column;
mod decode;
mod json;
mod request;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::{Emit, Shared};
use crate::options::Options;
use crate::scan::columns::{self, Columns};
use crate::scan::{address, decimal};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::Value;
use column::{FEWEST, Role, STANDARD, role};
use request::Request;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_cloudfront",
    title: "Standard and real-time logs of Amazon CloudFront",
    doc: "Reads standard logs \
          (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>) of all years, \
          12 to 33 columns and what AWS may add (`catchwater.fields.trailing`), and real-time logs \
          (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html>), columns between tabs, \
          or single spaces where there is no tab. The columns are those of a `#Fields:` line above in the same raw record, \
          else of the route's option `fields`, else those of the standard log; real-time logs, whose columns are chosen \
          by their owner, need the option. Without a route `#Fields:` lines and lines of the standard log are \
          recognised. Lines with `#` are no events. `url.domain` is the host that was asked for (`x-host-header`), \
          `server.address` the distribution. CloudFront's own encoding is undone: once or twice in user agents and other \
          headers, as their spaces tell; in path, query and referrer only what was encoded twice. A status of `000` (the \
          client went away) is a failure. Columns without a field of their own are in `catchwater.fields`, among them \
          cookies where the distribution logs them. Standard logs as JSON, one object a message whose members are the \
          columns (so CloudFront writes to CloudWatch Logs), give the same events.",
    example: "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)%20AppleWebKit/537.36%20(KHTML,%20like%20Gecko)%20Chrome/78.0.3904.108%20Safari/537.36\t-\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\td111111abcdef8.cloudfront.net\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
    detect,
    parse,
    options: Some(Options {
        keys: columns::KEYS,
        read: |given| columns::read(given, role, |role| *role != Role::Unknown),
    }),
    ..Format::DEFAULTS
};

static OF_STANDARD_LOGS: LazyLock<Option<Columns<Role>>> =
    LazyLock::new(|| Columns::new(STANDARD.split(' '), role));

/// What all requests share.
const REQUEST: Shared = &[
    (Field::EventCategory, Value::Json(Cow::Borrowed("[\"web\"]"))),
    (Field::EventType, Value::Escaped("access")),
    (Field::CloudProvider, Value::Escaped("aws")),
];

/// The columns that a header line named.
#[derive(Default)]
struct Named(Option<Columns<Role>>);

fn detect(message: &str) -> bool {
    match message.as_bytes() {
        // Other servers write such lines too.
        [b'#', ..] => header(message).is_some() && message.contains("x-edge-"),
        [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'\t' | b' ', _, _, b':', _, _, b':', ..] => {
            is_standard(message) && standard(message).is_ok()
        }
        [b'{', ..] => json::is_sure(message),
        _ => false,
    }
}

/// The columns that a `#Fields:` line names.
fn header(line: &str) -> Option<Columns<Role>> {
    let names = line.strip_prefix("#Fields:")?;
    Columns::new(names.split_ascii_whitespace(), role)
}

/// Are the columns behind date and time an edge location, a number, an address and a method?
fn is_standard(line: &str) -> bool {
    let mut cells = cells(line).skip(2);
    let mut next = || cells.next().unwrap_or_default();
    let edge = next().as_bytes();
    let is_edge = edge.len() >= 4 && edge[..3].iter().all(u8::is_ascii_uppercase) && edge[3].is_ascii_digit();
    let is_method = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_uppercase());
    is_edge && decimal::unsigned(next()).is_some() && address::is_ip(next()) && is_method(next())
}

/// What stands between tabs, or between single spaces if there are no tabs.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    let separator = if memchr::memchr(b'\t', line.as_bytes()).is_some() { '\t' } else { ' ' };
    line.split(separator).map(|cell| cell.trim_matches(' '))
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let line = event.message.trim_end_matches(['\r', '\n']);
    let named = &mut state.of::<Named>(FORMAT.name).0;
    if line.starts_with('#') {
        if let Some(columns) = header(line) {
            *named = Some(columns);
        }
        return Ok(());
    }
    let request = match (named, event.options::<Columns<Role>>()) {
        _ if line.starts_with('{') => json::read(line, event.json_depth)?,
        (Some(columns), _) => read(columns, line)?,
        (None, Some(columns)) => read(columns, line)?,
        (None, None) => standard(line)?,
    };
    let Request { mut fields, free, .. } = request;
    free.set(&mut fields);
    emit.event_sharing(Kind::ServiceQuery, REQUEST, fields);
    Ok(())
}

/// Reads a line that has all of these columns and no more.
fn read<'a>(columns: &Columns<Role>, line: &'a str) -> Result<Request<'a>, Refusal> {
    let mut cells = cells(line);
    let mut request = Request::default();
    for (name, role) in columns.iter() {
        let cell = cells.next().ok_or(Refusal("cloudfront_line_cut"))?;
        take(&mut request, name, *role, cell)?;
    }
    if cells.next().is_some() {
        return Err(Refusal("cloudfront_line_longer_than_fields"));
    }
    request.conclude().ok_or(NO_LINE)?;
    Ok(request)
}

/// Reads a line of the standard log, which has the more columns the younger it is.
fn standard(line: &str) -> Result<Request<'_>, Refusal> {
    let columns = OF_STANDARD_LOGS.as_ref().ok_or(NO_LINE)?;
    let mut cells = cells(line);
    let mut request = Request::default();
    let mut count = 0;
    for ((name, role), cell) in columns.iter().zip(&mut cells) {
        take(&mut request, name, *role, cell)?;
        count += 1;
    }
    request.conclude().filter(|()| request.fields.has(Field::Timestamp)).ok_or(NO_LINE)?;
    if count < FEWEST {
        return Err(Refusal("cloudfront_line_cut"));
    }
    if count == columns.count() {
        let trailing: Vec<&str> = cells.collect();
        request.free.add("trailing", &trailing.join("\t"));
    }
    Ok(request)
}

const NO_LINE: Refusal = Refusal("no_cloudfront_line");

fn take<'a>(request: &mut Request<'a>, name: &str, role: Role, cell: &'a str) -> Result<(), Refusal> {
    if cell.is_empty() || cell == "-" {
        return Ok(());
    }
    request.take(name, role, cell).ok_or(NO_LINE)
}
