//! What a line says.

use super::audit::Audit;
use crate::scan::{decimal, druid};

/// A line, read.
#[derive(Debug, PartialEq)]
pub(super) enum Line<'a> {
    Audit(Audit<'a>),
    Copying {
        from: &'a str,
        size: Option<u64>,
        to: &'a str,
        druid: Option<&'a str>,
    },
    Downloaded {
        key: &'a str,
        druid: &'a str,
        version: &'a str,
        endpoint: &'a str,
        retrieved: &'a str,
    },
    Indexing {
        druid: &'a str,
        trace: &'a str,
    },
    Enqueued {
        robot: &'a str,
        druid: &'a str,
        queue: &'a str,
        id: &'a str,
    },
    /// A robot begins or has finished: `processing`, `finished`, `error`.
    Robot {
        druid: &'a str,
        phase: &'static str,
        seconds: Option<&'a str>,
    },
    NoToken {
        address: &'a str,
    },
}

impl<'a> Line<'a> {
    /// The object, as the line writes it.
    pub fn druid(&self) -> Option<&'a str> {
        match self {
            Line::Audit(audit) => audit.druid,
            Line::Copying { druid, .. } => *druid,
            Line::Downloaded { druid, .. }
            | Line::Indexing { druid, .. }
            | Line::Enqueued { druid, .. }
            | Line::Robot { druid, .. } => Some(druid),
            Line::NoToken { .. } => None,
        }
    }
}

/// Reads a message; `None` if it is none of these.
pub(super) fn read(message: &str) -> Option<Line<'_>> {
    let (word, rest) = message.split_once(' ')?;
    let line = match word {
        "Copying" => copying(rest),
        "[Was" => was_shelve(rest),
        "[Indexing]" => indexing(rest),
        "Enqueued" => enqueued(rest),
        "downloaded" => downloaded(rest),
        "Finished" => finished(rest),
        "Processing" => id(rest).map(|druid| Line::Robot { druid, phase: "processing", seconds: None }),
        "Cannot" => cannot(rest),
        "no" => no_token(rest),
        _ if rest == "processing" => {
            id(word).map(|druid| Line::Robot { druid, phase: "processing", seconds: None })
        }
        _ => None,
    };
    line.or_else(|| Audit::read(message).map(Line::Audit))
}

/// A text that is a druid.
fn id(text: &str) -> Option<&str> {
    druid::bare(text).map(|_| text)
}

/// A text without white space, and not empty.
fn word(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(char::is_whitespace)).then_some(text)
}

/// `A (123 bytes) to B for druid:…`
fn copying(rest: &str) -> Option<Line<'_>> {
    let (paths, druid) = rest.rsplit_once(" for ")?;
    let druid = Some(id(druid)?);
    let (before, to) = paths.rsplit_once(" bytes) to ")?;
    let (from, size) = before.rsplit_once(" (")?;
    let size = decimal::unsigned(size).filter(|size| i64::try_from(*size).is_ok())?;
    (!from.is_empty() && !to.is_empty()).then_some(Line::Copying { from, size: Some(size), to, druid })
}

/// `Shelve] Copying A to B`
fn was_shelve(rest: &str) -> Option<Line<'_>> {
    let (from, to) = rest.strip_prefix("Shelve] Copying ")?.split_once(" to ")?;
    (!from.is_empty() && !to.is_empty()).then_some(Line::Copying { from, size: None, to, druid: None })
}

/// `Adding druid:… with trace_id=…`
fn indexing(rest: &str) -> Option<Line<'_>> {
    let (druid, trace) = rest.strip_prefix("Adding ")?.split_once(" with trace_id=")?;
    Some(Line::Indexing { druid: id(druid)?, trace: word(trace)? })
}

/// `Robots::DorRepo::Accession::Shelve for druid:… to accessionWF_default_dsa: 1b2c3d`
fn enqueued(rest: &str) -> Option<Line<'_>> {
    let (robot, rest) = rest.split_once(" for ")?;
    let (druid, rest) = rest.split_once(" to ")?;
    let (queue, job) = rest.split_once(": ")?;
    Some(Line::Enqueued { robot: word(robot)?, druid: id(druid)?, queue: word(queue)?, id: word(job)? })
}

/// `bz/514/sm/9647/bz514sm9647.v0003.zip from aws_s3_west_2 (12.5 KB retrieved)`
fn downloaded(rest: &str) -> Option<Line<'_>> {
    let (key, rest) = rest.split_once(" from ")?;
    let (endpoint, retrieved) = rest.strip_suffix(" retrieved)")?.split_once(" (")?;
    let (druid, version) = druid::of_zip(key)?;
    Some(Line::Downloaded { key: word(key)?, druid, version, endpoint: word(endpoint)?, retrieved })
}

/// `druid:… in 0.1234s`
fn finished(rest: &str) -> Option<Line<'_>> {
    let (druid, took) = rest.split_once(" in ")?;
    let seconds = took.strip_suffix('s')?;
    decimal::seconds_to_nanos(seconds)?;
    Some(Line::Robot { druid: id(druid)?, phase: "finished", seconds: Some(seconds) })
}

/// `set druid:… to status='error'`, a message and a backtrace behind it.
fn cannot(rest: &str) -> Option<Line<'_>> {
    let (druid, rest) = rest.strip_prefix("set ")?.split_once(" to status='error'")?;
    let ends = rest.is_empty() || rest.starts_with('\n');
    ends.then_some(Line::Robot { druid: id(druid)?, phase: "error", seconds: None })
}

/// `Authorization token was provided by 127.0.0.1`
fn no_token(rest: &str) -> Option<Line<'_>> {
    let address = rest.strip_prefix("Authorization token was provided by ")?;
    Some(Line::NoToken { address: word(address)? })
}
