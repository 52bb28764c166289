//! The documents beside the code say what the code does.

use super::*;
use catchwater_consumer_core::sample;
use catchwater_consumer_timestream::{encode, existing};

#[test]
fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
    sample::check::<Config>(include_str!("../../README.md"), include_str!("../../sample.toml"));
}

#[test]
fn the_readme_names_all_dimensions() {
    let readme = include_str!("../../README.md");
    for (name, field) in encode::DIMENSIONS.iter().chain(&existing::DIMENSIONS) {
        let row = format!("| `{name}` | `{}` |", field.info().path);
        assert!(readme.contains(&row), "{row}");
    }
}
