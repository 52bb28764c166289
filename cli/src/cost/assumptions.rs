//! All that the sums take for granted and that a person may know better: one option each. Defaults are those of the
//! Terraform module where it has them.

use super::demand::Shape;
use super::money::Decimal;
use std::str::FromStr;

/// How the streams are paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// By the GB
    OnDemand,
    /// By the shard
    Provisioned,
}

/// Which functions get enhanced fan-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FanOut {
    /// Those of a stream with more than two readers, Firehose counted
    Auto,
    /// All
    On,
    /// None
    Off,
}

/// The processor of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Architecture {
    /// Graviton
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

/// What is archived on S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Archive {
    /// Raw records and events
    Both,
    /// Events
    Events,
    /// Raw records
    Raw,
    /// Nothing
    None,
}

impl Archive {
    /// Are raw records?
    pub fn raw(self) -> bool {
        matches!(self, Self::Both | Self::Raw)
    }

    /// Are events?
    pub fn events(self) -> bool {
        matches!(self, Self::Both | Self::Events)
    }
}

/// Where log events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Origin {
    /// CloudWatch Logs, by subscription filters
    Cloudwatch,
    /// Our agent, or any Kinesis producer
    Direct,
}

/// A consumer's function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum SinkName {
    /// Elasticsearch or OpenSearch
    #[value(alias = "opensearch")]
    Elasticsearch,
    /// InfluxDB
    Influxdb,
    /// Loki
    Loki,
    /// Timestream for LiveAnalytics
    Timestream,
    /// Firehose
    Firehose,
}

/// The store that is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Store {
    /// One that is there already, and costs nothing more
    Existing,
    /// An Amazon OpenSearch Service domain
    Opensearch,
    /// A Timestream for InfluxDB instance
    Influxdb,
    /// Timestream for LiveAnalytics
    Timestream,
    /// Loki's chunks on S3; what Loki runs on is not counted
    LokiS3,
}

/// Days that an archived object spends in each storage class: Standard, Standard-IA, Glacier Instant Retrieval, Glacier
/// Deep Archive; then it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle(pub [u128; 4]);

impl FromStr for Lifecycle {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days: Vec<u128> = text.split(',').map(|n| n.trim().parse::<u16>().map(u128::from)).collect::<Result<_, _>>()
            .map_err(|_| "give days in S3 Standard, Standard-IA, Glacier Instant Retrieval and Deep Archive: 30,335,0,0".to_string())?;
        let days: [u128; 4] =
            days.try_into().map_err(|_| "give four numbers of days: 30,335,0,0".to_string())?;
        // "Transitioning objects using Amazon S3 Lifecycle".
        if days[1] > 0 && days[0] < 30 {
            return Err("objects go to Standard-IA after 30 days in Standard at the earliest".into());
        }
        Ok(Self(days))
    }
}

/// A number above zero.
fn ratio(text: &str) -> Result<Decimal<3>, String> {
    match text.parse::<Decimal<3>>() {
        Ok(Decimal(0)) => Err("give a number above 0".into()),
        other => other.map_err(|wrong| wrong.to_string()),
    }
}

fn number(range: std::ops::RangeInclusive<u64>) -> impl Fn(&str) -> Result<u128, String> + Clone {
    move |text| match text.parse::<u64>() {
        Ok(n) if range.contains(&n) => Ok(u128::from(n)),
        _ => Err(format!("give a whole number from {} to {}", range.start(), range.end())),
    }
}

