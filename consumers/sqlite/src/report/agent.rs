//! What one agent asks. A name is looked for wherever an event tells who did it, and the answer says where it stood.

use super::answer::{Cell, Chart, Column, Unit};
use super::asking::{Asking, Table};
use super::queries::{FAILED_SQL, OPERATION_SQL};
use super::{Filter, Found, ReportError, matching};

const FIRST: Column = Column::new("first", "first", Unit::Time).spare(6);
const LAST: Column = Column::new("last", "last", Unit::Time).spare(1);
const COUNT: Column = Column::new("count", "events", Unit::Count);
const ERRORS: Column = Column::new("errors", "errors", Unit::Count).spare(2);
const SERVICE: Column = Column::new("service", "service", Unit::Text);
const OPERATION: Column = Column::new("operation", "operation", Unit::Path);

const SUMMARY: Table = Table {
    name: "summary",
    title: "By service and operation",
    empty: "It asked nothing.",
    columns: &[
        SERVICE,
        OPERATION,
        COUNT,
        Column::new("share", "share", Unit::Share).spare(4),
        ERRORS,
        Column::new("median_ns", "median", Unit::Nanos).spare(5),
        Column::new("p95_ns", "p95", Unit::Nanos).spare(3),
        FIRST,
        LAST,
    ],
    chart: Some(Chart { labels: &[0, 1], value: 2, over_time: false }),
};

const MATCHES: Table = Table {
    name: "matches",
    title: "Where the name stood",
    empty: "Nowhere.",
    columns: &[
        Column::new("field", "field", Unit::Text),
        Column::new("value", "value", Unit::Text),
        COUNT,
        FIRST,
        LAST,
    ],
    chart: None,
};

const REQUESTS: Table = Table {
    name: "requests",
    title: "The latest, in the order of time",
    empty: "It asked nothing.",
    columns: &[
        Column::new("time", "time", Unit::Instant),
        Column::new("who", "who", Unit::Text).spare(3),
        SERVICE.spare(4),
        OPERATION,
        Column::new("asked", "asked for", Unit::Path),
        Column::new("status", "status", Unit::Text).spare(1),
        Column::new("duration_ns", "took", Unit::Nanos).spare(2),
        Column::new("id", "event", Unit::Text).spare(9),
    ],
    chart: None,
};

const OVER_TIME: Table = Table {
    name: "over_time",
    title: "Over time",
    empty: "It asked nothing.",
    columns: &[
        Column::new("time", "from", Unit::Time),
        COUNT,
        ERRORS,
        Column::new("services", "services", Unit::Count),
    ],
    chart: Some(Chart { labels: &[0], value: 1, over_time: true }),
};

const FACTS: [Column; 5] = [
    Column::new("events", "events", Unit::Count),
    Column::new("errors", "errors", Unit::Count),
    Column::new("services", "services", Unit::Count),
    Column::new("first", "first", Unit::Time),
    Column::new("last", "last", Unit::Time),
];

/// Where a name may stand: the column of the temporary table, and the field.
const PLACES: [(&str, &str); 8] = [
    ("as_who", "catchwater.who"),
    ("as_user", "user.name"),
    ("as_user_id", "user.id"),
    ("as_application", "catchwater.application"),
    ("as_organization", "organization.name"),
    ("as_source", "source.address"),
    ("as_client", "client.ip"),
    ("as_user_agent", "user_agent.original"),
];

pub(super) fn ask(asking: &mut Asking, filter: &Filter, name: &str) -> Result<Found, ReportError> {
    let pattern = like_pattern(name);
    asking.parameter(":part", Cell::Text(format!("%{}%", pattern.trim_matches('%'))));
    asking.parameter(":name", Cell::Text(pattern));
    asking.run(fill_sql(filter))?;
    let facts = asking.facts(
        &FACTS,
        "SELECT count(*), coalesce(sum(failed), 0), count(DISTINCT nullif(service, 0)), min(time_ns), max(time_ns) FROM asked"
            .into(),
    )?;
    let mut sections = vec![
        asking.section(
            &SUMMARY,
            "SELECT s.name, operation, count, count * 1.0 / events, errors, median_ns, p95_ns, first, last, total
FROM (SELECT service, operation, count(*) AS count, sum(failed) AS errors, median(duration) AS median_ns,
             percentile(duration, 95) AS p95_ns, min(time_ns) AS first, max(time_ns) AS last,
             count(*) OVER () AS total, sum(count(*)) OVER () AS events
      FROM asked GROUP BY 1, 2 ORDER BY count DESC, last DESC, operation LIMIT :limit) o
JOIN name s ON s.id = o.service ORDER BY count DESC, last DESC, operation"
                .into(),
        )?,
        asking.section(&MATCHES, matches_sql())?,
        asking.section(&REQUESTS, requests_sql())?,
    ];
    let values = "count(*), sum(failed), count(DISTINCT nullif(service, 0))";
    sections.extend(asking.over_time(&OVER_TIME, values, "asked")?);
    let meant = if sections[0].total_rows == 0 { meant(asking)? } else { Vec::new() };
    Ok(Found {
        report: "agent",
        title: format!("What {name} asks"),
        of_what: "events of this agent",
        facts,
        sections,
        meant,
    })
}

