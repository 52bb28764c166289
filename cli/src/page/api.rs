//! What the page asks for, as JSON. Values from logs go out as they are: the page sets them as text.

use super::Site;
use crate::pipeline::TRANSFORM;
use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catchwater_consumer_sqlite::query::{QueryError, Range, Reader};
use catchwater_mapping::positions::{Kept, Positions};
use catchwater_schemas::account::Account;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const MOST_SERVICES: usize = 10;
const MOST_ROWS: usize = 200;
const MOST_LETTERS: usize = 50;
/// File moves shown where the chosen range has none.
const MOST_ELSEWHERE: usize = 20;

/// A stretch of time, milliseconds since the epoch; `to` is not in it.
#[derive(Clone, Copy, Deserialize)]
pub struct Span {
    from: i64,
    to: i64,
}

/// An answer that could not be given.
pub struct Failure(String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

type Answer = Result<Json<Value>, Failure>;

/// Asks the store on a thread where blocking is no harm.
async fn ask<T: Send + 'static>(
    site: &Site,
    question: impl FnOnce(&Reader) -> Result<T, QueryError> + Send + 'static,
) -> Result<T, Failure> {
    let Some(reader) = site.reader()? else {
        return Err(Failure("there is no SQLite store to ask: [sink.sqlite] is not configured".into()));
    };
    Ok(tokio::task::spawn_blocking(move || question(&reader)).await??)
}

/// Everything but what depends on the chosen range.
pub async fn status(State(site): State<Arc<Site>>) -> Answer {
    let pipeline = &site.pipeline;
    let has_store = site.reader()?.is_some();
    let (totals, ranges) = match has_store {
        true => ask(&site, |r| Ok((Some(r.totals()?), r.ranges()?))).await?,
        false => (None, Vec::new()),
    };
    let kept = pipeline.positions.all().await?;
    let mappings: Vec<Value> = pipeline.mappings.iter().flat_map(|m| m.shards()).map(|s| {
        json!({"mapping": s.mapping, "stream": s.stream, "shard": s.shard, "state": s.state, "behind_ms": s.behind_millis, "tries": s.tries,
               "error": s.last_error.filter(|_| s.tries > 0)})
    }).collect();
    let notice = (!has_store)
        .then_some("No SQLite store is configured: this page shows mappings and dead letters only.");
    Ok(Json(json!({
        "now_ms": now_millis(),
        "notice": notice,
        "total_events": totals.as_ref().map_or(0, |t| t.events),
        "store_bytes": totals.as_ref().map_or(0, |t| t.store_bytes),
        "store_path": site.store.display().to_string(),
        "ranges": ranges.iter().map(range).collect::<Vec<_>>(),
        "accounts": accounts(&kept),
        "mappings": mappings,
        "settled": pipeline.is_settled(&kept),
        "dead_letters": dead_letters(&site),
    })))
}

fn now_millis() -> i64 {
    use catchwater_consumer_core::world::{Clock, SystemClock};
    SystemClock.now_millis()
}

fn range(range: &Range) -> Value {
    json!({"from_ms": range.from_millis, "to_ms": range.to_millis, "events": range.count})
}

/// One account a mapping, the transform's first.
fn accounts(kept: &[Kept]) -> Vec<Value> {
    let mut sums: BTreeMap<(bool, &str), Account> = BTreeMap::new();
    for entry in kept {
        let key = (entry.mapping != TRANSFORM, entry.mapping.as_str());
        sums.entry(key).or_default().add(&entry.account);
    }
    let told = sums.into_iter().map(|((is_sink, mapping), account)| {
        let balances = if is_sink { account.sink_balances() } else { account.transform_balances() };
        let mut value = json!(account);
        value["mapping"] = json!(mapping);
        value["balances"] = json!(balances);
        value
    });
    told.collect()
}

