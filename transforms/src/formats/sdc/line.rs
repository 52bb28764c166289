//! What a line of the sorter says. The layouts are the format strings of its sources, of all versions:
//! `file_sorter.py` of sdc_aws_sorting_lambda, `aws.py` of sdc_aws_utils, and swxsoc's successor of that.

use crate::scan::python_dict;
use std::borrow::Cow;

/// A line, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Copying {
        key: &'a str,
        source: &'a str,
        destination: &'a str,
        new_key: Option<&'a str>,
    },
    Uploading {
        key: &'a str,
        destination: &'a str,
    },
    Deleting {
        key: &'a str,
        source: &'a str,
    },
    Moved {
        key: &'a str,
        destination: &'a str,
    },
    Uploaded {
        key: &'a str,
    },
    Downloading {
        key: &'a str,
        source: &'a str,
    },
    /// A file is where it should not be, or is not where it should be.
    Missing {
        key: &'a str,
        bucket: Option<&'a str>,
    },
    Exists {
        key: &'a str,
        bucket: Option<&'a str>,
    },
    /// An error record: `{'status': 'ERROR', 'message': …, 'file_key': …}`.
    Failed {
        key: Option<Cow<'a, str>>,
        message: Cow<'a, str>,
    },
    /// All else that it says: of a file, or of none.
    Said {
        key: Option<&'a str>,
        failed: bool,
    },
}

impl Line<'_> {
    /// The file's key.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Copying { key, .. }
            | Self::Uploading { key, .. }
            | Self::Deleting { key, .. }
            | Self::Moved { key, .. }
            | Self::Uploaded { key }
            | Self::Downloading { key, .. }
            | Self::Missing { key, .. }
            | Self::Exists { key, .. } => Some(key),
            Self::Failed { key, .. } => key.as_deref(),
            Self::Said { key, .. } => *key,
        }
    }
}

/// Reads a message without its prefix; `None` if it is none of the sorter's.
pub(super) fn read(message: &str) -> Option<Line<'_>> {
    if message.starts_with('{') {
        return failure(message);
    }
    let (verb, rest) = message.split_once(' ')?;
    let line = match verb {
        "Copying" => copying(rest),
        "Uploading" => uploading(rest),
        "Downloading" => downloading(rest),
        "Deleting" => rest
            .rsplit_once(" from ")
            .and_then(|(key, source)| Some(Line::Deleting { key: key_of(key)?, source: word(source)? })),
        "File" => of_file(rest),
        _ => None,
    };
    line.or_else(|| said(message))
}

/// `K from B to D`, also without the space before `to`, as the source writes it; ` as N` may follow.
fn copying(rest: &str) -> Option<Line<'_>> {
    let (moved, new_key) = match rest.rsplit_once(" as ") {
        Some((moved, new_key)) if word(new_key).is_some() => (moved, Some(new_key)),
        _ => (rest, None),
    };
    let (from, destination) = moved.rsplit_once("to ")?;
    let (key, source) = from.trim_end().rsplit_once(" from ")?;
    Some(Line::Copying { key: key_of(key)?, source: word(source)?, destination: word(destination)?, new_key })
}

/// `file K to D`; `P to bucket D as K`
fn uploading(rest: &str) -> Option<Line<'_>> {
    if let Some(rest) = rest.strip_prefix("file ") {
        let (key, destination) = rest.rsplit_once(" to ")?;
        return Some(Line::Uploading { key: key_of(key)?, destination: word(destination)? });
    }
    let (_, rest) = rest.split_once(" to bucket ")?;
    let (destination, key) = rest.split_once(" as ")?;
    Some(Line::Uploading { key: key_of(key)?, destination: word(destination)? })
}

/// `file K from B`; `K from B to P`
fn downloading(rest: &str) -> Option<Line<'_>> {
    if let Some(rest) = rest.strip_prefix("file ") {
        let (key, source) = rest.rsplit_once(" from ")?;
        return Some(Line::Downloading { key: key_of(key)?, source: word(source)? });
    }
    let (from, _) = rest.rsplit_once(" to ")?;
    let (key, source) = from.rsplit_once(" from ")?;
    Some(Line::Downloading { key: key_of(key)?, source: word(source)? })
}

/// What is said of `File K …`.
fn of_file(rest: &str) -> Option<Line<'_>> {
    if let Some((key, destination)) = rest.rsplit_once(" Successfully Moved to ") {
        return Some(Line::Moved { key: key_of(key)?, destination: word(destination)? });
    }
    let strip = |end: &str| rest.strip_suffix(end).and_then(key_of);
    if let Some(key) = strip(" Successfully Uploaded") {
        return Some(Line::Uploaded { key });
    }
    if let Some(key) =
        strip(" Successfully Downloaded").or_else(|| strip(" Successfully Logged to Timestream"))
    {
        return Some(Line::Said { key: Some(key), failed: false });
    }
    if let Some(key) = strip(" does not exist in target buckets.") {
        return Some(Line::Missing { key, bucket: None });
    }
    if let Some(key) = strip(" already exists in target buckets.") {
        return Some(Line::Exists { key, bucket: None });
    }
    for (words, exists) in [
        (" does not exist in bucket ", false),
        (" not found in bucket ", false),
        (" already exists in bucket ", true),
        (" does not exist in ", false),
        (" exists in ", true),
    ] {
        if let Some((key, bucket)) = rest.rsplit_once(words) {
            // `K from B exists in D`: looked for on the way from one to the other.
            let key = key_of(
                key.rsplit_once(" from ").filter(|(_, b)| word(b).is_some()).map_or(key, |(key, _)| key),
            )?;
            let bucket = Some(word(bucket)?);
            return Some(if exists { Line::Exists { key, bucket } } else { Line::Missing { key, bucket } });
        }
    }
    None
}

