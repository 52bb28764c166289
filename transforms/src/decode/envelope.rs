//! The envelope of CloudWatch Logs subscriptions ("Real-time processing of log data with subscriptions", Amazon
//! CloudWatch Logs User Guide), which our own producers write too:
//!
//! ```json
//! {"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/web","logStream":"i-1",
//!  "subscriptionFilters":["f"],"catchwater":{"format":"nginx_access","service":"shop"},
//!  "logEvents":[{"id":"37199…","timestamp":1668093033744,"message":"…"}]}
//! ```
//!
//! Read in one pass where the head stands before `logEvents`, as CloudWatch writes it; members in another order cost
//! a second pass. `catchwater` is our own producers' and stands before `logEvents`. Members not known are passed over.

use super::{Found, Part, Source, Take};
use crate::json::{Cursor, Invalid, Json, JsonStr, MOST_DEPTH};
use std::borrow::Cow;

/// A message up to this size is unescaped while its end is looked for: one pass. Of a longer one the end is found
/// first, so that one huge message needs no second buffer of its size.
const ONE_PASS_BYTES: usize = 8 << 20;
/// Times below are seconds, though the envelope's are milliseconds: some forwarders write them so. It cannot be mistaken:
/// as milliseconds they would lie before 1973-03-03, and CloudWatch, which is younger, takes no log event that is over 14
/// days old (PutLogEvents); as seconds those above would lie beyond the year 5138.
const LEAST_MILLIS: i64 = 100_000_000_000;
/// An escape takes at most this many bytes for one byte of text (`\u0001`).
const LONGEST_ESCAPE: usize = 6;

/// What a JSON object was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// An envelope of so many bytes; it was taken.
    Envelope(usize),
    /// Something else, of which nothing was taken; its bytes, or `None` where it is no JSON.
    Other(Option<usize>),
}

/// The members of the envelope but `logEvents`.
#[derive(Default)]
struct Head<'a> {
    message_type: Option<Cow<'a, str>>,
    account: Option<Cow<'a, str>>,
    log_group: Option<Cow<'a, str>>,
    log_stream: Option<Cow<'a, str>>,
    format: Option<Cow<'a, str>>,
    service: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    fn is_complete(&self) -> bool {
        self.message_type.is_some()
            && self.account.is_some()
            && self.log_group.is_some()
            && self.log_stream.is_some()
    }

    /// Takes the value of a member of the envelope or of its hint.
    fn take(&mut self, key: JsonStr<'_>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        let member = match key.raw() {
            "messageType" => &mut self.message_type,
            "owner" => &mut self.account,
            "logGroup" => &mut self.log_group,
            "logStream" => &mut self.log_stream,
            "catchwater" => return self.hint(cursor),
            _ => return cursor.skip(),
        };
        text_member(member, cursor)
    }

    fn hint(&mut self, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
        if cursor.begin_object_or_skip()? {
            while let Some(key) = cursor.next_key()? {
                match key.raw() {
                    "format" => text_member(&mut self.format, cursor)?,
                    "service" => text_member(&mut self.service, cursor)?,
                    _ => cursor.skip()?,
                }
            }
        }
        Ok(())
    }

    fn part(&mut self) -> Part<'a> {
        Part {
            source: Some(Source {
                account: self.account.take().unwrap_or_default(),
                log_group: self.log_group.take().unwrap_or_default(),
                log_stream: self.log_stream.take().unwrap_or_default(),
            }),
            control: self.message_type.as_deref() == Some("CONTROL_MESSAGE"),
            format: self.format.take(),
            service: self.service.take(),
        }
    }
}

fn text_member<'a>(member: &mut Option<Cow<'a, str>>, cursor: &mut Cursor<'a>) -> Result<(), Invalid> {
    match cursor.peek() {
        b'"' => *member = Some(cursor.string()?.text()),
        _ => cursor.skip()?,
    }
    Ok(())
}

