//! A store that speaks `_bulk` and does what no real one can be made to do at a given moment: it keeps documents by id and
//! external version, as Elasticsearch does, and a script says how each call goes.

use catchwater_consumer_core::http::script::{Reply, ScriptedServer, Seen};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// How one call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Every document is taken.
    Taken,
    /// Of three documents one each is taken, refused for good (400) and put off (429).
    Mixed,
    /// 503, and nothing is taken.
    Down,
    /// Every document is taken, and nobody hears of it: no answer comes.
    Unheard,
}

/// Documents by id: how often each was written anew, and whether it was refused for good.
#[derive(Default)]
pub struct Held {
    pub written: BTreeMap<String, u32>,
    pub refused: BTreeMap<String, u32>,
}

pub struct Store {
    server: ScriptedServer,
    held: Arc<Mutex<Held>>,
}

impl Store {
    /// A store whose n-th call goes as the script says.
    pub async fn start(script: impl Fn(usize) -> Call + Send + Sync + 'static) -> Self {
        let held: Arc<Mutex<Held>> = Arc::default();
        let (documents, calls) = (held.clone(), Mutex::new(0));
        let server = ScriptedServer::start(move |_, seen: &Seen| {
            if !seen.line.contains("_bulk") {
                return Reply::Full(200, Vec::new(), "{}".into());
            }
            let call = {
                let mut calls = calls.lock().unwrap();
                *calls += 1;
                script(*calls - 1)
            };
            if call == Call::Down {
                return Reply::Full(503, Vec::new(), "{}".into());
            }
            let answer = bulk(call, &seen.body, &mut documents.lock().unwrap());
            if call == Call::Unheard { Reply::Silence } else { Reply::Full(200, Vec::new(), answer) }
        });
        Self { server: server.await.unwrap(), held }
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Looks at what it holds.
    pub fn held<T>(&self, look: impl FnOnce(&Held) -> T) -> T {
        look(&self.held.lock().unwrap())
    }
}

fn bulk(call: Call, body: &[u8], held: &mut Held) -> String {
    let lines: Vec<&[u8]> = body.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let mut item = |action: &Value| {
        let id = action["index"]["_id"].as_str().unwrap().to_string();
        // By the id, so that a document's lot is the same on every call.
        let lot = id.bytes().map(u32::from).sum::<u32>() % 3;
        let (status, error) = match (call, lot) {
            (Call::Mixed, 1) => (429, Some("es_rejected_execution_exception")),
            (Call::Mixed, 2) => (400, Some("document_parsing_exception")),
            _ if held.written.contains_key(&id) => (409, Some("version_conflict_engine_exception")),
            _ => (201, None),
        };
        match status {
            201 => drop(held.written.insert(id.clone(), 1)),
            400 => *held.refused.entry(id.clone()).or_default() += 1,
            _ => {}
        }
        let mut item = json!({"_index": action["index"]["_index"], "_id": id, "status": status});
        if let Some(error) = error {
            item["error"] = json!({"type": error, "reason": error});
        }
        json!({"index": item})
    };
    let actions = lines.iter().step_by(2).map(|line| serde_json::from_slice::<Value>(line).unwrap());
    let items: Vec<Value> = actions.map(|action| item(&action)).collect();
    let has_errors = items.iter().any(|item| item["index"].get("error").is_some());
    json!({"took": 1, "errors": has_errors, "items": items}).to_string()
}
