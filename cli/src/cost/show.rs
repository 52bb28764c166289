//! The bills as people and programs read them.

use super::demand::Demand;
use super::estimate::Way;
use super::lines::{Bill, Line};
use super::measure::{Measured, ratio};
use super::money::{Decimal, GB, MONTH_SECONDS, grouped, share};
use super::prices::PriceList;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// What no sum has.
pub const LEFT_OUT: [&str; 8] = [
    "data transfer between regions and zones and to the internet, NAT gateways, VPC endpoints",
    "KMS keys and calls, secrets, parameters, SNS messages",
    "asking: OpenSearch dashboards beyond the domain, Athena and S3 reads, LiveAnalytics queries",
    "dead letters, error prefixes of Firehose, retries and replays, backups and snapshots",
    "what stays in CloudWatch Logs beside the pipeline: set the log groups' retention to a day",
    "dedicated masters of OpenSearch, the machines of an Elasticsearch, Loki or InfluxDB of one's own",
    "tiers of volume, Kinesis's On-demand Advantage, savings plans, reserved instances, free tiers",
    "support, taxes, people",
];

/// All that is shown.
pub struct Shown<'s> {
    pub list: &'s PriceList,
    pub demand: &'s Demand,
    pub ways: &'s [Way],
    pub measured: &'s [Measured],
}

impl Shown<'_> {
    /// On a terminal: what comes, the pipeline's bill, and the other ways.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.measured_text(&mut out);
        let _ = writeln!(out, "{}\n", self.load());
        if let Some(way) = self.ways.first() {
            bill_text(&way.bill, self.list, &mut out);
        }
        out.push_str("\nThe same logs, USD a month:\n");
        let width = self.ways.iter().map(|way| way.name.width()).max().unwrap_or_default();
        for way in self.ways {
            let _ = writeln!(out, "  {:<width$}  {:>12}  {}", way.name, way.bill.total(), way.gives);
        }
        out.push_str("\nLeft out:\n");
        LEFT_OUT.iter().for_each(|what| {
            let _ = writeln!(out, "  {what}");
        });
        out.push_str(&self.of_prices());
        out
    }

    fn measured_text(&self, out: &mut String) {
        for file in self.measured {
            let _ = writeln!(
                out,
                "{}: {} bytes, {} log events → {} events of {} bytes; gzip {}:1, zstd {}:1, {} bytes of JSON a byte of log",
                file.name,
                grouped(file.bytes.into()),
                grouped(file.log_events.into()),
                grouped(file.events.into()),
                file.json_bytes / file.events.max(1),
                ratio(file.bytes, file.raw_bytes),
                ratio(file.json_bytes, file.record_bytes),
                ratio(file.json_bytes, file.bytes),
            );
            for (count, what) in
                [(file.unparsed, "came out as plain text"), (file.dead, "became dead letters")]
            {
                if count > 0 {
                    let _ = writeln!(out, "  of them {} {what}", grouped(count.into()));
                }
            }
        }
        if !self.measured.is_empty() {
            out.push('\n');
        }
    }

    /// What comes in a month.
    fn load(&self) -> String {
        let demand = self.demand;
        let gb = |bytes| Decimal::<1>(share(bytes, 10, GB));
        let rate = Decimal::<1>(share(demand.events, 10, MONTH_SECONDS));
        format!(
            "{} in a month: {} GB of logs, {rate} log events a second; raw stream {} GB in {} records, event stream {} GB in {}",
            self.list.region,
            gb(demand.bytes),
            gb(demand.raw.bytes()),
            grouped(demand.raw.records()),
            gb(demand.event.bytes()),
            grouped(demand.event.records()),
        )
    }

    /// Of what day the prices are, and which of those that count should be checked.
    fn of_prices(&self) -> String {
        let lines = self.ways.iter().flat_map(|way| &way.bill.0);
        let used: BTreeSet<(&str, &str)> =
            lines.map(|line| (line.each.as_str(), line.from.as_str())).collect();
        let unsure: BTreeSet<&str> =
            used.iter().map(|(_, from)| *from).filter(|from| self.list.to_check(from)).collect();
        let mut out = format!(
            "\nPrices are list prices of {}, cli/src/cost/prices.toml has each with its page.\n",
            self.list.as_of
        );
        if !unsure.is_empty() {
            out.push_str("Compare those marked * with AWS's page before you rely on them:\n");
            for from in unsure {
                let text = self.list.sources.get(from).map_or(from, |source| source.text.as_str());
                let _ = writeln!(out, "  {from}: {text}");
            }
        }
        out
    }

    /// For programs: money in millionths of a dollar, which are whole numbers.
    pub fn json(&self) -> Value {
        let line = |line: &Line| {
            json!({
                "part": line.part,
                "what": line.what,
                "amount": line.amount,
                "price": line.each,
                "price_from": line.from,
                "price_to_check": self.list.to_check(&line.from),
                "micro_usd": number(line.usd.micros()),
            })
        };
        let ways = self.ways.iter().map(|way| {
            json!({
                "name": way.name,
                "gives": way.gives,
                "micro_usd_a_month": number(way.bill.total().micros()),
                "lines": way.bill.0.iter().map(line).collect::<Vec<_>>(),
            })
        });
        let measured = self.measured.iter().map(|file| {
            json!({
                "file": file.name,
                "bytes": file.bytes,
                "log_events": file.log_events,
                "events": file.events,
                "raw_record_bytes": file.raw_bytes,
                "event_json_bytes": file.json_bytes,
                "event_record_bytes": file.record_bytes,
                "unparsed": file.unparsed,
                "dead": file.dead,
            })
        });
        json!({
            "region": self.list.region,
            "prices_as_of": self.list.as_of,
            "month": {
                "log_bytes": number(self.demand.bytes),
                "log_events": number(self.demand.events),
                "raw_stream_bytes": number(self.demand.raw.bytes()),
                "raw_stream_records": number(self.demand.raw.records()),
                "event_json_bytes": number(self.demand.json_bytes),
                "event_stream_bytes": number(self.demand.event.bytes()),
                "event_stream_records": number(self.demand.event.records()),
            },
            "measured": measured.collect::<Vec<_>>(),
            "ways": ways.collect::<Vec<_>>(),
            "left_out": LEFT_OUT,
        })
    }
}

