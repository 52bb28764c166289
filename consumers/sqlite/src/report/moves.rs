//! Which file moved where: what was completed, what was begun and never ended, and sums by action and buckets.

use super::answer::{Chart, Column, Unit};
use super::asking::{Asking, Table};
use super::{Filter, Found, ReportError, matching};

const TIME: Column = Column::new("time", "time", Unit::Instant);
const ACTION_TYPE: Column = Column::new("action_type", "type", Unit::Text);
const ACTION: Column = Column::new("action", "action", Unit::Text).spare(4);
const FILE: Column = Column::new("file", "file", Unit::Path);
const FROM: Column = Column::new("from", "from", Unit::Path);
const TO: Column = Column::new("to", "to", Unit::Path);
const WHO: Column = Column::new("who", "who", Unit::Text).spare(2);
const SIZE: Column = Column::new("size_bytes", "size", Unit::Bytes).spare(1);
const SERVICE: Column = Column::new("service", "service", Unit::Text).spare(5);

const MOVES: Table = Table {
    name: "moves",
    title: "The latest moves, in the order of time",
    empty: "No move was completed.",
    columns: &[
        TIME,
        ACTION_TYPE,
        ACTION,
        FILE,
        FROM,
        TO,
        WHO,
        SIZE,
        Column::new("outcome", "outcome", Unit::Text).spare(3),
        SERVICE,
    ],
    chart: None,
};

const UNFINISHED: Table = Table {
    name: "unfinished",
    title: "Begun and never ended",
    empty: "All that was begun has ended.",
    columns: &[TIME, ACTION_TYPE, ACTION, FILE, FROM, TO, WHO, SERVICE],
    chart: None,
};

const SUMMARY: Table = Table {
    name: "summary",
    title: "By action and buckets",
    empty: "No move was completed.",
    columns: &[
        ACTION_TYPE,
        Column::new("from_bucket", "from", Unit::Path),
        Column::new("to_bucket", "to", Unit::Path),
        Column::new("count", "moves", Unit::Count),
        Column::new("files", "files", Unit::Count).spare(3),
        Column::new("size_bytes", "size", Unit::Bytes).spare(2),
        Column::new("failures", "failed", Unit::Count).spare(1),
        Column::new("first", "first", Unit::Time).spare(5),
        Column::new("last", "last", Unit::Time).spare(4),
    ],
    chart: Some(Chart { labels: &[0, 1, 2], value: 3, over_time: false }),
};

const OVER_TIME: Table = Table {
    name: "over_time",
    title: "Moves over time",
    empty: "No move was completed.",
    columns: &[
        Column::new("time", "from", Unit::Time),
        Column::new("count", "moves", Unit::Count),
        Column::new("size_bytes", "size", Unit::Bytes),
        Column::new("failures", "failed", Unit::Count),
    ],
    chart: Some(Chart { labels: &[0], value: 1, over_time: true }),
};

const FACTS: [Column; 7] = [
    Column::new("moves", "moves", Unit::Count),
    Column::new("begun", "begun", Unit::Count),
    Column::new("failures", "failed", Unit::Count),
    Column::new("files", "files", Unit::Count),
    Column::new("size_bytes", "size", Unit::Bytes),
    Column::new("first", "first", Unit::Time),
    Column::new("last", "last", Unit::Time),
];

/// `start` or `end`, also where ECS's list holds it.
const PHASE: &str = "CASE WHEN event ->> '$.event.type' = 'start' OR instr(event ->> '$.event.type', '\"start\"') THEN 'start' \
     WHEN event ->> '$.event.type' = 'end' OR instr(event ->> '$.event.type', '\"end\"') THEN 'end' ELSE '' END";
const PATH: &str = "coalesce(event ->> '$.file.path', event ->> '$.file.destination.key', \
     event ->> '$.file.source.key', event ->> '$.file.name', '')";

