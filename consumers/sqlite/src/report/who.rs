//! Who queried which services, how often, when first and when last.

use super::answer::{Chart, Column, Unit};
use super::asking::{Asking, Table};
use super::{Filter, Found, ReportError, matching};

const WHO: Column = Column::new("who", "who", Unit::Text);
const ORGANIZATION: Column = Column::new("organization", "organisation", Unit::Text).spare(2);
const APPLICATION: Column = Column::new("application", "application", Unit::Text).spare(4);
const CLASS: Column = Column::new("class", "class", Unit::Text).spare(3);
const SERVICE: Column = Column::new("service", "service", Unit::Text);
const COUNT: Column = Column::new("count", "queries", Unit::Count);
const SHARE: Column = Column::new("share", "share", Unit::Share).spare(5);

const PAIRS: Table = Table {
    name: "pairs",
    title: "Who queried what",
    empty: "Nobody queried anything.",
    columns: &[
        WHO,
        ORGANIZATION,
        APPLICATION,
        CLASS,
        SERVICE,
        COUNT,
        SHARE,
        Column::new("first", "first", Unit::Time).spare(6),
        Column::new("last", "last", Unit::Time).spare(1),
    ],
    chart: Some(Chart { labels: &[0, 4], value: 5, over_time: false }),
};

const OVER_TIME: Table = Table {
    name: "over_time",
    title: "Queries over time",
    empty: "Nobody queried anything.",
    columns: &[
        Column::new("time", "from", Unit::Time),
        COUNT,
        Column::new("who", "different who", Unit::Count),
        Column::new("services", "services", Unit::Count),
    ],
    chart: Some(Chart { labels: &[0], value: 1, over_time: true }),
};

const PAIRS_OVER_TIME: Table = Table {
    name: "pairs_over_time",
    title: "Who queried what over time, the most frequent of each",
    empty: "Nobody queried anything.",
    columns: &[
        Column::new("time", "from", Unit::Time),
        WHO,
        ORGANIZATION,
        APPLICATION,
        CLASS,
        SERVICE,
        COUNT,
        SHARE,
    ],
    chart: None,
};

const FACTS: [Column; 5] = [
    Column::new("queries", "queries", Unit::Count),
    Column::new("who", "different who", Unit::Count),
    Column::new("services", "services", Unit::Count),
    Column::new("first", "first", Unit::Time),
    Column::new("last", "last", Unit::Time),
];

pub(super) fn ask(asking: &mut Asking, filter: &Filter) -> Result<Found, ReportError> {
    asking.run(format!(
        "CREATE TEMP TABLE asked AS
SELECT time_ns, service, who, event ->> '$.organization.name' AS organization,
       event ->> '$.catchwater.application' AS application, event ->> '$.catchwater.who_class' AS class
FROM events INDEXED BY events_time WHERE {}",
        matching(filter, "kind = 0")
    ))?;
    let facts = asking.facts(
        &FACTS,
        "SELECT count(*), count(DISTINCT nullif(who, 0)), count(DISTINCT nullif(service, 0)), min(time_ns), max(time_ns) FROM asked"
            .into(),
    )?;
    let mut sections = vec![asking.section(
        &PAIRS,
        "SELECT w.name, organization, application, class, s.name, count, count * 1.0 / queries, first, last, pairs
FROM (SELECT who, organization, application, class, service, count(*) AS count, min(time_ns) AS first,
             max(time_ns) AS last, count(*) OVER () AS pairs, sum(count(*)) OVER () AS queries
      FROM asked GROUP BY 1, 2, 3, 4, 5 ORDER BY count DESC, last DESC, who, service LIMIT :limit) p
JOIN name w ON w.id = p.who JOIN name s ON s.id = p.service ORDER BY count DESC, last DESC, p.who, p.service"
            .into(),
    )?];
    let values = "count(*), count(DISTINCT nullif(who, 0)), count(DISTINCT nullif(service, 0))";
    sections.extend(asking.over_time(&OVER_TIME, values, "asked")?);
    if let Some(bucket) = asking.bucket_sql() {
        // As many rows a bucket as the limit says; the newest buckets where there are too many rows.
        let sql = format!(
            "SELECT bucket, w.name, organization, application, class, s.name, count, count * 1.0 / queries, total
FROM (SELECT * FROM (SELECT *, count(*) OVER () AS total, sum(count) OVER (PARTITION BY bucket) AS queries,
             row_number() OVER (PARTITION BY bucket ORDER BY count DESC, who, service) AS place
        FROM (SELECT {bucket} AS bucket, who, organization, application, class, service, count(*) AS count
              FROM asked GROUP BY 1, 2, 3, 4, 5, 6))
      WHERE place <= :limit ORDER BY bucket DESC, place LIMIT 100000) p
JOIN name w ON w.id = p.who JOIN name s ON s.id = p.service ORDER BY bucket, place"
        );
        sections.push(asking.section(&PAIRS_OVER_TIME, sql)?);
    }
    Ok(Found {
        report: "who-queries-what",
        title: "Who queries what".into(),
        of_what: "service queries",
        facts,
        sections,
        meant: Vec::new(),
    })
}
