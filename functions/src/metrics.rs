//! What an invocation did, as metrics: CloudWatch's embedded metric format, lines of JSON in the function's log of which
//! CloudWatch makes metrics by itself, without a call and without a right
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//!
//! Counts cover the records that were settled and no other, so that what comes again is not counted twice.

use catchwater_schemas::account::Account;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The metrics' namespace.
pub const NAMESPACE: &str = "catchwater";
/// Most values of one metric in a line (specification).
const MOST_VALUES: usize = 100;

/// What an invocation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Counts of what was settled.
    pub account: Account,
    /// Bytes of the payload.
    pub bytes: u64,
    /// Age of the oldest record when the invocation ended, milliseconds.
    pub oldest_millis: Option<u64>,
    /// Records that come again.
    pub unsettled: u64,
    /// Time of each write to the sink, milliseconds.
    pub sink_millis: Vec<u64>,
    /// Time of the invocation, milliseconds.
    pub millis: u64,
    /// The most memory that the function has had, bytes, where the system tells.
    pub peak_bytes: Option<u64>,
    /// Time from the process's start to its first invocation, milliseconds; only with the first.
    pub cold_start_millis: Option<u64>,
}

impl Measured {
    /// The lines, without their ends: one of all counts, and one for each reason for which an event ended elsewhere.
    pub fn lines(&self, function: &str, now_millis: i64) -> Vec<String> {
        let account = &self.account;
        let mut all: Vec<(&str, &str, Value)> = vec![
            ("Records", "Count", account.records.into()),
            ("LogEvents", "Count", account.taken.into()),
            ("Events", "Count", account.delivered.into()),
            ("Duplicates", "Count", account.duplicates.into()),
            ("Joined", "Count", account.joined.into()),
            ("Filtered", "Count", Account::total(&account.filtered).into()),
            ("DeadLetters", "Count", Account::total(&account.dead).into()),
            ("Unparsed", "Count", Account::total(&account.unparsed).into()),
            ("RecordsToComeAgain", "Count", self.unsettled.into()),
            ("PayloadBytes", "Bytes", self.bytes.into()),
            ("InvocationTime", "Milliseconds", self.millis.into()),
        ];
        let optional = [
            ("OldestRecordAge", "Milliseconds", self.oldest_millis),
            ("PeakMemory", "Bytes", self.peak_bytes),
            ("ColdStartTime", "Milliseconds", self.cold_start_millis),
        ];
        all.extend(optional.into_iter().filter_map(|(name, unit, value)| Some((name, unit, value?.into()))));
        if !self.sink_millis.is_empty() {
            all.push(("SinkWriteTime", "Milliseconds", thinned(&self.sink_millis).into()));
        }
        let mut lines = vec![line(now_millis, &[("Function", function)], &all)];
        for (name, reasons) in [
            ("FilteredByReason", &account.filtered),
            ("DeadLettersByReason", &account.dead),
            ("UnparsedByReason", &account.unparsed),
        ] {
            lines.extend(by_reason(now_millis, function, name, reasons));
        }
        lines
    }
}

/// A metric with the reason as a dimension.
fn by_reason<'a>(
    now_millis: i64,
    function: &'a str,
    name: &'a str,
    reasons: &'a BTreeMap<String, u64>,
) -> impl Iterator<Item = String> + 'a {
    reasons.iter().map(move |(reason, count)| {
        line(now_millis, &[("Function", function), ("Reason", reason)], &[(name, "Count", (*count).into())])
    })
}

fn line(now_millis: i64, dimensions: &[(&str, &str)], metrics: &[(&str, &str, Value)]) -> String {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let units: Vec<Value> =
        metrics.iter().map(|(name, unit, _)| json!({ "Name": name, "Unit": unit })).collect();
    let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": units });
    let mut root = Map::new();
    root.insert("_aws".into(), json!({ "Timestamp": now_millis, "CloudWatchMetrics": [directive] }));
    root.extend(dimensions.iter().map(|(name, value)| (name.to_string(), Value::from(*value))));
    root.extend(metrics.iter().map(|(name, _, value)| (name.to_string(), value.clone())));
    Value::Object(root).to_string()
}

/// At most as many values as a line may have: beyond them, of each stretch the longest, so that no slow write is hidden.
fn thinned(values: &[u64]) -> Vec<u64> {
    let stretch = values.len().div_ceil(MOST_VALUES).max(1);
    values.chunks(stretch).filter_map(|stretch| stretch.iter().max().copied()).collect()
}

/// The most memory that this process has had in RAM, bytes: Linux's `VmHWM` (proc_pid_status(5)).
pub fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// Time since this process began, milliseconds: Linux's `starttime` (proc_pid_stat(5)), in ticks of 1/100 s since boot.
pub fn process_age_millis() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name stands in brackets and may hold spaces; field 22 is the 20th behind it.
    let ticks: u64 = stat.rsplit_once(") ")?.1.split(' ').nth(19)?.parse().ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split(' ').next()?.parse().ok()?;
    Some(((uptime * 1000.0) as u64).saturating_sub(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_all_counts_and_one_for_each_reason() {
        let mut account = Account { records: 2, taken: 10, delivered: 7, ..Account::default() };
        account.dead.insert("gzip_crc".into(), 1);
        account.filtered.insert("control_message".into(), 2);
        let measured = Measured {
            account,
            bytes: 4_096,
            oldest_millis: Some(1_500),
            sink_millis: vec![12, 30],
            peak_bytes: Some(40 << 20),
            ..Measured::default()
        };
        let lines = measured.lines("transform", 1_790_000_000_000);
        let parsed: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(parsed.len(), 3, "{lines:#?}");
        let all = &parsed[0];
        assert_eq!(all["_aws"]["Timestamp"], 1_790_000_000_000i64);
        let directive = &all["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&directive["Namespace"], &directive["Dimensions"]),
            (&json!("catchwater"), &json!([["Function"]]))
        );
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap();
            assert!(all[name].is_number() || all[name].is_array(), "{name} has no value");
        }
        assert_eq!(
            (&all["DeadLetters"], &all["Filtered"], &all["Events"]),
            (&json!(1), &json!(2), &json!(7))
        );
        assert_eq!(all["SinkWriteTime"], json!([12, 30]));
        assert!(all.get("ColdStartTime").is_none());
        assert_eq!(
            (&parsed[1]["Reason"], &parsed[1]["FilteredByReason"]),
            (&json!("control_message"), &json!(2))
        );
        assert_eq!(
            (&parsed[2]["Reason"], &parsed[2]["DeadLettersByReason"]),
            (&json!("gzip_crc"), &json!(1))
        );
    }

    #[test]
    fn no_slow_write_is_hidden_by_thinning() {
        let mut times = vec![1; 1_000];
        times[777] = 9_000;
        let thinned = thinned(&times);
        assert!(thinned.len() <= MOST_VALUES && thinned.contains(&9_000));
    }

    #[test]
    fn the_system_tells_memory_and_age() {
        assert!(peak_bytes().is_some_and(|bytes| bytes > 1 << 20));
        let age = process_age_millis().unwrap();
        assert!(age < 600_000, "{age}");
    }
}
