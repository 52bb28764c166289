//! Makes the server ready: an index template and, where events are kept for a time, the policy that deletes old indices.
//! Doing it again changes nothing, or brings it up to date.

use crate::config::Config;
use crate::server::{Product, Server};
use crate::{policy, template};
use catchwater_consumer_core::http::{Client, Failure, Request};
use serde_json::{Value, json};

const JSON: &str = "application/json";
/// Most characters of what the server said that are told.
const SAID_CHARACTERS: usize = 300;

/// One thing that is put on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is, for people.
    pub what: &'static str,
    /// Where it goes: `PUT` there.
    pub path: String,
    /// What goes there.
    pub body: Value,
}

/// Why the server is not ready.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A call failed.
    #[error("{doing}: {failure}{hint}")]
    Failed {
        /// What was being done.
        doing: String,
        /// How it failed.
        failure: Failure,
        /// What to do.
        hint: String,
    },
    /// Rights are missing; nothing was changed.
    #[error("who we are lacks rights on the server, so nothing was changed: {0}")]
    Rights(String),
    /// Neither of the two servers.
    #[error("the server is neither Elasticsearch nor OpenSearch; is `url` its address?")]
    Unknown,
}

/// What the server said is told: nothing was sent but settings.
fn failed(doing: &str, failure: Failure) -> SetupError {
    let said = failure.excerpt();
    let hint = match failure.status() {
        Some(401) => "; check the user and password, or the API key".into(),
        Some(403) => "; who we are has not the right to do it (see the sink's page)".into(),
        Some(_) if said.contains("no handler found") => {
            "; this build of the server does not have that".into()
        }
        Some(_) => format!(": {}", said.chars().take(SAID_CHARACTERS).collect::<String>()),
        None => String::new(),
    };
    SetupError::Failed { doing: doing.into(), failure, hint }
}

/// Which server it is.
pub async fn server(client: &Client) -> Result<Server, SetupError> {
    let server = Server::ask(client).await.map_err(|f| failed("asking the server what it is", f))?;
    server.ok_or(SetupError::Unknown)
}

/// All that is put on a server, in order: the policy before the template that names it.
pub fn steps(config: &Config, product: Product) -> Vec<Step> {
    let name = policy::name(config);
    let mut steps = Vec::new();
    if let Some(days) = config.retention_days {
        let (what, path, body) = match product {
            Product::Elasticsearch => ("lifecycle policy", format!("/_ilm/policy/{name}"), policy::ilm(days)),
            Product::OpenSearch => {
                ("state policy", format!("/_plugins/_ism/policies/{name}"), policy::ism(config, days))
            }
        };
        steps.push(Step { what, path, body });
    }
    let named = (product == Product::Elasticsearch && config.retention_days.is_some()).then_some(&*name);
    let body = template::index_template(config, product, named);
    steps.push(Step {
        what: "index template",
        path: format!("/_index_template/{}", config.index_prefix),
        body,
    });
    steps
}

/// Checks that all of it may be done, and that we may write afterwards. Elasticsearch is asked for each right; a
/// server without security, and OpenSearch, which cannot be asked, are passed: they tell when a step is taken.
pub async fn check_rights(client: &Client, config: &Config, product: Product) -> Result<(), SetupError> {
    if product == Product::OpenSearch {
        return Ok(());
    }
    let mut cluster = vec!["monitor", "manage_index_templates"];
    cluster.extend(config.retention_days.map(|_| "manage_ilm"));
    let index = json!([{
        "names": template::index_patterns(config),
        "privileges": ["index", "auto_configure", "view_index_metadata"],
    }]);
    let body = json!({ "cluster": cluster, "index": index }).to_string();
    let doing = "asking for our rights";
    let request = Request::post("/_security/user/_has_privileges", JSON, body);
    let answer = client.send(request).await.map_err(|f| failed(doing, f))?;
    if matches!(answer.status, 400 | 404 | 405 | 500) {
        return Ok(());
    }
    let body = answer.into_success().map_err(|f| failed(doing, f))?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let lacking = lacking(&answer);
    if lacking.is_empty() { Ok(()) } else { Err(SetupError::Rights(lacking.join(", "))) }
}

/// The rights that the server's answer says we have not.
fn lacking(answer: &Value) -> Vec<String> {
    let missing = |rights: &Value| -> Vec<String> {
        let rights = rights.as_object().into_iter().flatten();
        rights.filter(|(_, has)| **has != json!(true)).map(|(right, _)| right.clone()).collect()
    };
    let mut lacking = missing(&answer["cluster"]);
    for (pattern, rights) in answer["index"].as_object().into_iter().flatten() {
        lacking.extend(missing(rights).into_iter().map(|right| format!("{right} on {pattern}")));
    }
    lacking
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was put there, new or in place of another.
    Put,
    /// It lay there already.
    WasThere,
}

/// Takes a step.
pub async fn take(client: &Client, step: &Step) -> Result<Done, SetupError> {
    let fail = |failure| failed(&format!("putting the {}", step.what), failure);
    let held = client.send(Request::get(step.path.as_str())).await.map_err(fail)?;
    let held: Value = match held.status {
        200 => serde_json::from_slice(&held.body).unwrap_or_default(),
        _ => Value::Null,
    };
    let mut path = step.path.clone();
    if step.what == "state policy" && !held.is_null() {
        if holds(&held["policy"], &step.body["policy"]) {
            return Ok(Done::WasThere);
        }
        // OpenSearch replaces a policy only for who says which one he has seen.
        path = format!("{path}?if_seq_no={}&if_primary_term={}", held["_seq_no"], held["_primary_term"]);
    }
    let request = Request::put(path, JSON, step.body.to_string());
    client.send(request).await.map_err(fail)?.into_success().map_err(fail)?;
    Ok(Done::Put)
}

/// Does what the server holds have all that we want? It adds values of its own.
fn holds(held: &Value, wanted: &Value) -> bool {
    match (held, wanted) {
        (Value::Object(held), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| held.get(key).is_some_and(|h| holds(h, value)))
        }
        (Value::Array(held), Value::Array(wanted)) => {
            held.len() == wanted.len() && held.iter().zip(wanted).all(|(h, w)| holds(h, w))
        }
        _ => held == wanted,
    }
}