/// A LIKE pattern: `*` is any text, all else stands for itself. LIKE takes ASCII letters of both cases as equal.
fn like_pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        match c {
            '*' => pattern.push('%'),
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    pattern
}

/// Of all events but plain logs, those in which the name stands: where, and what was asked. Of a user agent any part
/// may be the name, of the others only the whole.
fn fill_sql(filter: &Filter) -> String {
    let is = |value: &str| format!("CASE WHEN {value} LIKE :name ESCAPE '\\' THEN {value} END");
    let of = |field: &str| is(&format!("(event ->> '$.{field}')"));
    let source = "coalesce(event ->> '$.source.address', event ->> '$.source.ip')";
    let (user, user_id, application) = (of("user.name"), of("user.id"), of("catchwater.application"));
    let (organization, client, source) = (of("organization.name"), of("client.ip"), is(source));
    let range = matching(filter, "kind <> 3");
    let places: Vec<&str> = PLACES.iter().map(|(column, _)| *column).collect();
    format!(
        "CREATE TEMP TABLE asked AS
SELECT seq, time_ns, service, who, {OPERATION_SQL} AS operation, {FAILED_SQL} AS failed,
       event ->> '$.event.duration' AS duration, {}
FROM (SELECT seq, time_ns, service, who, event,
       CASE WHEN who IN (SELECT id FROM name WHERE name LIKE :name ESCAPE '\\') THEN who END AS as_who,
       {user} AS as_user,
       {user_id} AS as_user_id,
       {application} AS as_application,
       {organization} AS as_organization,
       {source} AS as_source,
       {client} AS as_client,
       CASE WHEN (event ->> '$.user_agent.original') LIKE :part ESCAPE '\\' THEN event ->> '$.user_agent.original' END AS as_user_agent
      FROM events INDEXED BY events_time WHERE {range})
WHERE coalesce({}) IS NOT NULL",
        places.join(", "),
        places.join(", ")
    )
}

fn matches_sql() -> String {
    let places = PLACES.iter().map(|(column, field)| match *column {
        "as_who" => {
            format!("SELECT '{field}' AS field, name AS value, time_ns FROM asked JOIN name ON id = as_who")
        }
        _ => format!("SELECT '{field}', {column}, time_ns FROM asked WHERE {column} IS NOT NULL"),
    });
    format!(
        "SELECT field, value, count(*) AS count, min(time_ns), max(time_ns), count(*) OVER ()
FROM ({})
GROUP BY 1, 2 ORDER BY count DESC, field, value LIMIT :limit",
        places.collect::<Vec<_>>().join("\n      UNION ALL ")
    )
}

fn requests_sql() -> String {
    "SELECT a.time_ns, w.name, s.name, a.operation,
       coalesce(event ->> '$.catchwater.query.text',
                (event ->> '$.url.path') || coalesce('?' || (event ->> '$.url.query'), ''),
                event ->> '$.file.path', event ->> '$.premis.object.identifier', event ->> '$.url.original'),
       coalesce(event ->> '$.http.response.status_code', event ->> '$.error.code', event ->> '$.event.outcome'),
       a.duration, event ->> '$.event.id', a.total
FROM (SELECT *, count(*) OVER () AS total FROM asked ORDER BY time_ns DESC, seq DESC LIMIT :limit) a
JOIN events e ON e.seq = a.seq JOIN name w ON w.id = a.who JOIN name s ON s.id = a.service
ORDER BY a.time_ns, a.seq"
        .into()
}

/// Names of people that hold what was given.
fn meant(asking: &mut Asking) -> Result<Vec<String>, ReportError> {
    let rows = asking.rows(
        "SELECT name FROM name WHERE id IN (SELECT who FROM who_service WHERE count > 0) AND name LIKE :part ESCAPE '\\'
ORDER BY length(name), name LIMIT 5"
            .into(),
    )?;
    let text = |row: Vec<Cell>| match row.into_iter().next() {
        Some(Cell::Text(text)) => Some(text),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_star_stands_for_other_text() {
        assert_eq!(like_pattern("50%_\\*bot"), "50\\%\\_\\\\%bot");
    }
}