pub(super) fn ask(asking: &mut Asking, filter: &Filter) -> Result<Found, ReportError> {
    fill(asking, filter)?;
    let facts = asking.facts(
        &FACTS,
        "SELECT count(*) FILTER (WHERE phase <> 'start'), count(*) FILTER (WHERE phase = 'start'), coalesce(sum(failed), 0),
       count(DISTINCT path), sum(size) FILTER (WHERE phase <> 'start'), min(time_ns), max(time_ns) FROM moves"
            .into(),
    )?;
    let mut sections = vec![
        asking.section(&MOVES, list_sql("size, outcome, ", "phase <> 'start'"))?,
        asking.section(&UNFINISHED, list_sql("", UNFINISHED_SQL))?,
        asking.section(
            &SUMMARY,
            "SELECT action_type, from_bucket, to_bucket, count(*) AS count, count(DISTINCT path), sum(size), sum(failed),
       min(time_ns), max(time_ns) AS last, count(*) OVER ()
FROM moves WHERE phase <> 'start' GROUP BY 1, 2, 3 ORDER BY count DESC, last DESC, 1, 2, 3 LIMIT :limit"
                .into(),
        )?,
    ];
    let values = "count(*), coalesce(sum(size), 0), sum(failed)";
    sections.extend(asking.over_time(&OVER_TIME, values, "moves WHERE phase <> 'start'")?);
    Ok(Found {
        report: "file-moves",
        title: "Which file moved where".into(),
        of_what: "file moves",
        facts,
        sections,
        meant: Vec::new(),
    })
}

fn fill(asking: &mut Asking, filter: &Filter) -> Result<(), ReportError> {
    asking.run(format!(
        "CREATE TEMP TABLE moves AS
SELECT seq, time_ns, service, who, {PHASE} AS phase, event ->> '$.catchwater.action_type' AS action_type,
       event ->> '$.event.action' AS action, {PATH} AS path,
       event ->> '$.file.source.bucket' AS from_bucket, event ->> '$.file.source.key' AS from_key,
       event ->> '$.file.destination.bucket' AS to_bucket, event ->> '$.file.destination.key' AS to_key,
       event ->> '$.file.size' AS size, event ->> '$.event.outcome' AS outcome,
       coalesce(event ->> '$.event.outcome' = 'failure', 0) AS failed
FROM events INDEXED BY events_file_move WHERE {}",
        matching(filter, "kind = 1")
    ))?;
    // A move may end after the range. The last end of a file and bucket tells of all its starts.
    asking.run(format!(
        "CREATE TEMP TABLE ends AS
SELECT path, to_bucket, max(time_ns) AS last_ns
FROM (SELECT time_ns, {PHASE} AS phase, {PATH} AS path,
             coalesce(event ->> '$.file.destination.bucket', '') AS to_bucket
      FROM events INDEXED BY events_file_move WHERE kind = 1 AND time_ns >= :since
        AND EXISTS (SELECT 1 FROM moves WHERE phase = 'start'))
WHERE phase = 'end' GROUP BY 1, 2"
    ))?;
    asking.run("CREATE INDEX temp.ends_path ON ends (path, to_bucket, last_ns)".into())
}

/// A start is ended by an end of the same file afterwards, to the same bucket where both say which.
const UNFINISHED_SQL: &str = "phase = 'start'
        AND NOT EXISTS (SELECT 1 FROM ends e WHERE e.path = moves.path
                          AND e.to_bucket IN (coalesce(moves.to_bucket, ''), '') AND e.last_ns >= moves.time_ns)
        AND NOT (moves.to_bucket IS NULL
                 AND EXISTS (SELECT 1 FROM ends e WHERE e.path = moves.path AND e.last_ns >= moves.time_ns))";

/// The latest moves. A key stands beside its bucket only where it is not that of the file.
fn list_sql(more: &str, which: &str) -> String {
    let place = |bucket: &str, key: &str| {
        format!("coalesce({bucket} || coalesce('/' || nullif({key}, path), ''), {key})")
    };
    let (from, to) = (place("from_bucket", "from_key"), place("to_bucket", "to_key"));
    format!(
        "SELECT time_ns, action_type, action, nullif(path, ''), {from}, {to}, w.name, {more}s.name, total
FROM (SELECT *, count(*) OVER () AS total FROM moves
      WHERE {which}
      ORDER BY time_ns DESC, seq DESC LIMIT :limit) m
JOIN name w ON w.id = m.who JOIN name s ON s.id = m.service ORDER BY time_ns, seq"
    )
}
