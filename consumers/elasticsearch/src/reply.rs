//! What the server says of the events of a bulk.

use crate::refusal::{self, ItemError};
use catchwater_schemas::id::EventId;
use catchwater_schemas::outcome::Outcome;
use serde::Deserialize;
use std::borrow::Cow;
use std::time::Duration;

/// Path and the parts of the answer that are read; the rest, three times as much, is not sent.
pub const PATH: &str =
    "/_bulk?filter_path=errors,items.*._id,items.*.status,items.*.error.type,items.*.error.reason";

#[derive(Deserialize)]
struct Reply<'a> {
    errors: bool,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    index: Indexed<'a>,
}

#[derive(Deserialize)]
struct Indexed<'a> {
    #[serde(borrow)]
    _id: Cow<'a, str>,
    status: u16,
    #[serde(borrow)]
    error: Option<ItemError<'a>>,
}

/// One outcome an event. An answer that does not tell exactly of these events, in their order, and without
/// contradiction, tells nothing: all are tried again, which is harmless.
pub fn outcomes(body: &[u8], ids: &[EventId]) -> Vec<Outcome> {
    read(body, ids).unwrap_or_else(|what| {
        let reason = format!("the server's answer is not one to this bulk: {what}");
        vec![Outcome::Retry { after: Duration::ZERO, reason }; ids.len()]
    })
}

fn read(body: &[u8], ids: &[EventId]) -> Result<Vec<Outcome>, &'static str> {
    let reply: Reply<'_> = serde_json::from_slice(body).map_err(|_| "no JSON of a bulk")?;
    if reply.items.len() != ids.len() {
        return Err("another number of items");
    }
    let mut outcomes = Vec::with_capacity(ids.len());
    for (Item { index }, id) in reply.items.iter().zip(ids) {
        if index._id.parse() != Ok(*id) {
            return Err("items of other events or in another order");
        }
        outcomes.push(match (index.status, &index.error) {
            (200 | 201, None) => Outcome::Delivered,
            (300.., Some(error)) => refusal::outcome(index.status, error),
            _ => return Err("a status that its error contradicts"),
        });
    }
    if reply.errors != reply.items.iter().any(|item| item.index.error.is_some()) {
        return Err("its word on errors contradicts its items");
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = r#"{"index":{"_id":"00000000000000000000000000000001","status":201}}"#;
    const B: &str = r#"{"index":{"_id":"00000000000000000000000000000002-1","status":200}}"#;
    const HELD: &str = r#"{"index":{"_id":"00000000000000000000000000000002-1","status":409,"error":{"type":"version_conflict_engine_exception","reason":"x"}}}"#;

    fn ids() -> [EventId; 2] {
        let mut ids = [EventId { digest: [0; 16], ordinal: 0 }, EventId { digest: [0; 16], ordinal: 1 }];
        (ids[0].digest[15], ids[1].digest[15]) = (1, 2);
        ids
    }

    #[test]
    fn each_item_tells_of_its_event() {
        let body = format!(r#"{{"errors":false,"items":[{A},{B}]}}"#);
        assert_eq!(outcomes(body.as_bytes(), &ids()), [Outcome::Delivered, Outcome::Delivered]);
        let body = format!(r#"{{"errors":true,"items":[{A},{HELD}]}}"#);
        assert_eq!(outcomes(body.as_bytes(), &ids()), [Outcome::Delivered, Outcome::Duplicate]);
    }

    #[test]
    fn an_answer_that_is_not_one_to_this_bulk_settles_nothing() {
        let bare = B.replace("200", "500");
        let both = HELD.replace("409", "201");
        for body in [
            String::new(),
            "<html>".into(),
            "{}".into(),
            format!(r#"{{"items":[{A},{B}]}}"#),
            format!(r#"{{"errors":false,"items":[{A}]}}"#),
            format!(r#"{{"errors":false,"items":[{A},{B},{B}]}}"#),
            format!(r#"{{"errors":false,"items":[{B},{A}]}}"#),
            format!(r#"{{"errors":false,"items":[{A},{HELD}]}}"#),
            format!(r#"{{"errors":true,"items":[{A},{B}]}}"#),
            format!(r#"{{"errors":true,"items":[{A},{bare}]}}"#),
            format!(r#"{{"errors":true,"items":[{A},{both}]}}"#),
            format!(r#"{{"errors":false,"items":[{A},{B}"#),
        ] {
            let read = outcomes(body.as_bytes(), &ids());
            assert!(read.len() == 2 && read.iter().all(|o| !o.is_settled()), "{body}: {read:?}");
        }
    }
}
