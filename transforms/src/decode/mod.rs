//! Tells how a raw record is packed, and walks the log events in it.
//!
//! [`inflate`] unpacks gzip and zlib; [`kpl`] knows aggregates; [`envelope`] reads CloudWatch's envelopes, one or many
//! one after the other; what is no envelope is [`ndjson`] or [`lines`]. What is found goes to a [`Take`], one log
//! event at a time, so that no list of them is ever made.

pub mod envelope;
pub mod inflate;
pub mod kpl;
pub mod lines;
pub mod ndjson;

use inflate::{InflateError, Inflater};
use std::borrow::Cow;

/// Log events of one log stream, or those of a raw record that say nothing of where they come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part<'a> {
    /// The envelope's `owner`, `logGroup` and `logStream`; `None`: no envelope.
    pub source: Option<Source<'a>>,
    /// CloudWatch's probe whether the stream is there: no log event of anyone.
    pub control: bool,
    /// What our own producers say of the format; counts where no route says.
    pub format: Option<Cow<'a, str>>,
    /// What our own producers say of the service; counts where no route says.
    pub service: Option<Cow<'a, str>>,
}

/// Where log events come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source<'a> {
    /// AWS account that owns the log group; empty for logs from outside AWS.
    pub account: Cow<'a, str>,
    /// Log group.
    pub log_group: Cow<'a, str>,
    /// Log stream.
    pub log_stream: Cow<'a, str>,
}

/// One log event as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its own id; empty if it has none.
    pub id: &'a str,
    /// Its own time, milliseconds since the epoch.
    pub time_millis: Option<i64>,
    /// The message, with the line break that may end it.
    pub message: &'a str,
}

/// Takes what is found. Calls come as `part`, any number of `log_event` and `bad_log_event`, `end`; again and again.
pub trait Take {
    /// Log events of this part follow.
    fn part(&mut self, part: &Part<'_>);
    /// A log event of the part.
    fn log_event(&mut self, found: Found<'_>);
    /// An element of `logEvents` that is no log event: its JSON.
    fn bad_log_event(&mut self, json: &str);
    /// The part has ended.
    fn end(&mut self);
}

/// A raw record, or its rest, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It does not unpack.
    #[error(transparent)]
    Inflate(#[from] InflateError),
    /// An aggregate of the Kinesis Producer Library.
    #[error("aggregates of the Kinesis Producer Library are not read yet")]
    Kpl,
    /// No UTF-8, and too long once what is broken is replaced.
    #[error("no UTF-8, and over {0} bytes with what is broken replaced")]
    LossyTooLarge(usize),
    /// An envelope is broken.
    #[error("the envelope that begins at byte {at} is broken: {cause}")]
    Envelope {
        /// Where it begins in the unpacked bytes.
        at: usize,
        /// What is wrong with it.
        cause: crate::json::Invalid,
    },
}

impl DecodeError {
    /// The word that it is counted under.
    pub fn reason(&self) -> &'static str {
        match self {
            DecodeError::Inflate(e) => e.reason(),
            DecodeError::Kpl => kpl::REASON,
            DecodeError::LossyTooLarge(_) => "unpacked_too_large",
            DecodeError::Envelope { .. } => "envelope_broken",
        }
    }
}

/// The record's bytes, unpacked to at most `limit`.
pub fn unpack<'a>(data: &'a [u8], limit: usize, inflater: &'a mut Inflater) -> Result<&'a [u8], DecodeError> {
    if kpl::is_aggregate(data) {
        return Err(DecodeError::Kpl);
    }
    match data {
        [0x1f, 0x8b, ..] => Ok(inflater.gzip(data, limit)?),
        // RFC 1950, 2.2: method 8, and the first two bytes a multiple of 31. `x^` is both that and text.
        [0x78, second, ..] if (0x7800 + usize::from(*second)) % 31 == 0 => match inflater.zlib(data, limit) {
            Err(InflateError::Damaged { .. }) if simdutf8::basic::from_utf8(data).is_ok() => Ok(data),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(inflater.unpacked()),
        },
        _ if data.len() > limit => Err(InflateError::TooLarge { limit }.into()),
        _ => Ok(data),
    }
}

/// Walks all log events of an unpacked record. `scratch` holds one message at a time; a huge one may be given cut, but
/// longer than `message_bytes`. After an error, what was found before it has been given, each part with its end.
pub fn walk(
    text: &str,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
    take: &mut impl Take,
) -> Result<(), DecodeError> {
    let mut at = 0;
    let mut bare = false;
    while at < text.len() {
        let rest = &text[at..];
        let skipped = rest.len() - rest.trim_ascii_start().len();
        let rest = &rest[skipped..];
        // Blank lines hold nothing; a line's own indentation stays with it.
        at += skipped;
        if rest.is_empty() {
            break;
        }
        match object(rest, message_bytes, scratch, take, &mut bare) {
            Ok(Some(len)) => at += len,
            Ok(None) => {
                let indent = indentation(&text[at - skipped..at]);
                let (_, len) = lines::first_line(rest);
                let (line, _) = lines::first_line(&text[at - indent..]);
                bare_log_event(line, &mut bare, take);
                at += len;
            }
            Err(cause) => {
                end_bare(&mut bare, take);
                return Err(DecodeError::Envelope { at, cause });
            }
        }
    }
    end_bare(&mut bare, take);
    Ok(())
}

/// Takes the envelope or bare object that `rest` begins with: its bytes. `None`: it is a line.
fn object(
    rest: &str,
    message_bytes: usize,
    scratch: &mut Vec<u8>,
    take: &mut impl Take,
    bare: &mut bool,
) -> Result<Option<usize>, crate::json::Invalid> {
    if !rest.starts_with('{') {
        return Ok(None);
    }
    match envelope::read(rest, message_bytes, scratch, &mut Parted { take, bare })? {
        envelope::Read::Envelope(len) => Ok(Some(len)),
        envelope::Read::Other(len) => {
            let len = len.filter(|len| ndjson::stands_alone(&rest[*len..]));
            if let Some(len) = len {
                bare_log_event(&rest[..len], bare, take);
            }
            Ok(len)
        }
    }
}

/// Bytes of blanks between the last line break of `space` and its end.
fn indentation(space: &str) -> usize {
    space.len() - space.rfind(['\n', '\r']).map_or(0, |at| at + 1)
}

fn bare_log_event(message: &str, bare: &mut bool, take: &mut impl Take) {
    if !*bare {
        take.part(&Part::default());
        *bare = true;
    }
    take.log_event(Found { id: "", time_millis: None, message });
}

fn end_bare(bare: &mut bool, take: &mut impl Take) {
    if std::mem::take(bare) {
        take.end();
    }
}

/// Ends the bare part, if one is open, before an envelope's begins.
struct Parted<'t, T> {
    take: &'t mut T,
    bare: &'t mut bool,
}

impl<T: Take> Take for Parted<'_, T> {
    fn part(&mut self, part: &Part<'_>) {
        end_bare(self.bare, self.take);
        self.take.part(part);
    }

    fn log_event(&mut self, found: Found<'_>) {
        self.take.log_event(found);
    }

    fn bad_log_event(&mut self, json: &str) {
        self.take.bad_log_event(json);
    }

    fn end(&mut self) {
        self.take.end();
    }
}
