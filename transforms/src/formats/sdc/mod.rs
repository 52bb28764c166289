//! File moves of a science data centre's sorting function, as it logs them through Lambda or through astropy's
//! logger (<https://github.com/HERMES-SOC/sdc_aws_sorting_lambda>, <https://github.com/HERMES-SOC/sdc_aws_utils>).

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::scan::log_prefix::{self, Prefixed};
use crate::scan::python_dict;
use catchwater_schemas::event::Kind;
use catchwater_schemas::field::Field;
use catchwater_schemas::fields::{Fields, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "sdc",
    title: "File moves of a science data centre's sorting function",
    doc: "Reads `Copying K from B to D` (also without the space before `to`, as the source writes it), `Uploading \
          file K to D`, `File K Successfully Moved to D`, `Downloading file K from B`, `File K does not exist in \
          target buckets.` and the error record, a Python dict with `file_key`; bare, behind Lambda's prefix or \
          between astropy's. Copying and uploading give a `file_move` with `event.type: start`, the completion one \
          with `end`, whose action and source come of a start of the same key in the same raw record; without one \
          its action is `move`. Other lines are refused and come out as `plain`.",
    example: "[INFO]\t2023-08-12T12:34:13.137Z\t3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11\tCopying hermes_EEA_l0_2023042-000000_v0.bin from swsoc-incomingto hermes-eea",
    detect,
    parse,
    ..Format::DEFAULTS
};

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Copying { key: &'a str, source: &'a str, destination: &'a str },
    Uploading { key: &'a str, destination: &'a str },
    Moved { key: &'a str, destination: &'a str },
    Downloading { key: &'a str, source: &'a str },
    Missing { key: &'a str },
    Failed { key: Cow<'a, str>, message: Option<Cow<'a, str>> },
}

/// Starts of one key that are remembered; a file goes to few buckets.
const STARTS_OF_A_KEY: usize = 16;

/// Starts of this raw record that a completion may belong to, by key.
#[derive(Default)]
struct Starts(HashMap<String, Vec<Start>>);

struct Start {
    action: &'static str,
    source: Option<String>,
    destination: String,
}

fn detect(message: &str) -> bool {
    // The words could be anyone's: sure are they with a file's name and buckets' names among them.
    let Some(line) = read(log_prefix::read(message).message) else { return false };
    let buckets = match &line {
        Line::Copying { source, destination, .. } => [*source, *destination],
        Line::Uploading { destination, .. } | Line::Moved { destination, .. } => [*destination; 2],
        Line::Downloading { source, .. } => [*source; 2],
        Line::Missing { .. } | Line::Failed { .. } => return true,
    };
    line.key().contains('.') && !line.key().contains(' ') && buckets.into_iter().all(is_bucket)
}

/// Is this a valid name of a bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>)?
fn is_bucket(name: &str) -> bool {
    let valid = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-');
    (3..=63).contains(&name.len()) && name.bytes().all(valid)
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let prefixed = log_prefix::read(event.message);
    let line = read(prefixed.message).ok_or(Refusal("no_file_move"))?;
    let starts: &mut Starts = state.of(FORMAT.name);
    let mut fields = Fields::new();
    prefixed.set(&mut fields);
    fields.set(Field::EventCategory, Value::Json("[\"file\"]".into()));
    match &line {
        Line::Copying { key, source, destination } => {
            fields.set(Field::FileSourceKey, *key);
            set_move(key, "start", "copy", Some(Cow::Borrowed(source)), destination, &mut fields);
            starts.add(key, "copy", Some(source), destination);
            emit.event(Kind::FileMove, fields);
        }
        Line::Uploading { key, destination } => {
            fields.set(Field::FileDestinationKey, *key);
            set_move(key, "start", "upload", None, destination, &mut fields);
            starts.add(key, "upload", None, destination);
            emit.event(Kind::FileMove, fields);
        }
        Line::Moved { key, destination } => {
            let start = starts.take(key, destination);
            let action = start.as_ref().map_or("move", |s| s.action);
            let source = start.and_then(|s| s.source).map(Cow::Owned);
            if source.is_some() {
                emit.suspect();
                fields.set(Field::FileSourceKey, *key);
            }
            fields.set(Field::EventOutcome, "success");
            set_move(key, "end", action, source, destination, &mut fields);
            emit.event(Kind::FileMove, fields);
        }
        _ => {
            set_log(&line, &prefixed, &mut fields);
            emit.event(Kind::Log, fields);
        }
    }
    Ok(())
}

/// Reads a message without its prefix.
fn read(message: &str) -> Option<Line<'_>> {
    if message.starts_with('{') {
        return read_failure(message);
    }
    let (verb, rest) = message.split_once(' ')?;
    let line = match verb {
        "Copying" => {
            let (from, destination) = rest.rsplit_once("to ")?;
            let (key, source) = from.trim_end().rsplit_once(" from ")?;
            Line::Copying { key, source: word(source)?, destination: word(destination)? }
        }
        "Uploading" => {
            let (key, destination) = rest.strip_prefix("file ")?.rsplit_once(" to ")?;
            Line::Uploading { key, destination: word(destination)? }
        }
        "Downloading" => {
            let (key, source) = rest.strip_prefix("file ")?.rsplit_once(" from ")?;
            Line::Downloading { key, source: word(source)? }
        }
        "File" => match rest.strip_suffix(" does not exist in target buckets.") {
            Some(key) => Line::Missing { key },
            None => {
                let (key, destination) = rest.rsplit_once(" Successfully Moved to ")?;
                Line::Moved { key, destination: word(destination)? }
            }
        },
        _ => return None,
    };
    (!line.key().is_empty()).then_some(line)
}

