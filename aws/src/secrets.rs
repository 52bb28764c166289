//! Secrets by name from Secrets Manager and the Systems Manager's Parameter Store, fetched once at a function's start.
//!
//! - <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
//! - <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use crate::service::{JSON, Name, NoService, Service};
use aws_config::SdkConfig;
use catchwater_consumer_core::http::secrets::Secrets;
use catchwater_consumer_core::http::{Request, Secret};
use catchwater_consumer_core::world::Clock;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Time for one call.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where a secret lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    store: Store,
    /// Name or ARN.
    id: String,
    /// Key of the value, where the secret is a JSON object.
    key: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    SecretsManager,
    ParameterStore,
}

/// The text names no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "names no secret: give the ARN of a secret or of a parameter, `secretsmanager:NAME` or `ssm:NAME`, with `#KEY` \
     behind it where the secret is a JSON object"
)]
pub struct NoReference;

impl Reference {
    /// Reads an ARN of either service, `secretsmanager:NAME` or `ssm:NAME`; `#KEY` behind it takes one value of a JSON
    /// object.
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        let (id, key) = match text.split_once('#') {
            Some((id, key)) => (id, Some(key.to_string())),
            None => (text, None),
        };
        let service = id.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(1));
        let (store, id) = match (service, id.split_once(':')) {
            (Some("secretsmanager"), _) => (Store::SecretsManager, id),
            (Some("ssm"), _) => (Store::ParameterStore, id),
            (None, Some(("secretsmanager", name))) => (Store::SecretsManager, name),
            (None, Some(("ssm", name))) => (Store::ParameterStore, name),
            _ => return Err(NoReference),
        };
        if id.is_empty() || key.as_deref() == Some("") {
            return Err(NoReference);
        }
        Ok(Self { store, id: id.to_string(), key })
    }
}

/// A secret could not be fetched; names the variable, never the secret.
#[derive(Debug, thiserror::Error)]
#[error("the secret `{name}` cannot be fetched: {cause}")]
pub struct NotFetched {
    name: String,
    cause: String,
}

/// Secrets that were fetched, by the names that the configuration has for them.
pub struct Fetched {
    secrets: BTreeMap<String, Secret>,
    prefix: &'static str,
}

impl Secrets for Fetched {
    fn get(&self, name: &str) -> Option<Secret> {
        self.secrets.get(name).cloned()
    }

    fn remedy(&self, name: &str) -> String {
        format!("set `{}{name}` to the ARN of the secret or parameter", self.prefix)
    }
}

/// Fetches the secrets that these references lead to, by name. `prefix` is what stands before the names in the environment.
pub async fn fetch(
    config: &SdkConfig,
    clock: &Arc<dyn Clock>,
    prefix: &'static str,
    references: Vec<(String, String)>,
) -> Result<Fetched, NotFetched> {
    let mut secrets = BTreeMap::new();
    for (name, text) in references {
        let wrong = |cause: String| NotFetched { name: name.clone(), cause };
        let reference = Reference::parse(&text).map_err(|e| wrong(format!("`{prefix}{name}` {e}")))?;
        let value = value(config, clock, &reference).await.map_err(wrong)?;
        secrets.insert(name, value);
    }
    Ok(Fetched { secrets, prefix })
}

async fn value(config: &SdkConfig, clock: &Arc<dyn Clock>, reference: &Reference) -> Result<Secret, String> {
    let (service, target, body) = match reference.store {
        Store::SecretsManager => (
            Name { signing: "secretsmanager", variable: "SECRETS_MANAGER" },
            "secretsmanager.GetSecretValue",
            serde_json::json!({ "SecretId": reference.id }),
        ),
        Store::ParameterStore => (
            Name { signing: "ssm", variable: "SSM" },
            "AmazonSSM.GetParameter",
            serde_json::json!({ "Name": reference.id, "WithDecryption": true }),
        ),
    };
    let service = Service::new(config, service, clock.clone(), |settings| {
        settings.timeout = TIMEOUT;
        settings.headers.push(("X-Amz-Target".into(), Secret::new(target)));
    });
    let service = service.map_err(|e: NoService| e.to_string())?;
    let request = Request::post("/", JSON, body.to_string());
    let answer = service.call_again(request).await.map_err(|e| e.to_string())?;
    if answer.status != 200 {
        return Err(refusal(answer.status, &answer.body));
    }
    let text = match reference.store {
        Store::SecretsManager => serde_json::from_slice::<SecretValue>(&answer.body).map(|a| a.secret_string),
        Store::ParameterStore => {
            serde_json::from_slice::<GotParameter>(&answer.body).map(|a| a.parameter.value)
        }
    };
    // The error of the parser quotes nothing of the text, but the answer is a secret: none of it is told.
    let text =
        text.map_err(|_| "the answer has no text value (a binary secret cannot be used)".to_string())?;
    let text = match &reference.key {
        None => text,
        Some(key) => value_of(&text, key)?,
    };
    Secret::of(&text).ok_or_else(|| "it is empty".to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GotParameter {
    parameter: Parameter,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    value: String,
}

/// The value of a key of the JSON object that the secret is.
fn value_of(text: &str, key: &str) -> Result<String, String> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(text).map_err(|_| format!("it is no JSON object, so it has no key `{key}`"))?;
    match object.get(key) {
        Some(serde_json::Value::String(value)) => Ok(value.clone()),
        Some(serde_json::Value::Number(value)) => Ok(value.to_string()),
        Some(_) => Err(format!("its key `{key}` is no text")),
        None => Err(format!("it has no key `{key}`")),
    }
}

/// What AWS's JSON services say of a refusal: `__type` and a message that quotes no secret.
fn refusal(status: u16, body: &[u8]) -> String {
    let object: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| object.get(name).and_then(|v| v.as_str()).map(String::from);
    let code = text("__type").unwrap_or_else(|| format!("HTTP {status}"));
    let code = code.rsplit('#').next().unwrap_or_default();
    let message = text("message").or_else(|| text("Message")).unwrap_or_default();
    format!("{code}: {message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_arns_or_names_with_a_key() {
        let of = |text: &str| Reference::parse(text).map(|r| (r.store, r.id, r.key));
        let (sm, ps) = (Store::SecretsManager, Store::ParameterStore);
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:es-AbCdEf";
        assert_eq!(of(arn), Ok((sm, arn.into(), None)));
        assert_eq!(of(&format!("{arn}#password")), Ok((sm, arn.into(), Some("password".into()))));
        let arn = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/catchwater/es";
        assert_eq!(of(arn), Ok((ps, arn.into(), None)));
        assert_eq!(of("ssm:/catchwater/es"), Ok((ps, "/catchwater/es".into(), None)));
        assert_eq!(of("secretsmanager:es#p"), Ok((sm, "es".into(), Some("p".into()))));
        for wrong in ["", "hunter2", "ssm:", "arn:aws:s3:::bucket", "ssm:a#"] {
            assert_eq!(of(wrong), Err(NoReference), "{wrong}");
        }
    }

    #[test]
    fn a_key_takes_one_value_and_no_error_tells_the_secret() {
        let text = r#"{"username":"bob","password":"hunter2","port":9200}"#;
        assert_eq!(value_of(text, "password").unwrap(), "hunter2");
        assert_eq!(value_of(text, "port").unwrap(), "9200");
        for (text, key) in [(text, "pass"), ("hunter2", "password"), (r#"{"a":["hunter2"]}"#, "a")] {
            let error = value_of(text, key).unwrap_err();
            assert!(error.contains(key) && !error.contains("hunter2"), "{error}");
        }
    }
}
