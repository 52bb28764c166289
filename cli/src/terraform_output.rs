//! A deployed pipeline's configuration, out of `terraform output -json`.
//!
//! The root module's output `catchwater` is an object; what is read of it here is `configuration`, the TOML that the functions
//! read, and `region`. Others may stand beside them, and other outputs beside it.

use serde::Deserialize;
use serde_json::Value;

/// What the output `catchwater` holds, as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Deployed {
    /// The configuration that the functions read, TOML.
    pub configuration: String,
    /// The AWS region of the pipeline.
    pub region: Option<String>,
}

/// JSON that holds no deployed pipeline's configuration.
#[derive(Debug, thiserror::Error)]
pub enum TerraformOutputError {
    /// It begins as JSON and is none.
    #[error("begins as JSON but is none ({0}); write it anew: terraform output -json > FILE")]
    Json(#[source] serde_json::Error),
    /// Terraform knows no outputs there.
    #[error(
        "has no outputs at all; run `terraform apply` first, and `terraform output -json` in the folder of the root module"
    )]
    Empty,
    /// There are others only.
    #[error(
        "has no output `catchwater`, only {0}; where the module is a part of yours, add: output \"catchwater\" {{ value = module.catchwater.catchwater }}"
    )]
    Other(String),
    /// The output is of another shape.
    #[error(
        "the output `catchwater` lacks what this program reads ({0}); are module and program of one version?"
    )]
    Shape(#[source] serde_json::Error),
}

/// Is this text JSON, and so what Terraform wrote? No TOML begins with a brace.
pub fn is_of_terraform(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads what `terraform output -json` wrote, or `terraform output -json catchwater`.
pub fn read(text: &str) -> Result<Deployed, TerraformOutputError> {
    let all: Value = serde_json::from_str(text).map_err(TerraformOutputError::Json)?;
    let outputs = all.as_object().filter(|outputs| !outputs.is_empty()).ok_or(TerraformOutputError::Empty)?;
    // All outputs: each has its value under `value`. One output: the value alone.
    let found = match outputs.get("catchwater").and_then(|output| output.get("value")) {
        Some(value) => value,
        None if outputs.contains_key("configuration") => &all,
        None => {
            let names = outputs.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>();
            return Err(TerraformOutputError::Other(names.join(", ")));
        }
    };
    Deployed::deserialize(found).map_err(TerraformOutputError::Shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "[sink.elasticsearch]\nurl = \"https://search.example.org\"\n";

    fn value() -> Value {
        serde_json::json!({
            "configuration": CONFIGURATION, "region": "eu-central-1", "streams": {"raw": "logs-raw", "events": "logs-events"},
        })
    }

    #[test]
    fn all_outputs_and_the_one_alone_are_read() {
        let of_all = serde_json::json!({
            "catchwater": {"sensitive": true, "type": ["object", {}], "value": value()},
            "dashboard": {"sensitive": false, "type": "string", "value": "https://example.org"},
        });
        let deployed = Deployed { configuration: CONFIGURATION.into(), region: Some("eu-central-1".into()) };
        for text in [of_all.to_string(), value().to_string(), format!("\n  {}", value())] {
            assert!(is_of_terraform(&text));
            assert_eq!(read(&text).unwrap(), deployed);
        }
        assert!(!is_of_terraform(CONFIGURATION));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        for (text, told) in [
            ("{}", "terraform apply"),
            ("{\"catchwater\": {", "terraform output -json > FILE"),
            ("{\"vpc\": {\"value\": 1}}", "only `vpc`"),
            ("{\"catchwater\": {\"value\": {\"region\": \"r\"}}}", "missing field `configuration`"),
            ("{\"catchwater\": {\"value\": null}}", "of one version?"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }
}
