//! How fast the functions work on one core: the figures of docs/benchmarks.md, which a test compares with that page.
//!
//! They were taken on x86_64; arm64 is taken to be as fast. A function's core is whole at 1,769 MB of memory ("Configure
//! Lambda function memory"); with less it has that share of it, with more our functions are no faster.

use super::assumptions::SinkName;

/// Memory at which a function has one whole core, MiB.
pub const CORE_MIB: u128 = 1_769;

/// Bytes of log events a second through the transform: the slowest of the page's three inputs (ALB lines, zstd event records).
pub const TRANSFORM_BYTES: u128 = 91_000_000;

/// Events a second that are read from event records, and their size in bytes.
const READING: (u128, u128) = (950_000, 858);

impl SinkName {
    /// Bytes of events' JSON a second, from the event record to the request's body.
    pub fn bytes_a_second(self) -> u128 {
        let steps: &[(u128, u128)] = match self {
            // Bodies, their packing, the reply read.
            Self::Elasticsearch => &[(14_700_000, 767), (1_500_000, 767), (6_300_000, 767)],
            Self::Influxdb => &[(540_000, 858)],
            Self::Loki => &[(310_000, 858)],
            Self::Timestream => &[(230_000, 858)],
            // Nothing but the packing: docs/decisions/0004-event-record.md, of events of 712 bytes.
            Self::Firehose => &[(1_800_000, 712)],
        };
        // Picoseconds a byte, step by step.
        let picos: u128 =
            steps.iter().chain([&READING]).map(|(events, bytes)| 1_000_000_000_000 / (events * bytes)).sum();
        1_000_000_000_000 / picos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells of the rows of docs/benchmarks.md that begin so.
    fn cells(row: &str) -> Vec<String> {
        let page = include_str!("../../../docs/benchmarks.md");
        let line = page.lines().find(|line| line.contains(row)).unwrap_or_else(|| panic!("no row {row}"));
        line.split('|').map(|cell| cell.trim().to_string()).collect()
    }

    #[test]
    fn the_figures_are_those_of_the_page() {
        let page = include_str!("../../../docs/benchmarks.md");
        let alb = page.split("| ALB lines").nth(1).unwrap().split("| CloudTrail").next().unwrap();
        let row = alb.lines().find(|line| line.contains("zstd event record")).unwrap();
        assert!(row.contains(&format!("| {} |", TRANSFORM_BYTES / 1_000_000)), "{row}");
        for (row, rate) in [
            ("| bodies of `_bulk`", "14.7"),
            ("| gzip 1 of them", "1.5"),
            ("| the server's reply read", "6.3"),
            ("| lines for InfluxDB", "0.54"),
            ("| pushes for Loki", "0.31"),
            ("| records for Timestream", "0.23"),
        ] {
            assert!(cells(row).iter().any(|cell| cell == rate), "{row}: {rate}");
        }
        assert!(page.contains("0.95 to 0.98 million events/s") && page.contains("events of 858 bytes"));
        assert!(page.contains("events of 767 bytes"));
        assert!(
            include_str!("../../../docs/decisions/0004-event-record.md").contains("1.8 against 0.65 million")
        );
    }

    #[test]
    fn a_chain_of_steps_is_slower_than_each() {
        // Elasticsearch: 1 / (1/815 + 1/11,275 + 1/1,151 + 1/4,832) MB/s = 417.
        let mega = SinkName::Elasticsearch.bytes_a_second() / 1_000_000;
        assert!((410..=425).contains(&mega), "{mega}");
        assert!(SinkName::Timestream.bytes_a_second() < SinkName::Loki.bytes_a_second());
    }
}