/// A bucket: names hold no spaces.
fn word(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(char::is_whitespace)).then_some(text)
}

/// `{'status': 'ERROR', 'message': '…', 'file_key': '…'}`
fn read_failure(message: &str) -> Option<Line<'_>> {
    let (mut key, mut text, mut failed) = (None, None, false);
    for (name, value) in python_dict::read(message)? {
        match name.as_ref() {
            "file_key" => key = Some(value),
            "message" => text = Some(value),
            "status" => failed = value == "ERROR",
            _ => (),
        }
    }
    let key = key.filter(|k| failed && !k.is_empty())?;
    Some(Line::Failed { key, message: text })
}

impl Line<'_> {
    fn key(&self) -> &str {
        match self {
            Self::Copying { key, .. } | Self::Uploading { key, .. } | Self::Moved { key, .. } => key,
            Self::Downloading { key, .. } | Self::Missing { key } => key,
            Self::Failed { key, .. } => key,
        }
    }
}

impl Starts {
    fn add(&mut self, key: &str, action: &'static str, source: Option<&str>, destination: &str) {
        let start = Start { action, source: source.map(Into::into), destination: destination.into() };
        let starts = self.0.entry(key.to_string()).or_default();
        if starts.len() == STARTS_OF_A_KEY {
            starts.remove(0);
        }
        starts.push(start);
    }

    /// The start that a completion belongs to: the oldest to the same bucket, else the newest of the key.
    fn take(&mut self, key: &str, destination: &str) -> Option<Start> {
        let starts = self.0.get_mut(key)?;
        match starts.iter().position(|s| s.destination == destination) {
            Some(index) => Some(starts.remove(index)),
            None => starts.pop(),
        }
    }
}

fn set_move<'a>(
    key: &'a str,
    event_type: &'static str,
    action: &'static str,
    source: Option<Cow<'a, str>>,
    destination: &'a str,
    fields: &mut Fields<'a>,
) {
    set_file(key, fields);
    fields.set(Field::EventType, event_type);
    fields.set(Field::EventAction, action);
    fields.set(Field::ActionType, "PUT");
    if let Some(source) = source {
        fields.set(Field::FileSourceBucket, source);
    }
    fields.set(Field::FileDestinationBucket, destination);
}

fn set_file<'a>(key: &'a str, fields: &mut Fields<'a>) {
    fields.set(Field::FilePath, key);
    fields.set_present(Field::FileName, key.rsplit('/').next().unwrap_or(key));
}

