//! The documents beside the code say what the code does.

use catchwater_consumer_loki::encode::{LABELS, METADATA};

#[test]
fn the_readme_names_all_labels_and_metadata() {
    let readme = include_str!("../../README.md");
    for (name, _) in LABELS.iter().chain(&METADATA) {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}
