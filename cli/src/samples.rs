//! Sample logs that ship with the program (`samples/SOURCES.md` says whose they are), loaded once into a new data
//! folder.

/// One sample log.
pub struct Sample {
    /// File's name, also the last part of its log group.
    pub name: &'static str,
    /// The lines.
    pub bytes: &'static [u8],
    /// Time of lines that state none, milliseconds since the epoch.
    pub time_millis: i64,
}

macro_rules! samples {
    ($($name:literal, $file:literal, $time:literal;)*) => {
        /// One line a sample.
        pub const SAMPLES: &[Sample] = &[$(Sample {
            name: $name,
            bytes: include_bytes!(concat!("../samples/", $file)),
            time_millis: $time,
        },)*];
    };
}

samples! {
    "apache_access", "apache_access.log", 1_431_857_103_000;
    "nginx_access", "nginx_access.log", 1_698_692_461_000;
    "aws_alb", "aws_alb.log", 1_656_996_470_000;
    "aws_cloudtrail", "aws_cloudtrail.jsonl", 1_722_375_081_000;
    "aws_s3_event", "aws_s3_event.jsonl", 1_692_541_500_000;
    "sdc", "sdc.log", 1_691_843_640_000;
    "json", "json.jsonl", 1_721_403_771_000;
}
