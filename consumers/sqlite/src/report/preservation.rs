//! What happened to preserved objects: their PREMIS events (<https://www.loc.gov/standards/premis/>).

use super::answer::{Cell, Chart, Column, Unit};
use super::asking::{Asking, Table};
use super::{Filter, Found, ReportError, matching};

const TYPE: Column = Column::new("type", "type", Unit::Text);
const OUTCOME: Column = Column::new("outcome", "outcome", Unit::Text);

const EVENTS: Table = Table {
    name: "events",
    title: "The latest events, in the order of time",
    empty: "Nothing happened.",
    columns: &[
        Column::new("time", "time", Unit::Instant),
        TYPE,
        OUTCOME,
        Column::new("object", "object", Unit::Path),
        Column::new("agent", "agent", Unit::Text).spare(1),
        Column::new("detail", "detail", Unit::Text).spare(2),
        Column::new("service", "service", Unit::Text).spare(3),
    ],
    chart: None,
};

const SUMMARY: Table = Table {
    name: "summary",
    title: "By type and outcome",
    empty: "Nothing happened.",
    columns: &[
        TYPE,
        OUTCOME,
        Column::new("count", "events", Unit::Count),
        Column::new("share", "share", Unit::Share).spare(2),
        Column::new("objects", "objects", Unit::Count),
        Column::new("first", "first", Unit::Time).spare(3),
        Column::new("last", "last", Unit::Time).spare(1),
    ],
    chart: Some(Chart { labels: &[0, 1], value: 2, over_time: false }),
};

const OVER_TIME: Table = Table {
    name: "over_time",
    title: "Over time",
    empty: "Nothing happened.",
    columns: &[
        Column::new("time", "from", Unit::Time),
        Column::new("count", "events", Unit::Count),
        Column::new("failures", "failed", Unit::Count),
        Column::new("objects", "objects", Unit::Count),
    ],
    chart: Some(Chart { labels: &[0], value: 1, over_time: true }),
};

const FACTS: [Column; 5] = [
    Column::new("events", "events", Unit::Count),
    Column::new("failures", "failed", Unit::Count),
    Column::new("objects", "objects", Unit::Count),
    Column::new("first", "first", Unit::Time),
    Column::new("last", "last", Unit::Time),
];

pub(super) fn ask(asking: &mut Asking, filter: &Filter, object: Option<&str>) -> Result<Found, ReportError> {
    if let Some(object) = object {
        asking.parameter(":object", Cell::Text(object.into()));
    }
    // An identifier is also found without what stands before its colon, and in a list.
    let only = match object {
        Some(_) => {
            "\nWHERE object = :object OR substr(object, -length(:object) - 1) = ':' || :object OR \
             (substr(object, 1, 1) = '[' AND (instr(object, json_quote(:object)) OR \
             instr(object, ':' || substr(json_quote(:object), 2))))"
        }
        None => "",
    };
    asking.run(format!(
        "CREATE TEMP TABLE happened AS
SELECT * FROM (
  SELECT seq, time_ns, service, coalesce(event ->> '$.premis.event.type', event ->> '$.event.action') AS type,
         coalesce(event ->> '$.premis.event.outcome', event ->> '$.event.outcome') AS outcome,
         coalesce(event ->> '$.premis.object.identifier', event ->> '$.file.path') AS object,
         coalesce(event ->> '$.premis.agent.name', event ->> '$.catchwater.who') AS agent,
         coalesce(event ->> '$.premis.event.outcome_detail', event ->> '$.premis.event.detail',
                  event ->> '$.message') AS detail
  FROM events INDEXED BY events_time WHERE {}){only}",
        matching(filter, "kind = 2")
    ))?;
    let failed = "coalesce(sum(outcome IN ('fail', 'failure')), 0)";
    let facts = asking.facts(
        &FACTS,
        format!(
            "SELECT count(*), {failed}, count(DISTINCT object), min(time_ns), max(time_ns) FROM happened"
        ),
    )?;
    let mut sections = vec![
        asking.section(
            &EVENTS,
            "SELECT time_ns, type, outcome, object, agent, detail, s.name, total
FROM (SELECT *, count(*) OVER () AS total FROM happened ORDER BY time_ns DESC, seq DESC LIMIT :limit) h
JOIN name s ON s.id = h.service ORDER BY time_ns, seq"
                .into(),
        )?,
        asking.section(
            &SUMMARY,
            "SELECT type, outcome, count(*) AS count, count(*) * 1.0 / sum(count(*)) OVER (), count(DISTINCT object),
       min(time_ns), max(time_ns) AS last, count(*) OVER ()
FROM happened GROUP BY 1, 2 ORDER BY count DESC, last DESC, type, outcome LIMIT :limit"
                .into(),
        )?,
    ];
    let values = format!("count(*), {failed}, count(DISTINCT object)");
    sections.extend(asking.over_time(&OVER_TIME, &values, "happened")?);
    Ok(Found {
        report: "preservation-events",
        title: match object {
            Some(object) => format!("What happened to {object}"),
            None => "What happened to preserved objects".into(),
        },
        of_what: "preservation events",
        facts,
        sections,
        meant: Vec::new(),
    })
}
