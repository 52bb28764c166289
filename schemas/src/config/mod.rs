//! The configuration: TOML, unknown keys refused. Reading the file is the caller's; this parses its text and says
//! line, column and the nearest valid key of what is wrong ([`place`]).

mod format;
mod place;
mod privacy;
mod query;
mod redact;
mod who;

pub use format::{FormatTest, FullTarget, Target, Unit, UserFormat};
pub use place::{ConfigError, locate, nearest, parse};
pub use privacy::{AddressPrivacy, Privacy, RoutePrivacy, UserPrivacy};
pub use query::{Operation, Query};
pub use redact::{HIDDEN, Redact, RedactPattern, RedactRule};
pub use who::{Extractor, Who, WhoTables};

use crate::record::Packing;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole configuration. `S` holds the `[sink.NAME]` sections: the program that runs knows which sinks it has.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, bound = "S: DeserializeOwned + Serialize + Default")]
#[schemars(bound = "S: JsonSchema + Serialize + Default")]
pub struct Config<S> {
    /// What all parts share.
    pub pipeline: Pipeline,
    /// Addresses to listen on, for `catchwater up`.
    pub listen: Listen,
    /// The two streams of `catchwater up`.
    pub streams: Streams,
    /// Bounds on what is taken in.
    pub limits: Limits,
    /// Which log events get which format and service; the first that matches counts.
    pub route: Vec<Route>,
    /// Formats of one's own, by name.
    pub format: BTreeMap<String, UserFormat>,
    /// Where the text of a query stands.
    pub query: Query,
    /// Names of operations, for paths whose ids do not look like ids; the first that matches counts.
    pub operation: Vec<Operation>,
    /// What is hidden before any sink and log.
    pub redact: Redact,
    /// Who asked.
    pub who: Who,
    /// What of persons is kept.
    pub privacy: Privacy,
    /// Mappings by name: `transform`, or a sink's name.
    pub mapping: BTreeMap<String, Mapping>,
    /// Sinks by name.
    pub sink: S,
}

impl<S: Default> Default for Config<S> {
    fn default() -> Self {
        Self {
            pipeline: Pipeline::default(),
            listen: Listen::default(),
            streams: Streams::default(),
            limits: Limits::default(),
            route: Vec::new(),
            format: BTreeMap::new(),
            query: Query::default(),
            operation: Vec::new(),
            redact: Redact::default(),
            who: Who::default(),
            privacy: Privacy::default(),
            mapping: BTreeMap::new(),
            sink: S::default(),
        }
    }
}

/// What all parts share.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pipeline {
    /// Key of `event.id`; never change it while a store holds events.
    pub id_key: String,
    /// `catchwater.revision` of events whose route gives none.
    pub revision: u64,
    /// How event records are packed.
    pub packing: Packing,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self { id_key: crate::id::DEFAULT_KEY.into(), revision: 1, packing: Packing::Zstd }
    }
}

/// Addresses to listen on; port 0 takes any free one.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// The embedded Kinesis.
    pub kinesis: String,
    /// The web page.
    pub page: String,
}

impl Default for Listen {
    fn default() -> Self {
        Self { kinesis: "127.0.0.1:4567".into(), page: "127.0.0.1:4580".into() }
    }
}

/// The embedded streams.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Streams {
    /// What producers put.
    pub raw: Stream,
    /// What the transform made of it.
    pub events: Stream,
}

/// One embedded stream.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stream {
    /// Number of shards when the stream is made; later changes are ignored.
    pub shards: u32,
    /// Age at which records are removed, hours; 24 to 8,760 as in Kinesis.
    pub retention_hours: u32,
    /// Bytes of records kept, beyond which those that every mapping has passed are removed; where that is not
    /// enough, puts are throttled rather than records lost.
    pub retention_bytes: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self { shards: 2, retention_hours: 24, retention_bytes: 2 << 30 }
    }
}

/// Bounds on what is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Most bytes that one raw record may unpack to; above it is a dead letter.
    pub unpacked_bytes: usize,
    /// Most bytes of one log event's message; what is longer is cut and marked `catchwater.truncated`.
    pub message_bytes: usize,
    /// Deepest nesting of JSON; what is deeper comes out as plain text.
    pub json_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked_bytes: 64 << 20, message_bytes: 1 << 20, json_depth: 64 }
    }
}

/// How log events without ids of their own get their identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// By shard, sequence number and index: real repeats stay.
    #[default]
    Position,
    /// By content and its ordinal within the raw record: a producer's retries merge.
    Content,
}

/// Which log events get which format and service. All patterns given must match; `*` stands for any text.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Route {
    /// AWS account that owns the log group.
    pub account: Option<String>,
    /// Log group.
    pub log_group: Option<String>,
    /// Log stream.
    pub log_stream: Option<String>,
    /// Format's name; without it the format is found by looking at the line.
    pub format: Option<String>,
    /// Service's name.
    pub service: Option<String>,
    /// Zone of times that have none, `+02:00`; UTC by default.
    pub timezone: Option<String>,
    /// Identity of log events without ids.
    pub identity: Identity,
    /// Keep the line as `event.original`.
    pub original: bool,
    /// `catchwater.revision` of this route's events.
    pub revision: Option<u64>,
    /// Leave these log events out; the reason that they are counted under.
    pub drop: Option<String>,
    /// Where `catchwater.who` comes from, in the place of `who.order`.
    pub who: Option<Vec<Extractor>>,
    /// What of persons is kept of these log events, in the place of what `privacy` says.
    pub privacy: RoutePrivacy,
    /// What the format takes beside its name; its page in the documentation lists the keys.
    pub options: serde_json::Map<String, serde_json::Value>,
    /// Which log events go on with the one before them.
    pub multiline: Multiline,
}

/// Which log events of a log stream go on with the one before them, as lines of a stack trace do. They are joined
/// within one raw record only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Multiline {
    /// As the format knows of its own lines.
    #[default]
    Auto,
    /// None: each log event stands alone.
    Off,
    /// All that do not match this regular expression.
    Starts(String),
    /// Those that match this regular expression.
    Continues(String),
}

/// An event source mapping; the names are Lambda's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Most records of a batch, up to 10,000.
    pub batch_size: u32,
    /// Most bytes of a batch's records, up to Lambda's payload of 6 MB.
    pub batch_bytes: usize,
    /// How long a batch may wait to fill, milliseconds; 0 takes what is there.
    pub maximum_batching_window_ms: u64,
    /// Age at which a record is given up as a dead letter, seconds; without it, 90 % of the stream's retention.
    pub maximum_record_age_seconds: Option<u64>,
    /// Tries after which a record is given up; without it, unlimited.
    pub maximum_retry_attempts: Option<u32>,
    /// Cut a failing batch in two, to find the record that fails.
    pub bisect_batch_on_function_error: bool,
    /// Time in which the target must answer, milliseconds.
    pub timeout_ms: u64,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            batch_size: 10_000,
            batch_bytes: 6_000_000,
            maximum_batching_window_ms: 0,
            maximum_record_age_seconds: None,
            maximum_retry_attempts: None,
            bisect_batch_on_function_error: true,
            timeout_ms: 60_000,
        }
    }
}