/// What the sums take for granted.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct Assumptions {
    /// Where the log events come from
    #[arg(long, value_enum, default_value = "cloudwatch", help_heading = "The logs")]
    pub origin: Origin,
    /// Bytes of log events to bytes of gzip envelopes
    #[arg(long, value_parser = ratio, default_value = "5", value_name = "RATIO", help_heading = "The logs")]
    pub gzip_ratio: Decimal<3>,
    /// Bytes of events' JSON to bytes of log events
    #[arg(long, value_parser = ratio, default_value = "3", value_name = "RATIO", help_heading = "The logs")]
    pub event_growth: Decimal<3>,
    /// Bytes of events' JSON to bytes of zstd event records
    #[arg(long, value_parser = ratio, default_value = "10", value_name = "RATIO", help_heading = "The logs")]
    pub zstd_ratio: Decimal<3>,
    /// Log events in a raw record, on average: CloudWatch Logs sends soon, so that quiet log streams have small records
    #[arg(long, value_parser = number(1..=10_000), default_value = "100", value_name = "N", help_heading = "The logs")]
    pub events_a_record: u128,

    /// How the streams are paid
    #[arg(long, value_enum, default_value = "on-demand", help_heading = "The streams")]
    pub mode: Mode,
    /// How long both streams keep their records
    #[arg(long, value_parser = number(24..=8_760), default_value = "24", value_name = "HOURS", help_heading = "The streams")]
    pub retention_hours: u128,
    /// The busiest second's load, as a multiple of the mean: shards are counted by it
    #[arg(long, value_parser = number(1..=1_000), default_value = "3", value_name = "N", help_heading = "The streams")]
    pub peak: u128,
    /// Which functions have enhanced fan-out
    #[arg(long, value_enum, default_value = "auto", help_heading = "The streams")]
    pub enhanced_fan_out: FanOut,

    /// A consumer; may be given again
    #[arg(
        long = "sink",
        value_enum,
        default_value = "elasticsearch",
        value_name = "NAME",
        help_heading = "The functions"
    )]
    pub sinks: Vec<SinkName>,
    /// The functions' processor
    #[arg(long, value_enum, default_value = "arm64", help_heading = "The functions")]
    pub architecture: Architecture,
    /// The transform's memory, MB
    #[arg(long, value_parser = number(128..=10_240), default_value = "1024", value_name = "MB", help_heading = "The functions")]
    pub transform_mb: u128,
    /// A consumer's memory, MB
    #[arg(long, value_parser = number(128..=10_240), default_value = "512", value_name = "MB", help_heading = "The functions")]
    pub consumer_mb: u128,
    /// Most records of an invocation
    #[arg(long, value_parser = number(1..=10_000), default_value = "500", value_name = "N", help_heading = "The functions")]
    pub batch_records: u128,
    /// How long a batch of the transform waits for more
    #[arg(long, value_parser = number(1..=300), default_value = "1", value_name = "SECONDS", help_heading = "The functions")]
    pub transform_seconds: u128,
    /// How long a batch of a consumer waits for more
    #[arg(long, value_parser = number(1..=300), default_value = "5", value_name = "SECONDS", help_heading = "The functions")]
    pub consumer_seconds: u128,
    /// What an invocation waits for the stream's or the store's answer
    #[arg(long, value_parser = number(0..=900_000), default_value = "100", value_name = "MILLISECONDS", help_heading = "The functions")]
    pub wait_ms: u128,

    /// What is archived on S3
    #[arg(long, value_enum, default_value = "both", help_heading = "The archive")]
    pub archive: Archive,
    /// Days of archived events in S3 Standard, Standard-IA, Glacier Instant Retrieval, Glacier Deep Archive, then deleted
    #[arg(long, default_value = "30,335,0,0", value_name = "DAYS", help_heading = "The archive")]
    pub archive_days: Lifecycle,
    /// The same of archived raw records
    #[arg(long, default_value = "30,0,0,0", value_name = "DAYS", help_heading = "The archive")]
    pub raw_archive_days: Lifecycle,

    /// The store that is paid for
    #[arg(long, value_enum, default_value = "existing", help_heading = "The store")]
    pub store: Store,
    /// Its instances' type; the smallest of those that are known without it
    #[arg(long, value_name = "TYPE", help_heading = "The store")]
    pub instance: Option<String>,
    /// Its instances; of OpenSearch, data nodes
    #[arg(long, value_parser = number(1..=1_000), default_value = "1", value_name = "N", help_heading = "The store")]
    pub instances: u128,
    /// How long it keeps events
    #[arg(long, value_parser = number(1..=36_500), default_value = "30", value_name = "DAYS", help_heading = "The store")]
    pub store_days: u128,
    /// Bytes of events' JSON to bytes that they take in the store
    #[arg(long, value_parser = ratio, default_value = "1", value_name = "RATIO", help_heading = "The store")]
    pub store_ratio: Decimal<3>,
    /// Replicas of each index of OpenSearch
    #[arg(long, value_parser = number(0..=10), default_value = "0", value_name = "N", help_heading = "The store")]
    pub replicas: u128,
    /// How long LiveAnalytics keeps events in memory
    #[arg(long, value_parser = number(1..=8_766), default_value = "24", value_name = "HOURS", help_heading = "The store")]
    pub memory_store_hours: u128,

    /// How long CloudWatch Logs alone would keep the logs
    #[arg(long, value_parser = number(1..=3_653), default_value = "30", value_name = "DAYS", help_heading = "What it is compared with")]
    pub cloudwatch_days: u128,
    /// How often a month Logs Insights reads all that a month brought
    #[arg(long, value_parser = number(0..=100_000), default_value = "4", value_name = "TIMES", help_heading = "What it is compared with")]
    pub insights_scans: u128,
}

impl Assumptions {
    /// What becomes of log events of which nothing else is known.
    pub fn shape(&self) -> Shape {
        Shape {
            gzip: self.gzip_ratio,
            growth: self.event_growth,
            zstd: self.zstd_ratio,
            events_a_record: self.events_a_record,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        assumed: Assumptions,
    }

    /// The defaults, and these options.
    pub fn assumed(options: &[&str]) -> Assumptions {
        Alone::try_parse_from(["cost"].iter().chain(options)).unwrap_or_else(|e| panic!("{e}")).assumed
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_could() {
        for (option, value, told) in [
            ("--gzip-ratio", "0", "above 0"),
            ("--retention-hours", "23", "24 to 8760"),
            ("--archive-days", "10,20,0,0", "after 30 days"),
            ("--archive-days", "30,20", "four numbers"),
            ("--sink", "splunk", "elasticsearch"),
        ] {
            let error = Alone::try_parse_from(["cost", option, value]).err().unwrap().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert_eq!(
            assumed(&["--sink", "loki", "--sink", "opensearch"]).sinks,
            [SinkName::Loki, SinkName::Elasticsearch]
        );
    }
}
