//! File moves of a science data centre's sorting function, as it logs them through Lambda or through astropy's
//! logger (<https://github.com/HERMES-SOC/sdc_aws_sorting_lambda>, <https://github.com/HERMES-SOC/sdc_aws_utils>).

mod line;
mod starts;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::log_prefix::{self, Prefixed};
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use line::{ClientError, Line};
use starts::{Start, Starts};
use std::borrow::Cow;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "sdc",
    title: "File moves of a science data centre's sorting function",
    doc: "Reads all lines of the sorter and of the functions that it calls, of all versions, bare, behind Lambda's prefix or between \
          astropy's:\n\n\
          | line | event |\n|---|---|\n\
          | `Copying K from B to D` (also `Bto D`, as the source writes it; `as N` behind it is the new key) | `file_move`, `start`, `copy` |\n\
          | `Uploading file K to D`, `Uploading P to bucket D as K` | `file_move`, `start`, `upload` |\n\
          | `Deleting K from B` | `file_move`, `start`, `delete`, action type DELETE |\n\
          | `File K Successfully Moved to D`, `File K Successfully Uploaded` | `file_move`, `end`, success |\n\
          | an error record, `{'status': 'ERROR', 'message': …}`, of S3's copy, put or delete | `file_move`, `end`, failure |\n\
          | `Downloading …`, `File K does not exist in …`, `… already exists in …`, other error records, and what else it says | `log` |\n\n\
          An end has its action, source and new key from a start of the same key in the same raw record; without one its action is \
          `move`, or that of the operation that failed. An error record without `file_key` ends the move that was begun last, if that was of the same \
          Lambda request. Action type is PUT, as the sorter itself records it. Other lines are refused and come out as `plain`.",
    example: "[INFO]\t2023-08-12T12:34:13.137Z\t3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11\tCopying hermes_EEA_l0_2023042-000000_v0.bin from swsoc-incomingto hermes-eea",
    detect,
    parse,
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    // The words could be anyone's: sure are they with a file's name and buckets' names among them.
    let Some(line) = line::read(log_prefix::read(message).message) else { return false };
    let buckets = match &line {
        Line::Copying { source, destination, .. } => [*source, *destination],
        Line::Uploading { destination, .. } | Line::Moved { destination, .. } => [*destination; 2],
        Line::Downloading { source, .. } | Line::Deleting { source, .. } => [*source; 2],
        Line::Missing { bucket: None, .. } => return true,
        Line::Failed { key, .. } => return key.is_some(),
        Line::Uploaded { .. } | Line::Missing { .. } | Line::Exists { .. } | Line::Said { .. } => {
            return false;
        }
    };
    line.key().is_some_and(|key| key.contains('.') && !key.contains(' '))
        && buckets.into_iter().all(is_bucket)
}

/// Is this a valid name of a bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>)?
fn is_bucket(name: &str) -> bool {
    let valid = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-');
    (3..=63).contains(&name.len()) && name.bytes().all(valid)
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let prefixed = log_prefix::read(event.message);
    let line = line::read(prefixed.message).ok_or(Refusal("no_file_move"))?;
    let starts: &mut Starts = state.of(FORMAT.name);
    let mut fields = Fields::new();
    prefixed.set(&mut fields);
    fields.set(Field::EventCategory, Value::Json("[\"file\"]".into()));
    let moved = match &line {
        Line::Copying { .. } | Line::Uploading { .. } | Line::Deleting { .. } => {
            Move::start(&line, &prefixed, starts)
        }
        Line::Moved { key, destination } => {
            Some(Move::end(Cow::Borrowed(key), Some(destination), "move", starts))
        }
        Line::Uploaded { key } => Some(Move::end(Cow::Borrowed(key), None, "upload", starts)),
        Line::Failed { key, message } => Move::failed(key.as_deref(), message, &prefixed, starts),
        _ => None,
    };
    let kind = match moved {
        Some(moved) => {
            if moved.is_from_start {
                emit.suspect();
            }
            moved.set(&mut fields);
            Kind::FileMove
        }
        None => {
            set_log(&line, &mut fields);
            fields.set(Field::Message, prefixed.message);
            Kind::Log
        }
    };
    if let Line::Failed { message, .. } = &line {
        fields.set_present(Field::ErrorMessage, message);
        if let Some(error) = ClientError::read(message) {
            fields.set(Field::ErrorCode, error.code);
        }
    }
    emit.event(kind, fields);
    Ok(())
}

