//! Tells how a raw record is packed, and walks the log events in it.
//!
//! [`kpl`] takes aggregates apart, with [`protobuf`]: each user record in them is then a raw record of its own.
//! [`inflate`] unpacks gzip and zlib, within the [`allowance`] that a raw record has; [`envelope`] reads CloudWatch's envelopes, one or many
//! one after the other; what is no envelope is [`ndjson`] or [`lines`]. What is found goes to a [`Take`], one log
//! event at a time, so that no list of them is ever made.

pub mod allowance;
pub mod envelope;
pub mod inflate;
pub mod kpl;
pub mod lines;
pub mod ndjson;
pub mod protobuf;

use inflate::{InflateError, Inflater};
use kpl::KplError;
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
    /// It is an aggregate that cannot be read, or lies where none may.
    #[error(transparent)]
    Kpl(#[from] KplError),
    /// It is packed, and others of its aggregate have used up what may be unpacked in vain.
    #[error("not unpacked: too much of its aggregate was unpacked in vain")]
    Untried,
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
            DecodeError::Kpl(e) => e.reason(),
            DecodeError::Untried | DecodeError::LossyTooLarge(_) => "unpacked_too_large",
            DecodeError::Envelope { .. } => "envelope_broken",
        }
    }
}

/// Does it begin as gzip (RFC 1952) or zlib does? The latter: RFC 1950, 2.2, method 8, window of 32 KiB, and the first
/// two bytes a multiple of 31. `x^` is both that and text.
fn is_packed(data: &[u8]) -> bool {
    match data {
        [0x1f, 0x8b, ..] => true,
        [0x78, second, ..] => (0x7800 + usize::from(*second)) % 31 == 0,
        _ => false,
    }
}

/// The bytes of a raw record that is no aggregate, unpacked to at most `limit`.
pub fn unpack<'a>(data: &'a [u8], limit: usize, inflater: &'a mut Inflater) -> Result<&'a [u8], DecodeError> {
    let bytes = match data {
        _ if !is_packed(data) => data,
        [0x1f, ..] => inflater.gzip(data, limit)?,
        _ => match inflater.zlib(data, limit) {
            Err(InflateError::Damaged { .. }) if simdutf8::basic::from_utf8(data).is_ok() => data,
            Err(error) => return Err(error.into()),
            Ok(_) => inflater.unpacked(),
        },
    };
    if bytes.len() > limit {
        return Err(InflateError::TooLarge { limit }.into());
    }
    if kpl::is_aggregate(bytes) {
        return Err(KplError::Nested.into());
    }
    Ok(bytes)
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
