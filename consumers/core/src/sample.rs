//! A test of all sinks: the page and the sample beside the code say what the code does.

use crate::sink::Named;
use catchwater_schemas::config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Checks that `readme` shows `sample` as it is, and that the sample is a configuration that this sink's section alone stands
/// in, with each key that there is, at its default; panics with what differs.
pub fn check<C: Named + Default + PartialEq + Debug>(readme: &str, sample: &str) {
    assert!(readme.contains(&format!("```toml\n{sample}```\n")), "README.md must show sample.toml as it is");
    let sections = config::parse::<BTreeMap<String, Value>>(sample).map(|config| config.sink);
    let sections = sections.unwrap_or_else(|wrong| panic!("sample.toml: {wrong}"));
    assert_eq!(sections.keys().collect::<Vec<_>>(), [C::NAME], "the sink's section alone");
    let section = serde_json::from_value::<C>(sections[C::NAME].clone());
    let section = section.unwrap_or_else(|wrong| panic!("sample.toml: {wrong}"));
    assert_eq!(section, C::default(), "sample.toml shows the defaults");
    let default = serde_json::to_value(C::default()).unwrap_or_default();
    for key in default.as_object().into_iter().flatten().map(|(key, _)| key) {
        assert!(sample.contains(&format!("{key} = ")), "{key} is not in sample.toml");
    }
}