/// Sentences of no file.
const SENTENCES: [&str; 18] = [
    "No records found in event. Checking all files in bucket.",
    "Finished checking all files in bucket.",
    "Finished sorting all files in bucket.",
    "Performing Dry Run - Files will not be copied/removed",
    "Dry Run - File will not be downloaded",
    "Dry Run - File will not be uploaded",
    "Dry Run or Test Data - File will not be downloaded",
    "Dry Run: True",
    "Dry Run: False",
    "SDC_AWS_FILE_PATH is set - File will not be uploaded to S3",
    "Initializing FileSorter with parameters:",
    "Initializing Slack client.",
    "Initializing Timestream client.",
    "Initializing S3 client.",
    "Sending upload notification to Slack.",
    "Slack client not initialized; skipping upload notification.",
    "Logging to Timestream",
    "Using test data from instrument package",
];

/// What stands before a value, and whether it tells of a failure.
const BEGINNINGS: [(&str, bool); 12] = [
    ("Event: ", false),
    ("Context: ", false),
    ("Environment: ", false),
    ("Bucket: ", false),
    ("S3 Bucket: ", false),
    ("Processing S3 event: ", false),
    ("Sorting from Incoming Bucket: ", false),
    ("Checking if files exist in target ", false),
    ("Invoking Lambda function ", false),
    ("Found ", false),
    ("Error Occurred: ", true),
    ("Error creating Timestream client: ", true),
];

/// What stands before a key.
const BEFORE_KEY: [(&str, bool); 4] = [
    ("File Key: ", false),
    ("Parsing science filename: ", false),
    ("Issue parsing file: ", true),
    ("Error parsing file key: ", true),
];

fn said(message: &str) -> Option<Line<'_>> {
    if SENTENCES.contains(&message) {
        return Some(Line::Said { key: None, failed: false });
    }
    if let Some((key, failed)) =
        BEFORE_KEY.iter().find_map(|(b, failed)| Some((message.strip_prefix(b)?, *failed)))
    {
        return Some(Line::Said { key: Some(key_of(key)?), failed });
    }
    if let Some(rest) = message.strip_prefix("Error sorting file ") {
        let (key, _) = rest.split_once(": ")?;
        return Some(Line::Said { key: Some(key_of(key)?), failed: true });
    }
    if let Some(rest) = message.strip_prefix("Dry Run: Skipping copy of ") {
        let (key, destination) = rest.rsplit_once(" to ")?;
        word(destination)?;
        return Some(Line::Said { key: Some(key_of(key)?), failed: false });
    }
    if let Some(rest) = message.strip_prefix("Object (") {
        let key = rest.strip_suffix(") - Logging Event to Timestream")?;
        return Some(Line::Said { key: Some(key_of(key)?), failed: false });
    }
    let found = BEGINNINGS.iter().find(|(beginning, _)| message.starts_with(beginning))?;
    let is_count = found.0 != "Found " || message.contains(" files in ") && message.ends_with(" bucket.");
    is_count.then_some(Line::Said { key: None, failed: found.1 })
}

fn key_of(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A bucket: names hold no spaces.
fn word(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains(char::is_whitespace)).then_some(text)
}

/// `{'status': 'ERROR', 'message': '…', 'file_key': '…'}`; the message may be an exception, the key may be missing.
fn failure(message: &str) -> Option<Line<'_>> {
    let (mut key, mut text, mut failed) = (None, Cow::Borrowed(""), false);
    for (name, value) in python_dict::read(message)? {
        match name.as_ref() {
            "file_key" => key = Some(value),
            "message" => text = value,
            "status" => failed = value == "ERROR",
            _ => (),
        }
    }
    let key = key.filter(|key| !key.is_empty());
    (failed && (key.is_some() || !text.is_empty())).then_some(Line::Failed { key, message: text })
}

/// What an error of botocore's says: `An error occurred (NoSuchBucket) when calling the CopyObject operation: …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClientError<'a> {
    pub code: &'a str,
    pub operation: &'a str,
}

impl<'a> ClientError<'a> {
    pub fn read(message: &'a str) -> Option<Self> {
        let (_, rest) = message.split_once("An error occurred (")?;
        let (code, rest) = rest.split_once(") when calling the ")?;
        let (operation, _) = rest.split_once(" operation")?;
        (word(code).is_some() && word(operation).is_some()).then_some(Self { code, operation })
    }

    /// The action that failed, if it was a move.
    pub fn action(self) -> Option<&'static str> {
        match self.operation {
            "CopyObject" | "UploadPartCopy" => Some("copy"),
            "PutObject" | "UploadPart" | "CreateMultipartUpload" | "CompleteMultipartUpload" => {
                Some("upload")
            }
            "DeleteObject" => Some("delete"),
            _ => None,
        }
    }
}
