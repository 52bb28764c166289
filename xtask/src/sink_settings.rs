//! Which keys each sink's section has, and of what kind their values are, for Terraform: it refuses what is wrong when it plans, not
//! when the function starts. They are those of `consumers/<sink>/sample.toml`, which a test of each sink holds against its type.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the module `consumer` reads them.
pub const FILE: &str = "terraform/modules/consumer/settings.json";

/// The file's text: keys with their kinds a sink, of all sinks that are Lambda functions.
pub fn text(root: &Path) -> Result<String> {
    let mut sinks = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("functions/src/bin"))? {
        let name = entry?.file_name();
        let Some(sink) = name.to_str().and_then(|n| n.strip_prefix("to-")?.strip_suffix(".rs")) else {
            continue;
        };
        let sample = root.join("consumers").join(sink).join("sample.toml");
        let sample = std::fs::read_to_string(&sample).with_context(|| sample.display().to_string())?;
        sinks.insert(sink.to_string(), keys(&sample).with_context(|| format!("the sample of {sink}"))?);
    }
    Ok(serde_json::to_string_pretty(&sinks)? + "\n")
}

/// The keys of a sample, also those that stand in it as comments, each with the kind of its value.
fn keys(sample: &str) -> Result<BTreeMap<String, &'static str>> {
    let key = |line: &str| {
        let (key, value) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
        let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_key.then(|| Ok((key.to_string(), kind(value).with_context(|| format!("{key} = {value}"))?)))
    };
    sample.lines().filter_map(key).collect()
}

/// What Terraform calls a value of TOML.
fn kind(value: &str) -> Result<&'static str> {
    Ok(match value.as_bytes() {
        [b'"', ..] => "text",
        [b'[', ..] => "list",
        b"true" | b"false" => "truth value",
        [b'0'..=b'9', ..] => "number",
        _ => bail!("of no kind that Terraform's module knows"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_a_sample_with_and_without_a_mark() {
        let sample = "[sink.one]\n# The server; a = b.\nurl = \"http://x\"\n# user = \"me\"\ngzip = true\ndays = 2_000\n# kinds = [\"log\"]\n";
        let expected = [
            ("days", "number"),
            ("gzip", "truth value"),
            ("kinds", "list"),
            ("url", "text"),
            ("user", "text"),
        ];
        let keys = keys(sample).expect("keys");
        assert_eq!(keys.iter().map(|(key, kind)| (key.as_str(), *kind)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_value_of_another_kind_is_told() {
        let error = format!("{:#}", keys("of = { a = 1 }\n").expect_err("an error"));
        assert_eq!(error, "of = { a = 1 }: of no kind that Terraform's module knows");
    }

    #[test]
    fn each_function_of_a_sink_is_there_with_its_keys() {
        let text = text(&crate::root()).expect("a text");
        let sinks: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&text).expect("JSON");
        assert!(sinks["timestream"]["database"] == "text", "{sinks:?}");
        assert!(!sinks.contains_key("sqlite") && sinks.values().all(|keys| keys.len() > 3), "{sinks:?}");
    }
}
