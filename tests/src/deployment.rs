//! Our functions deployed on an emulator as `docs/functions.md` tells it, and what they count of themselves.

use crate::cloud::{CREDENTIALS, Cloud, Function};
use crate::emulator::Emulator;
use crate::functions::zip_of;
use serde_json::Value;
use std::path::Path;

/// A function and its settings.
#[derive(Clone, Copy)]
pub struct Deployment<'a> {
    /// What it is called there: one zip may be deployed several times.
    pub name: &'a str,
    /// Which of ours it is, such as `to-loki`.
    pub zip: &'a str,
    /// The configuration, TOML.
    pub configuration: Configuration<'a>,
    /// Where goes what cannot pass.
    pub letters: Letters<'a>,
    /// Variables besides.
    pub variables: &'a [(&'a str, &'a str)],
    /// Most seconds of an invocation.
    pub timeout_seconds: u32,
}

/// Where a function's configuration stands.
#[derive(Clone, Copy)]
pub enum Configuration<'a> {
    /// In a variable.
    Text(&'a str),
    /// In an object, `s3://BUCKET/KEY`.
    Object(&'a str),
}

/// Where a function's dead letters go.
#[derive(Clone, Copy)]
pub enum Letters<'a> {
    /// A folder of this machine.
    Folder(&'a Path),
    /// A Firehose delivery stream, and a bucket for the large ones.
    Archive {
        /// The delivery stream's name.
        delivery_stream: &'a str,
        /// The bucket's name.
        bucket: &'a str,
    },
}

impl Deployment<'_> {
    /// Makes the function, waits until it can be used and gives its ARN. It asks the emulator for all of AWS, but for what its
    /// variables say.
    pub fn on(&self, emulator: &Emulator) -> String {
        let zip = std::fs::read(zip_of(self.zip)).expect("the zip can be read");
        let endpoint = emulator.url();
        let mut environment = CREDENTIALS.to_vec();
        environment.push(("AWS_ENDPOINT_URL", &endpoint));
        environment.push(match self.configuration {
            Configuration::Text(text) => ("CATCHWATER_CONFIG_TEXT", text),
            Configuration::Object(place) => ("CATCHWATER_CONFIG", place),
        });
        match self.letters {
            Letters::Folder(folder) => {
                let folder = folder.to_str().expect("a path of text");
                environment.push(("CATCHWATER_DEAD_LETTER_FOLDER", folder));
            }
            Letters::Archive { delivery_stream, bucket } => {
                environment.push(("CATCHWATER_DEAD_LETTER_STREAM", delivery_stream));
                environment.push(("CATCHWATER_DEAD_LETTER_BUCKET", bucket));
            }
        }
        environment.extend(self.variables);
        let function = Function {
            name: self.name,
            zip: &zip,
            environment: &environment,
            timeout_seconds: self.timeout_seconds,
            memory_mb: 256,
        };
        emulator.cloud().create_function(&function)
    }
}

/// Sums of the metrics that a function has printed since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Records that were settled.
    pub records: u64,
    /// Log events in them, or events.
    pub taken: u64,
    /// Events made or delivered.
    pub delivered: u64,
    /// Events that the store held already.
    pub duplicates: u64,
    /// Left out on purpose.
    pub filtered: u64,
    /// Joined into another one's event.
    pub joined: u64,
    /// Dead letters.
    pub dead: u64,
    /// Records that were not settled.
    pub come_again: u64,
}

/// What a function has counted so far, by its metrics in CloudWatch's embedded format.
pub fn counted(cloud: &Cloud, function: &str) -> Counted {
    let mut sums = Counted::default();
    for line in cloud.function_log(function) {
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        // Those by reason say the same again.
        if line.get("_aws").is_none() || line.get("Reason").is_some() {
            continue;
        }
        let of = |name: &str| line[name].as_u64().unwrap_or_default();
        sums.records += of("Records");
        sums.taken += of("LogEvents");
        sums.delivered += of("Events");
        sums.duplicates += of("Duplicates");
        sums.filtered += of("Filtered");
        sums.joined += of("Joined");
        sums.dead += of("DeadLetters");
        sums.come_again += of("RecordsToComeAgain");
    }
    sums
}
