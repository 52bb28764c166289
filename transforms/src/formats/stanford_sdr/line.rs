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
    /// A robot begins or has finished: `starting`, `processing`, `finished`, `error`; or an embargo is released.
    Robot {
        /// Its name, where the line has it.
        robot: &'a str,
        druid: &'a str,
        phase: &'static str,
        failed: bool,
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
        "Processing" => id(rest).map(|druid| Line::Robot {
            druid,
            robot: "",
            phase: "processing",
            failed: false,
            seconds: None,
        }),
        "Cannot" => cannot(rest),
        "no" => no_token(rest),
        "Releasing" => rest.strip_prefix("embargo for ").and_then(|druid| embargo(druid, false)),
        "!!!" => rest.strip_prefix("Unable to release embargo for: ").and_then(|druid| embargo(druid, true)),
        _ if rest == "processing" => id(word).map(|druid| Line::Robot {
            druid,
            robot: "",
            phase: "processing",
            failed: false,
            seconds: None,
        }),
        _ => None,
    };
    line.or_else(|| named_robot(word, rest)).or_else(|| Audit::read(message).map(Line::Audit))
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
    Some(Line::Robot {
        druid: id(druid)?,
        robot: "",
        phase: "finished",
        failed: false,
        seconds: Some(seconds),
    })
}

/// `set druid:… to status='error'`, a message and a backtrace behind it.
fn cannot(rest: &str) -> Option<Line<'_>> {
    let (druid, rest) = rest.strip_prefix("set ")?.split_once(" to status='error'")?;
    let ends = rest.is_empty() || rest.starts_with('\n');
    ends.then_some(Line::Robot { druid: id(druid)?, robot: "", phase: "error", failed: true, seconds: None })
}

/// `update-moab druid:… starting`, `load-raster working on druid:…`
fn named_robot<'a>(robot: &'a str, rest: &'a str) -> Option<Line<'a>> {
    let (druid, phase) = match rest.strip_prefix("working on ") {
        Some(druid) => (druid, "working"),
        None => (rest.strip_suffix(" starting")?, "starting"),
    };
    let is_name = robot.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
    is_name.then_some(Line::Robot { robot, druid: id(druid)?, phase, failed: false, seconds: None })
}

/// The druid, and behind it the lines of what went wrong.
fn embargo(druid: &str, failed: bool) -> Option<Line<'_>> {
    let druid = druid.split('\n').next().unwrap_or_default();
    Some(Line::Robot { robot: "", druid: id(druid)?, phase: "release embargo", failed, seconds: None })
}

/// `Authorization token was provided by 127.0.0.1`
fn no_token(rest: &str) -> Option<Line<'_>> {
    let address = rest.strip_prefix("Authorization token was provided by ")?;
    Some(Line::NoToken { address: word(address)? })
}