/// Reads the JSON object that `text` begins with. An error is given for what began as an envelope and is broken; an
/// object that is none may be broken too.
pub fn read(
    text: &str,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
    take: &mut impl Take,
) -> Result<Read, Invalid> {
    let mut cursor = Cursor::new(text, MOST_DEPTH);
    let mut head = Head::default();
    let mut taken = false;
    let mut later = None;
    let read = read_members(&mut cursor, &mut head, |head, cursor| {
        if !head.is_complete() {
            let from = cursor.position();
            cursor.skip()?;
            later = Some(&text[from..cursor.position()]);
            return Ok(());
        }
        let part = head.part();
        taken = true;
        log_events(cursor, &part, message_bytes, scratch, take)?;
        // A second `logEvents` is of the same log stream.
        *head = Head { message_type: head.message_type.take(), ..head_of(part) };
        Ok(())
    });
    match read {
        Err(cause) if taken || head.message_type.is_some() => Err(cause),
        Err(_) => Ok(Read::Other(None)),
        Ok(()) if taken => Ok(Read::Envelope(cursor.position())),
        Ok(()) => match later {
            Some(events) if head.log_group.is_some() && head.log_stream.is_some() => {
                log_events(&mut Cursor::new(events, MOST_DEPTH), &head.part(), message_bytes, scratch, take)?;
                Ok(Read::Envelope(cursor.position()))
            }
            _ => Ok(Read::Other(Some(cursor.position()))),
        },
    }
}

fn head_of(part: Part<'_>) -> Head<'_> {
    let source = part.source.unwrap_or_default();
    Head {
        message_type: None,
        account: Some(source.account),
        log_group: Some(source.log_group),
        log_stream: Some(source.log_stream),
        format: part.format,
        service: part.service,
    }
}

/// Walks the members; an array `logEvents` is the callee's.
fn read_members<'a>(
    cursor: &mut Cursor<'a>,
    head: &mut Head<'a>,
    mut events: impl FnMut(&mut Head<'a>, &mut Cursor<'a>) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    cursor.begin_object()?;
    while let Some(key) = cursor.next_key()? {
        if key.raw() == "logEvents" && cursor.peek() == b'[' {
            events(head, cursor)?;
        } else {
            head.take(key, cursor)?;
        }
    }
    Ok(())
}

fn log_events<'a>(
    cursor: &mut Cursor<'a>,
    part: &Part<'_>,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
    take: &mut impl Take,
) -> Result<(), Invalid> {
    take.part(part);
    let walked = each_log_event(cursor, message_bytes, scratch, take);
    take.end();
    walked
}

fn each_log_event<'a>(
    cursor: &mut Cursor<'a>,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
    take: &mut impl Take,
) -> Result<(), Invalid> {
    cursor.begin_array()?;
    while cursor.next_element()? {
        let before = cursor.rest();
        let from = cursor.position();
        let found = log_event(cursor, message_bytes, scratch)?;
        let message = match found.message {
            Message::Absent => None,
            Message::Borrowed(text) => Some(text),
            Message::Unescaped => simdutf8::basic::from_utf8(scratch).ok(),
        };
        match message {
            Some(message) => take.log_event(Found { id: &found.id, time_millis: found.time_millis, message }),
            None => take.bad_log_event(&before[..cursor.position() - from]),
        }
    }
    Ok(())
}

#[derive(Default)]
struct Entry<'a> {
    id: Cow<'a, str>,
    time_millis: Option<i64>,
    message: Message<'a>,
}

#[derive(Default)]
enum Message<'a> {
    #[default]
    Absent,
    /// As it stands in the envelope.
    Borrowed(&'a str),
    /// In the scratch buffer.
    Unescaped,
}

fn log_event<'a>(
    cursor: &mut Cursor<'a>,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
) -> Result<Entry<'a>, Invalid> {
    let mut entry = Entry::default();
    if !cursor.begin_object_or_skip()? {
        return Ok(entry);
    }
    // As CloudWatch writes them; where they stand otherwise, the loop below finds them.
    for (written, key) in [("\"id\":", "id"), ("\"timestamp\":", "timestamp"), ("\"message\":", "message")] {
        if cursor.next_key_is(written) {
            entry.member(key, cursor, message_bytes, scratch)?;
        }
    }
    while let Some(key) = cursor.next_key()? {
        entry.member(key.raw(), cursor, message_bytes, scratch)?;
    }
    Ok(entry)
}

impl<'a> Entry<'a> {
    #[inline]
    fn member(
        &mut self,
        key: &str,
        cursor: &mut Cursor<'a>,
        message_bytes: usize,
        scratch: &mut Vec<u8>,
    ) -> Result<(), Invalid> {
        match (key, cursor.peek()) {
            ("message", b'"') => self.message = message(cursor, message_bytes, scratch)?,
            ("id", b'"') => self.id = cursor.string()?.text(),
            ("id", b'0'..=b'9') => self.id = digits(&cursor.value()?),
            ("timestamp", _) => self.time_millis = time_millis(&cursor.value()?),
            _ => cursor.skip()?,
        }
        Ok(())
    }
}

