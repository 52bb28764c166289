//! Which keys each sink's section has, for Terraform: it refuses an unknown one when it plans, not when the function starts. They
//! are those of `consumers/<sink>/sample.toml`, which a test of each sink holds against its type.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Where the module `consumer` reads them.
pub const FILE: &str = "terraform/modules/consumer/settings.json";

/// The file's text: a list of keys a sink, of all sinks that are Lambda functions.
pub fn text(root: &Path) -> Result<String> {
    let mut sinks = BTreeMap::new();
    for entry in std::fs::read_dir(root.join("functions/src/bin"))? {
        let name = entry?.file_name();
        let Some(sink) = name.to_str().and_then(|n| n.strip_prefix("to-")?.strip_suffix(".rs")) else {
            continue;
        };
        let sample = root.join("consumers").join(sink).join("sample.toml");
        let sample = std::fs::read_to_string(&sample).with_context(|| sample.display().to_string())?;
        sinks.insert(sink.to_string(), keys(&sample));
    }
    Ok(serde_json::to_string_pretty(&sinks)? + "\n")
}

/// The keys of a sample, also those that stand in it as comments, in order.
fn keys(sample: &str) -> Vec<String> {
    let key = |line: &str| {
        let (key, _) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
        let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        is_key.then(|| key.to_string())
    };
    let mut keys: Vec<String> = sample.lines().filter_map(key).collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_in_a_sample_with_and_without_a_mark() {
        let sample = "[sink.one]\n# The server; a = b.\nurl = \"http://x\"\n# user = \"me\"\ngzip = true\n";
        assert_eq!(keys(sample), ["gzip", "url", "user"]);
    }

    #[test]
    fn each_function_of_a_sink_is_there_with_its_keys() {
        let text = text(&crate::root()).expect("a text");
        let sinks: BTreeMap<String, Vec<String>> = serde_json::from_str(&text).expect("JSON");
        assert!(sinks["timestream"].iter().any(|key| key == "database"), "{sinks:?}");
        assert!(!sinks.contains_key("sqlite") && sinks.values().all(|keys| keys.len() > 3), "{sinks:?}");
    }
}