fn set_log<'a>(line: &'a Line<'a>, prefixed: &Prefixed<'a>, fields: &mut Fields<'a>) {
    set_file(line.key(), fields);
    fields.set(Field::Message, prefixed.message);
    match line {
        Line::Downloading { key, source } => {
            fields.set(Field::EventAction, "download");
            fields.set(Field::FileSourceBucket, *source);
            fields.set(Field::FileSourceKey, *key);
        }
        Line::Failed { message, .. } => {
            fields.set(Field::EventOutcome, "failure");
            if let Some(message) = message {
                fields.set(Field::ErrorMessage, message.as_ref());
            }
        }
        _ => fields.set(Field::EventOutcome, "failure"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_any_text, in_one_record, refused, value};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_copy_whose_space_is_missing() {
        let event = value(&FORMAT, FORMAT.example);
        assert_eq!(event["@timestamp"], "2023-08-12T12:34:13.137Z");
        assert_eq!(event["aws"]["request_id"], "3f1c2f0e-6c8a-4a58-9b4b-6a9b6f0a7b11");
        let file = json!({
            "path": "hermes_EEA_l0_2023042-000000_v0.bin", "name": "hermes_EEA_l0_2023042-000000_v0.bin",
            "source": {"bucket": "swsoc-incoming", "key": "hermes_EEA_l0_2023042-000000_v0.bin"},
            "destination": {"bucket": "hermes-eea"},
        });
        assert_eq!(event["file"], file);
        assert_eq!(event["event"]["type"], "start");
        assert_eq!(event["event"]["category"], json!(["file"]));
        let event = value(&FORMAT, "Copying a from b to c from x to y");
        assert_eq!(event["file"]["path"], "a from b to c", "the last words are the buckets");
        assert_eq!(event["file"]["source"]["bucket"], "x");
    }

    #[test]
    fn a_completion_is_filled_in_from_its_start() {
        let events = in_one_record(
            &FORMAT,
            &[
                "Copying d/k1 from into one",
                "INFO: Copying d/k1 from other to two [log]",
                "Uploading file k2 to two",
                "File d/k1 Successfully Moved to two",
                "File d/k1 Successfully Moved to one",
                "File k2 Successfully Moved to two",
                "File d/k1 Successfully Moved to one",
            ],
        );
        let seen: Vec<_> = events[3..]
            .iter()
            .map(|e| (e["event"]["action"].clone(), e["file"]["source"]["bucket"].clone()))
            .collect();
        let null = serde_json::Value::Null;
        let expected = [
            (json!("copy"), json!("other")),
            (json!("copy"), json!("in")),
            (json!("upload"), null.clone()),
            (json!("move"), null),
        ];
        assert_eq!(seen, expected);
        assert_eq!(events[3]["event"]["type"], "end");
        assert_eq!(events[3]["file"]["name"], "k1");
        assert_eq!(events[3]["catchwater"]["action_type"], "PUT");
    }

    #[test]
    fn logs_about_files() {
        let event = value(&FORMAT, "Downloading file a/b.bin from bucket");
        assert_eq!(
            (&event["catchwater"]["kind"], &event["event"]["action"]),
            (&json!("log"), &json!("download"))
        );
        let event = value(&FORMAT, "File a b does not exist in target buckets.");
        assert_eq!(event["file"]["path"], "a b");
        let event = value(&FORMAT, r#"{'status': 'ERROR', 'message': "can't", 'file_key': 'k'}"#);
        assert_eq!((&event["error"]["message"], &event["file"]["path"]), (&json!("can't"), &json!("k")));
        assert_eq!(event["event"]["outcome"], "failure");
    }

    #[test]
    fn refuses_all_else() {
        for line in [
            "",
            "Copying",
            "Copying a from b",
            "Copying  from bto c",
            "Copying a from bto c d",
            "Uploading file a",
            "File a is there",
            "Performing Dry Run - Files will not be copied/removed",
            "{'status': 'OK', 'file_key': 'k'}",
            "{'status': 'ERROR', 'message': 'x'}",
            "{\"status\": 1}",
        ] {
            assert_eq!(refused(&FORMAT, line), Some("no_file_move"), "{line}");
            assert!(!detect(line), "{line}");
        }
        assert!(detect(FORMAT.example) && detect("Uploading file d/a.bin to bucket"));
        for unsure in [
            "Uploading file a to bucket",
            "Copying files from here to there",
            "Downloading file a.b from /tmp",
        ] {
            assert!(!detect(unsure), "{unsure}");
        }
    }

    proptest! {
        #[test]
        fn any_text(line in any::<String>()) {
            check_any_text(&FORMAT, &line);
        }

        #[test]
        fn any_words(line in "(INFO: |\\[INFO\\]\t|)(Copying |Uploading file |File |\\{')[a é'to:,\\\\/ ]{0,20}( from | to |to | Successfully Moved to )[a t]{0,8}('\\}|)") {
            check_any_text(&FORMAT, &line);
        }
    }
}
