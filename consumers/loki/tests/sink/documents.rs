//! The documents beside the code say what the code does.

use super::*;
use catchwater_consumer_core::sample;
use catchwater_consumer_loki::encode::{LABELS, METADATA};

#[test]
fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
    sample::check::<Config>(include_str!("../../README.md"), include_str!("../../sample.toml"));
}

#[test]
fn the_readme_names_all_labels_and_metadata() {
    let readme = include_str!("../../README.md");
    for (name, _) in LABELS.iter().chain(&METADATA) {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
