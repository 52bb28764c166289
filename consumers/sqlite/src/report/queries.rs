//! What was asked, how frequently, with which errors and how fast: by operation, and by the query's normal form.

use super::answer::{Chart, Column, Unit};
use super::asking::{Asking, Table};
use super::{Filter, Found, ReportError, matching};

const COUNT: Column = Column::new("count", "queries", Unit::Count);
const SHARE: Column = Column::new("share", "share", Unit::Share).spare(4);
const DIFFERENT_WHO: Column = Column::new("different_who", "who", Unit::Count).spare(5);
const ERRORS: Column = Column::new("errors", "errors", Unit::Count).spare(2);
const MEDIAN: Column = Column::new("median_ns", "median", Unit::Nanos).spare(6);
const P95: Column = Column::new("p95_ns", "p95", Unit::Nanos).spare(3);
const LAST: Column = Column::new("last", "last", Unit::Time).spare(7);

const OPERATIONS: Table = Table {
    name: "operations",
    title: "By operation",
    empty: "Nothing was asked.",
    columns: &[
        Column::new("operation", "operation", Unit::Path),
        Column::new("service", "service", Unit::Text),
        COUNT,
        SHARE,
        DIFFERENT_WHO,
        ERRORS,
        MEDIAN,
        P95,
        LAST,
    ],
    chart: Some(Chart { labels: &[0], value: 2, over_time: false }),
};

const TEXTS: Table = Table {
    name: "texts",
    title: "By query text",
    empty: "No event carries the text of a query (`catchwater.query.*`).",
    columns: &[
        Column::new("language", "language", Unit::Text).spare(8),
        Column::new("query", "query", Unit::Text),
        Column::new("fingerprint", "fingerprint", Unit::Text).spare(9),
        COUNT,
        SHARE,
        DIFFERENT_WHO,
        ERRORS,
        MEDIAN,
        P95,
        LAST,
    ],
    chart: Some(Chart { labels: &[1], value: 3, over_time: false }),
};

const OVER_TIME: Table = Table {
    name: "over_time",
    title: "Over time",
    empty: "Nothing was asked.",
    columns: &[Column::new("time", "from", Unit::Time), COUNT, DIFFERENT_WHO, ERRORS, MEDIAN, P95],
    chart: Some(Chart { labels: &[0], value: 1, over_time: true }),
};

const FACTS: [Column; 7] = [
    Column::new("queries", "queries", Unit::Count),
    Column::new("different_who", "different who", Unit::Count),
    Column::new("errors", "errors", Unit::Count),
    Column::new("median_ns", "median", Unit::Nanos),
    Column::new("p95_ns", "p95", Unit::Nanos),
    Column::new("first", "first", Unit::Time),
    Column::new("last", "last", Unit::Time),
];

/// What was asked for, of an event: its operation; where it has none, method and path, else the source's own word.
pub(super) const OPERATION_SQL: &str = "coalesce(event ->> '$.catchwater.operation', \
     event ->> '$.http.request.method' || ' ' || (event ->> '$.url.path'), event ->> '$.url.path', \
     event ->> '$.event.action', event ->> '$.http.request.method')";

/// Did it fail? As the format says; where it does not, by the status.
pub(super) const FAILED_SQL: &str = "coalesce(event ->> '$.event.outcome' = 'failure', \
     event ->> '$.http.response.status_code' >= 400, 0)";

/// What is told of each group.
const MEASURES: &str = "count(*) AS count, count(DISTINCT nullif(who, 0)) AS different_who, sum(failed) AS errors, \
     median(duration) AS median_ns, percentile(duration, 95) AS p95_ns";

pub(super) fn ask(asking: &mut Asking, filter: &Filter) -> Result<Found, ReportError> {
    asking.run(format!(
        "CREATE TEMP TABLE asked AS
SELECT time_ns, service, who, {OPERATION_SQL} AS operation, event ->> '$.catchwater.query.language' AS language,
       coalesce(event ->> '$.catchwater.query.normalized', event ->> '$.catchwater.query.text') AS query,
       event ->> '$.catchwater.query.fingerprint' AS fingerprint, {FAILED_SQL} AS failed,
       event ->> '$.event.duration' AS duration
FROM events INDEXED BY events_time WHERE {}",
        matching(filter, "kind = 0")
    ))?;
    let facts = asking.facts(
        &FACTS,
        "SELECT count(*), count(DISTINCT nullif(who, 0)), coalesce(sum(failed), 0), median(duration),
       percentile(duration, 95), min(time_ns), max(time_ns) FROM asked"
            .into(),
    )?;
    let mut sections = vec![
        asking.section(
            &OPERATIONS,
            format!(
                "SELECT operation, s.name, count, count * 1.0 / queries, different_who, errors, median_ns, p95_ns, last, total
FROM (SELECT operation, service, {MEASURES}, max(time_ns) AS last, count(*) OVER () AS total,
             sum(count(*)) OVER () AS queries
      FROM asked GROUP BY 1, 2 ORDER BY count DESC, last DESC, operation LIMIT :limit) o
JOIN name s ON s.id = o.service ORDER BY count DESC, last DESC, operation"
            ),
        )?,
        asking.section(
            &TEXTS,
            format!(
                "SELECT language, query, fingerprint, count, count * 1.0 / queries, different_who, errors, median_ns, p95_ns,
       last, total
FROM (SELECT language, query, fingerprint, {MEASURES}, max(time_ns) AS last, count(*) OVER () AS total,
             sum(count(*)) OVER () AS queries
      FROM asked WHERE coalesce(query, fingerprint) IS NOT NULL
      GROUP BY 1, 2, 3 ORDER BY count DESC, last DESC, query LIMIT :limit)"
            ),
        )?,
    ];
    sections.extend(asking.over_time(&OVER_TIME, MEASURES, "asked")?);
    Ok(Found {
        report: "queries",
        title: "What was asked, and how frequently".into(),
        of_what: "service queries",
        facts,
        sections,
        meant: Vec::new(),
    })
}
