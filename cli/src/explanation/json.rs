//! The explanation as one JSON document.

use super::{Asked, made_by, rows};
use anyhow::Result;
use catchwater_transforms::trace::{Origin, TracedEvent};
use catchwater_transforms::transform::explain::{Explained, Verdict};
use serde_json::{Value, json};

/// The document, with a line break at its end.
pub fn render(asked: &Asked<'_>) -> Result<String> {
    let entries =
        asked.told.entries.iter().map(|explained| entry(asked, explained)).collect::<Result<Vec<_>>>()?;
    let account = &asked.told.report.account;
    let document = json!({
        "typed": asked.is_typed(),
        "route": asked.told.route.map(|place| place + 1),
        "entries": entries,
        "filtered": account.filtered,
        "dead": account.dead,
        "cut": asked.cut,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn entry(asked: &Asked<'_>, explained: &Explained) -> Result<Value> {
    let Explained { entry, verdicts } = explained;
    Ok(json!({
        "line": entry.source_id.parse::<u64>().ok(),
        "lines": entry.message.lines().count(),
        "asked": entry.asked,
        "why": asked.why(explained),
        "refused": entry.refused.map(|refusal| refusal.0),
        "made_by": made_by(entry),
        "formats": verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "events": entry.events.iter().map(event).collect::<Result<Vec<_>>>()?,
    }))
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "format": verdict.format,
        "own": verdict.own,
        "claims": verdict.claims,
        "takes": verdict.parsed.is_ok(),
        "events": verdict.parsed.ok(),
        "refuses": verdict.parsed.err().map(|refusal| refusal.0),
    })
}

fn event(traced: &TracedEvent) -> Result<Value> {
    let event: Value = serde_json::from_str(&traced.json)?;
    let fields: Vec<Value> = rows(&event, traced)
        .iter()
        .map(|row| {
            let origins: Vec<&str> = row.origins.iter().copied().map(Origin::name).collect();
            json!({"field": row.name, "value": row.value, "from": origins, "removed": row.value.is_none()})
        })
        .collect();
    Ok(json!({"event": event, "fields": fields}))
}