fn dead_letters(site: &Site) -> Value {
    let folder = &site.pipeline.dead_letters;
    let counts = folder.counts();
    let latest = folder.newest(MOST_LETTERS).into_iter().map(|letter| {
        let origin = &letter.origin;
        json!({
            "last_try_ms": letter.last_try_millis, "stage": letter.stage, "sink": letter.sink, "reason": letter.reason,
            "detail": letter.detail, "tries": letter.tries,
            "place": format!("{} {} {}", origin.stream, origin.shard, origin.sequence_number),
            "file": format!("{}/{}.json", json!(letter.stage).as_str().unwrap_or_default(), letter.id),
        })
    });
    json!({
        "path": folder.path().display().to_string(),
        "total": counts.iter().map(|c| c.count).sum::<u64>(),
        "by_reason": counts.iter().map(|c| json!({"stage": c.stage, "reason": c.reason, "count": c.count})).collect::<Vec<_>>(),
        "latest": latest.collect::<Vec<_>>(),
    })
}

/// Events over time by service.
pub async fn chart(State(site): State<Arc<Site>>, Query(span): Query<Span>) -> Answer {
    let series = ask(&site, move |r| r.by_service(span.from, span.to, None, MOST_SERVICES)).await?;
    let services: Vec<Value> = series
        .services
        .iter()
        .map(|s| {
            let name = if s.others { "all others" } else { s.service.as_deref().unwrap_or("(no service)") };
            json!({"name": name, "counts": s.counts})
        })
        .collect();
    let times: Vec<i64> = series.starts_millis.iter().map(|t| t / 1000).collect();
    let times = if services.is_empty() { Vec::new() } else { times };
    Ok(Json(json!({"bucket_minutes": series.bucket_minutes, "times": times, "services": services})))
}

/// Who queried which service.
pub async fn who(State(site): State<Arc<Site>>, Query(span): Query<Span>) -> Answer {
    let found = ask(&site, move |r| {
        let ranges = r.ranges()?;
        let is_all = ranges.first().is_none_or(|f| span.from <= f.from_millis)
            && ranges.last().is_none_or(|l| span.to >= l.to_millis);
        r.who_queried((!is_all).then_some((span.from, span.to)), MOST_ROWS)
    });
    let found = found.await?;
    let rows: Vec<Value> = found.rows.iter().map(|r| {
        json!({"who": r.who, "service": r.service, "count": r.count, "last_seen_ms": r.last_seen_millis})
    }).collect();
    let note = match (found.complete, found.pairs > rows.len() as u64) {
        (false, _) => Some("Of the newest million events in this range.".to_string()),
        (true, true) => {
            Some(format!("The first {} of {} pairs of who and service.", rows.len(), found.pairs))
        }
        (true, false) => None,
    };
    Ok(Json(json!({"rows": rows, "note": note})))
}

/// The latest moves of files.
pub async fn moves(State(site): State<Arc<Site>>, Query(span): Query<Span>) -> Answer {
    let (moves, elsewhere) = ask(&site, move |r| {
        let moves = r.file_moves(Some((span.from, span.to)), MOST_ROWS)?;
        Ok(if moves.is_empty() { (r.file_moves(None, MOST_ELSEWHERE)?, true) } else { (moves, false) })
    })
    .await?;
    let note = match (elsewhere && !moves.is_empty(), moves.len() == MOST_ROWS) {
        (true, _) => Some("No file was moved in this range; these are the newest of all.".to_string()),
        (false, true) => Some(format!("The newest {MOST_ROWS} in this range.")),
        (false, false) => None,
    };
    let rows: Vec<Value> = moves.iter().map(|m| {
        let what = [m.action_type.as_deref(), m.action.as_deref(), m.phase.as_deref()];
        json!({
            "time_ms": m.time_millis, "what": what.iter().flatten().copied().collect::<Vec<_>>().join(" · "),
            "file": m.key, "source": m.source, "destination": m.destination, "who": m.who,
        })
    }).collect();
    Ok(Json(json!({"rows": rows, "note": note})))
}