/// JSON's numbers here end at 64 bits; no month comes near.
fn number(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn bill_text(bill: &Bill, list: &PriceList, out: &mut String) {
    let columns = |line: &Line| {
        let mark = if list.to_check(&line.from) { "*" } else { "" };
        [line.what.clone(), line.amount.clone(), format!("{}{mark}", line.each), line.usd.to_string()]
    };
    let rows: Vec<[String; 4]> = bill.0.iter().map(columns).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let [what, amount, each, usd] = [width(0), width(1), width(2), width(3).max(10)];
    let all = what + amount + each + 9;
    for part in bill.parts() {
        let _ = writeln!(out, "{part:<all$}{:>usd$}", bill.of(part).to_string());
        for (_, row) in bill.0.iter().zip(&rows).filter(|(line, _)| line.part == part) {
            let _ = writeln!(
                out,
                "  {:<what$}  {:>amount$} × {:<each$}  {:>usd$}",
                row[0], row[1], row[2], row[3]
            );
        }
    }
    let _ = writeln!(out, "{:<all$}{:>usd$}", "USD a month", bill.total().to_string());
}

/// For a page: a row a part, a column a load; then the other ways. All bills have the same parts but for those that cost nothing.
pub fn markdown(loads: &[(String, Vec<Way>)]) -> String {
    let mut out = String::from("| USD a month |");
    loads.iter().for_each(|(name, _)| {
        let _ = write!(out, " {name} |");
    });
    out.push_str("\n|---|");
    out.push_str(&"---:|".repeat(loads.len()));
    out.push('\n');
    let mut row = |name: &str, cells: Vec<String>| {
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    };
    let mut parts: Vec<&'static str> = Vec::new();
    for part in loads.iter().filter_map(|(_, ways)| ways.first()).flat_map(|way| way.bill.parts()) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    for part in parts {
        row(
            part,
            loads
                .iter()
                .filter_map(|(_, ways)| ways.first())
                .map(|way| way.bill.of(part).to_string())
                .collect(),
        );
    }
    for (n, way) in loads.first().map(|(_, ways)| ways.as_slice()).unwrap_or_default().iter().enumerate() {
        let totals = loads.iter().filter_map(|(_, ways)| ways.get(n));
        row(&format!("**{}**", way.name), totals.map(|way| format!("**{}**", way.bill.total())).collect());
    }
    out
}
