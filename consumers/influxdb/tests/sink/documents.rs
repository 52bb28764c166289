//! The documents beside the code say what the code does.

use super::*;
use catchwater_consumer_core::sample;

#[test]
fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
    sample::check::<Config>(include_str!("../../README.md"), include_str!("../../sample.toml"));
}

#[test]
fn the_readme_names_all_tags() {
    let readme = include_str!("../../README.md");
    for (name, _) in catchwater_consumer_influxdb::encode::TAGS {
        assert!(readme.contains(&format!("| `{name}` |")), "{name}");
    }
}
