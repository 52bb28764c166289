//! The documents beside the code say what the code does.

use super::*;
use catchwater_consumer_timestream::{encode, existing};

#[test]
fn the_readme_shows_the_sample_and_the_sample_is_the_default() {
    let (readme, sample) = (include_str!("../../README.md"), include_str!("../../sample.toml"));
    assert!(readme.contains(&format!("```toml\n{sample}```\n")), "README.md must show sample.toml as it is");
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sinks {
        timestream: Config,
    }
    let config: catchwater_schemas::config::Config<Sinks> =
        catchwater_schemas::config::parse(sample).unwrap();
    assert_eq!(config.sink.timestream, Config::default());
    for key in serde_json::to_value(Config::default()).unwrap().as_object().unwrap().keys() {
        assert!(sample.contains(&format!("{key} = ")), "{key} is not in sample.toml");
    }
}

#[test]
fn the_readme_names_all_dimensions() {
    let readme = include_str!("../../README.md");
    for (name, field) in encode::DIMENSIONS.iter().chain(&existing::DIMENSIONS) {
        let row = format!("| `{name}` | `{}` |", field.info().path);
        assert!(readme.contains(&row), "{row}");
    }
}