/// A file's move, begun or ended.
struct Move<'a> {
    key: Cow<'a, str>,
    phase: &'static str,
    action: &'static str,
    source: Option<Cow<'a, str>>,
    destination: Option<Cow<'a, str>>,
    new_key: Option<Cow<'a, str>>,
    outcome: Option<&'static str>,
    /// Values are of another line.
    is_from_start: bool,
}

impl<'a> Move<'a> {
    fn start(line: &Line<'a>, prefixed: &Prefixed<'_>, starts: &mut Starts) -> Option<Self> {
        let (key, action, source, destination, new_key) = match *line {
            Line::Copying { key, source, destination, new_key } => {
                (key, "copy", Some(source), Some(destination), new_key)
            }
            Line::Uploading { key, destination } => (key, "upload", None, Some(destination), Some(key)),
            Line::Deleting { key, source } => (key, "delete", Some(source), None, None),
            _ => return None,
        };
        if let Some(destination) = destination {
            let owned = |text: Option<&str>| text.map(String::from);
            let start = Start {
                action,
                source: owned(source),
                destination: destination.into(),
                new_key: owned(new_key),
            };
            starts.add(key, prefixed.request_id, start);
        }
        Some(Self {
            key: Cow::Borrowed(key),
            phase: "start",
            action,
            source: source.map(Cow::Borrowed),
            destination: destination.map(Cow::Borrowed),
            new_key: new_key.map(Cow::Borrowed),
            outcome: None,
            is_from_start: false,
        })
    }

    fn end(
        key: Cow<'a, str>,
        destination: Option<&'a str>,
        action: &'static str,
        starts: &mut Starts,
    ) -> Self {
        let start = starts.take(&key, destination);
        let is_from_start = start.is_some();
        let Start { action, source, destination: begun, new_key } =
            start.unwrap_or(Start { action, source: None, destination: String::new(), new_key: None });
        let begun = (!begun.is_empty()).then_some(Cow::Owned(begun));
        Self {
            key,
            phase: "end",
            action,
            source: source.map(Cow::Owned),
            destination: destination.map(Cow::Borrowed).or(begun),
            new_key: new_key.map(Cow::Owned),
            outcome: Some("success"),
            is_from_start,
        }
    }

    /// What an error record ends: a move, if it is of an operation that moves, and its file is known.
    fn failed(
        key: Option<&'a str>,
        message: &str,
        prefixed: &Prefixed<'_>,
        starts: &mut Starts,
    ) -> Option<Self> {
        let action = match ClientError::read(message) {
            Some(error) => error.action()?,
            None if message.starts_with("Failed to upload ") => "upload",
            None => return None,
        };
        let key = match key {
            Some(key) => Cow::Borrowed(key),
            None => Cow::Owned(starts.begun_last(prefixed.request_id)?),
        };
        let moved = Self::end(key, None, action, starts);
        Some(Self { outcome: Some("failure"), ..moved })
    }

    fn set(self, fields: &mut Fields<'a>) {
        if let Some(name) = self.key.rsplit('/').next().filter(|name| !name.is_empty()) {
            fields.set(Field::FileName, name.to_string());
        }
        fields.set(Field::EventType, self.phase);
        fields.set(Field::EventAction, self.action);
        fields.set(Field::ActionType, if self.action == "delete" { "DELETE" } else { "PUT" });
        if let Some(outcome) = self.outcome {
            fields.set(Field::EventOutcome, outcome);
        }
        if let Some(source) = self.source {
            fields.set(Field::FileSourceBucket, source);
            fields.set(Field::FileSourceKey, self.key.clone());
        }
        if let Some(destination) = self.destination {
            fields.set(Field::FileDestinationBucket, destination);
        }
        if let Some(key) = self.new_key {
            fields.set(Field::FileDestinationKey, key);
        }
        fields.set(Field::FilePath, self.key);
    }
}

fn set_log<'a>(line: &'a Line<'a>, fields: &mut Fields<'a>) {
    if let Some(key) = line.key() {
        fields.set(Field::FilePath, key);
        fields.set_present(Field::FileName, key.rsplit('/').next().unwrap_or_default());
    }
    match line {
        Line::Downloading { key, source } => {
            fields.set(Field::EventAction, "download");
            fields.set(Field::FileSourceBucket, *source);
            fields.set(Field::FileSourceKey, *key);
        }
        Line::Exists { bucket: Some(bucket), .. } => fields.set(Field::FileDestinationBucket, *bucket),
        Line::Missing { .. } | Line::Failed { .. } | Line::Said { failed: true, .. } => {
            fields.set(Field::EventOutcome, "failure");
        }
        _ => (),
    }
}
