//! The price file: `prices.toml`, of one region each time.
//!
//! A price without its place in [`Prices`] is an error of the file, and so is a place without a price or a price by
//! another unit than the sums take it by.

use super::money::{Gb, GbHour, GbMonth, GbSecond, Hour, Million, PieceMonth, Price, Thousand};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The file that ships with the program.
pub const FILE: &str = include_str!("prices.toml");

/// All prices of one region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub kinesis: Kinesis,
    pub lambda: Lambda,
    pub cloudwatch: Cloudwatch,
    pub firehose: Firehose,
    pub s3: S3,
    pub opensearch: Opensearch,
    pub influxdb: Influxdb,
    pub live_analytics: LiveAnalytics,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kinesis {
    pub stream_hour: Price<Hour>,
    pub on_demand_in: Price<Gb>,
    pub on_demand_out: Price<Gb>,
    pub on_demand_fan_out: Price<Gb>,
    pub on_demand_week: Price<GbMonth>,
    pub long_term: Price<GbMonth>,
    pub shard_hour: Price<Hour>,
    pub payload_units: Price<Million>,
    pub shard_week: Price<Hour>,
    pub fan_out_hour: Price<Hour>,
    pub fan_out: Price<Gb>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    pub requests: Price<Million>,
    pub arm64: Price<GbSecond>,
    pub x86_64: Price<GbSecond>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cloudwatch {
    pub standard: Price<Gb>,
    pub infrequent_access: Price<Gb>,
    pub storage: Price<GbMonth>,
    pub insights: Price<Gb>,
    pub metric: Price<PieceMonth>,
    pub alarm: Price<PieceMonth>,
    pub dashboard: Price<PieceMonth>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firehose {
    pub ingested: Price<Gb>,
    pub decompressed: Price<Gb>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub standard: Price<GbMonth>,
    pub infrequent_access: Price<GbMonth>,
    pub glacier_instant: Price<GbMonth>,
    pub deep_archive: Price<GbMonth>,
    pub puts: Price<Thousand>,
    pub to_infrequent_access: Price<Thousand>,
    pub to_glacier_instant: Price<Thousand>,
    pub to_deep_archive: Price<Thousand>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opensearch {
    pub gp3: Price<GbMonth>,
    pub instance: BTreeMap<String, Price<Hour>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Influxdb {
    pub storage: Price<GbMonth>,
    pub instance: BTreeMap<String, Price<Hour>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveAnalytics {
    pub writes: Price<Million>,
    pub memory: Price<GbHour>,
    pub magnetic: Price<GbMonth>,
}

/// Where figures are from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// In words.
    pub text: String,
    /// The figure should be compared with AWS's page before one relies on it.
    pub check: bool,
}

/// A price file, and the prices of one region.
#[derive(Debug)]
pub struct PriceList {
    /// The day that the prices are of, `YYYY-MM-DD`.
    pub as_of: String,
    /// The region.
    pub region: String,
    /// The prices.
    pub prices: Prices,
    /// Where figures are from, by the name that prices have for it.
    pub sources: BTreeMap<String, Source>,
}

/// The prices cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// Another region than those of the file.
    #[error(
        "no prices of region `{asked}` are known; known are {known}: take the one that is nearest in price, or add its prices to cli/src/cost/prices.toml"
    )]
    Region {
        /// The region that was asked for.
        asked: String,
        /// All that are known.
        known: String,
    },
    /// The file is wrong.
    #[error("the price file: {0}")]
    File(String),
}

/// The parts of the file that are not prices.
#[derive(Deserialize)]
struct Head {
    as_of: String,
    regions: Vec<String>,
    source: BTreeMap<String, Source>,
}

impl PriceList {
    /// Of the file that ships with the program.
    pub fn of(region: &str) -> Result<Self, PricesError> {
        Self::read(FILE, region)
    }

    /// Of the text of a price file.
    pub fn read(text: &str, region: &str) -> Result<Self, PricesError> {
        let wrong = |error: toml::de::Error| PricesError::File(error.to_string());
        let mut table: Table = text.parse().map_err(wrong)?;
        let head: Head = Value::Table(table.clone()).try_into().map_err(wrong)?;
        if !head.regions.iter().any(|known| known == region) {
            return Err(PricesError::Region { asked: region.into(), known: head.regions.join(", ") });
        }
        for key in ["as_of", "regions", "source"] {
            table.remove(key);
        }
        keep_region(&mut table, region, &head).map_err(PricesError::File)?;
        let prices = Value::Table(table).try_into().map_err(wrong)?;
        Ok(Self { as_of: head.as_of, region: region.into(), prices, sources: head.source })
    }

    /// Does the figure stand to be checked?
    pub fn to_check(&self, from: &str) -> bool {
        self.sources.get(from).is_none_or(|source| source.check)
    }
}

/// Puts the figure of the region in the place of those of all regions, in each price, which is a table with a unit.
fn keep_region(table: &mut Table, region: &str, head: &Head) -> Result<(), String> {
    for (name, value) in table.iter_mut() {
        let Value::Table(inner) = value else {
            return Err(format!("`{name}` is neither a price nor a table of them"));
        };
        if !inner.contains_key("unit") {
            keep_region(inner, region, head)?;
            continue;
        }
        let mut figure = None;
        for known in &head.regions {
            match inner.remove(known) {
                Some(Value::Table(of_region)) if known == region => figure = Some(of_region),
                Some(Value::Table(_)) => {}
                _ => return Err(format!("`{name}` has no price of {known}")),
            }
        }
        let figure = figure.unwrap_or_default();
        let from = figure.get("from").and_then(Value::as_str).unwrap_or_default();
        if !head.source.contains_key(from) {
            return Err(format!("`{name}`: there is no [source.{from}]"));
        }
        inner.extend(figure);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_complete_in_every_region() {
        for region in ["us-east-1", "eu-central-1"] {
            let list = PriceList::of(region).unwrap();
            assert_eq!(list.region, region);
            assert!(list.as_of.len() == 10 && list.as_of.starts_with("20"));
        }
        let used: Vec<&str> =
            FILE.split("from = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        // `page` waits for whoever reads the pages.
        let sources = PriceList::of("us-east-1").unwrap().sources;
        for name in sources.keys().filter(|name| *name != "page") {
            assert!(used.contains(&name.as_str()), "no figure is from {name}");
        }
    }

    #[test]
    fn a_region_that_is_not_there_is_told_with_those_that_are() {
        let told = PriceList::of("eu-west-9").unwrap_err().to_string();
        assert!(told.contains("eu-west-9") && told.contains("us-east-1, eu-central-1"), "{told}");
    }

    #[test]
    fn what_is_wrong_in_the_file_is_told() {
        let wrong = |from: &str, to: &str| {
            assert!(FILE.contains(from), "{from}");
            PriceList::read(&FILE.replacen(from, to, 1), "us-east-1").unwrap_err().to_string()
        };
        // A figure less, a price too many, one missing, another unit, no number, an unknown source.
        let told = wrong("eu-central-1 = { usd = \"0.048\", from = \"memory\" }\n", "");
        assert!(told.contains("`stream_hour` has no price of eu-central-1"), "{told}");
        let told = wrong("[kinesis.stream_hour]", "[kinesis.streams_hour]");
        assert!(told.contains("streams_hour"), "{told}");
        let told = wrong("unit = \"hour\"", "unit = \"month\"");
        assert!(told.contains("priced by the month, the sums take it by the hour"), "{told}");
        let told = wrong("usd = \"0.04\"", "usd = \"0,04\"");
        assert!(told.contains("0,04"), "{told}");
        let told = wrong("from = \"infracost\"", "from = \"hearsay\"");
        assert!(told.contains("[source.hearsay]"), "{told}");
    }
}