fn message<'a>(
    cursor: &mut Cursor<'a>,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
) -> Result<Message<'a>, Invalid> {
    scratch.clear();
    let rest = cursor.rest();
    if cursor.short_string_into(ONE_PASS_BYTES, scratch)? {
        return Ok(Message::Unescaped);
    }
    scratch.clear();
    let string = cursor.string()?;
    let enough = (message_bytes + 1).saturating_mul(LONGEST_ESCAPE);
    if !string.has_escapes() {
        return Ok(Message::Borrowed(string.raw()));
    } else if string.raw().len() <= enough {
        string.unescape_into(scratch);
    } else {
        // Fails at the cut, after all before it was written.
        let cut = &rest[..rest.floor_char_boundary(enough + 1)];
        let _ = Cursor::new(cut, MOST_DEPTH).string_into(scratch);
    }
    Ok(Message::Unescaped)
}

/// An id that is a whole number in place of a text: its digits. CloudWatch documents texts and writes them; emulators, such as
/// moto 5, write numbers. Of a decimal one nobody knows which digits it had: it is none.
fn digits<'a>(value: &Json<'a>) -> Cow<'a, str> {
    match value {
        Json::Number(number) if number.bytes().all(|b| b.is_ascii_digit()) => Cow::Borrowed(number),
        _ => Cow::Borrowed(""),
    }
}

/// Milliseconds since the epoch, of a number or of one in quotes, also where it is seconds.
fn time_millis(value: &Json<'_>) -> Option<i64> {
    let text = match value {
        Json::Number(number) => number,
        Json::String(string) => string.raw(),
        _ => return None,
    };
    if let Some(millis) = thirteen_digits(text) {
        return Some(millis);
    }
    let time = text.parse::<i64>().ok().or_else(|| {
        let decimal = text.parse::<f64>().ok()?;
        let fits = decimal.abs() < i64::MAX as f64;
        // Seconds with a fraction keep their milliseconds.
        let millis = if decimal.abs() < LEAST_MILLIS as f64 { decimal * 1000.0 } else { decimal };
        fits.then_some(millis.round() as i64)
    })?;
    if text.contains(['.', 'e', 'E']) || time.unsigned_abs() >= LEAST_MILLIS as u64 {
        Some(time)
    } else {
        Some(time * 1000)
    }
}

/// Milliseconds of the years 2001 to 2286, as nearly all are.
fn thirteen_digits(text: &str) -> Option<i64> {
    let digits: &[u8; 13] = text.as_bytes().try_into().ok()?;
    let valid = digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
    valid.then(|| digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_text_or_the_digits_of_a_whole_number() {
        const LONG: &str = "37199773595581154154810589279545129148442535997644275712";
        for (id, expected) in [
            (format!("\"{LONG}\""), LONG),
            (LONG.to_string(), LONG),
            ("\"7\"".to_string(), "7"),
            ("7".to_string(), "7"),
            ("0".to_string(), "0"),
            ("7.0".to_string(), ""),
            ("7e3".to_string(), ""),
            ("-7".to_string(), ""),
            ("null".to_string(), ""),
            ("[7]".to_string(), ""),
        ] {
            // As CloudWatch orders the members, and otherwise.
            for entry in [
                format!(r#"{{"id":{id},"timestamp":1668093033744,"message":"m"}}"#),
                format!(r#"{{"message":"m","timestamp":1668093033744,"id":{id}}}"#),
            ] {
                let (mut cursor, mut scratch) = (Cursor::new(&entry, MOST_DEPTH), Vec::new());
                let found = log_event(&mut cursor, 1 << 10, &mut scratch).unwrap();
                assert_eq!(found.id, expected, "{entry}");
                assert_eq!((found.time_millis, scratch.as_slice()), (Some(1_668_093_033_744), &b"m"[..]));
            }
        }
    }

    #[test]
    fn times_in_milliseconds_and_in_seconds() {
        for (text, expected) in [
            ("1600000000123", Some(1_600_000_000_123)),
            ("1600000000", Some(1_600_000_000_000)),
            ("\"1600000000\"", Some(1_600_000_000_000)),
            ("1600000000.123", Some(1_600_000_000_123)),
            ("1.6e9", Some(1_600_000_000_000)),
            ("1600000000123.0", Some(1_600_000_000_123)),
            ("99999999999", Some(99_999_999_999_000)),
            ("100000000000", Some(100_000_000_000)),
            ("-1", Some(-1000)),
            ("0", Some(0)),
            ("1e300", None),
            ("99999999999999999999", None),
            ("\"nan\"", None),
            ("\"\"", None),
            ("null", None),
        ] {
            let value = Cursor::new(text, MOST_DEPTH).value().unwrap();
            assert_eq!(time_millis(&value), expected, "{text}");
        }
    }
}
