"""The five questions as Spark SQL on the table `events` (time_ns, e). What is counted, and how, is what
`catchwater report` counts (docs/reports.md); a test holds one against the other.

A question is a function that asks for its totals and its sections; `asking.py` runs them.
"""

import json
import re

OPERATION = """coalesce(e.catchwater.operation, e.http.request.method || ' ' || e.url.path, e.url.path, e.event.action,
e.http.request.method)"""
FAILED = """coalesce(e.event.outcome = 'failure', try_cast(e.http.response.status_code AS BIGINT) >= 400, false)"""
DURATION = "try_cast(e.event.duration AS DOUBLE)"
MEASURES = "count(*) AS count, count(DISTINCT who) AS different_who, count_if(failed) AS errors"
FIRST_LAST = "min(time_ns) AS first, max(time_ns) AS last"
# The classes of values, 1 % apart, of which the report takes its percentiles.
CLASS = "CASE WHEN duration >= 1 THEN CAST(ln(duration) / ln(1.01D) AS INT) + 1 ELSE 0 END"


def with_percentiles(keys, more, source):
    """SQL for what is told of each group: counts, median and 95th percentile of the duration."""
    names = "".join(f"{key}, " for key in keys)
    by = f"GROUP BY {', '.join(keys)}" if keys else ""
    same = " AND ".join(f"a.{key} <=> d.{key}" for key in keys) or "true"
    return f"""SELECT a.*, d.median_ns, d.p95_ns FROM (SELECT {names}{MEASURES}, {more} FROM {source} {by}) a
LEFT JOIN (SELECT {names}percentile(mean, 0.5D, number) AS median_ns, percentile(mean, 0.95D, number) AS p95_ns
  FROM (SELECT {names}{CLASS} AS class, avg(duration) AS mean, count(*) AS number FROM {source}
    WHERE duration IS NOT NULL GROUP BY {names}class) {by}) d ON {same}"""


def who_queries_what(asking):
    asking.view(
        "asked",
        f"""SELECT time_ns, e.service.name AS service, e.catchwater.who AS who, e.organization.name AS organization,
e.catchwater.application AS application, e.catchwater.who_class AS class
FROM events WHERE {asking.matching("e.catchwater.kind = 'service_query'")}""",
    )
    pair = "who, organization, application, class, service"
    counted = "count(*) AS count, count(DISTINCT who) AS who, count(DISTINCT service) AS services"
    asking.totals(
        f"""SELECT count(*) AS queries, count(DISTINCT who) AS who, count(DISTINCT service) AS services, {FIRST_LAST}
FROM asked"""
    )
    asking.section(
        "pairs",
        "Who queried what",
        [*pair.split(", "), "count", "share", "first", "last"],
        f"""SELECT {pair}, count(*) AS count, count(*) / (SELECT count(*) FROM asked) AS share, {FIRST_LAST}
FROM asked GROUP BY {pair}""",
        f"count DESC, last DESC, {pair}",
    )
    asking.over_time("Queries over time", ["count", "who", "services"], counted, "asked")
    if asking.bucket:
        asking.section(
            "pairs_over_time",
            "Who queried what over time, the most frequent of each",
            ["time", *pair.split(", "), "count", "share"],
            f"""SELECT * FROM (SELECT *, count / sum(count) OVER (PARTITION BY time) AS share,
  row_number() OVER (PARTITION BY time ORDER BY count DESC, {pair}) AS place
  FROM (SELECT {asking.bucket} AS time, {pair}, count(*) AS count FROM asked GROUP BY time, {pair}))
WHERE place <= {asking.limit}""",
            f"time, count DESC, {pair}",
        )


def queries(asking):
    asking.view(
        "asked",
        f"""SELECT time_ns, e.service.name AS service, e.catchwater.who AS who, {OPERATION} AS operation,
e.catchwater.query.language AS language, coalesce(e.catchwater.query.normalized, e.catchwater.query.text) AS query,
e.catchwater.query.fingerprint AS fingerprint, {FAILED} AS failed, {DURATION} AS duration
FROM events WHERE {asking.matching("e.catchwater.kind = 'service_query'")}""",
    )
    asking.view("texts", "SELECT * FROM asked WHERE coalesce(query, fingerprint) IS NOT NULL")
    measures = ["count", "share", "different_who", "errors", "median_ns", "p95_ns", "last"]
    share = "count(*) / (SELECT count(*) FROM {}) AS share, max(time_ns) AS last"
    asking.totals(
        "SELECT count AS queries, different_who, errors, median_ns, p95_ns, first, last FROM "
        f"({with_percentiles([], FIRST_LAST, 'asked')})"
    )
    asking.section(
        "operations",
        "By operation",
        ["operation", "service", *measures],
        with_percentiles(["operation", "service"], share.format("asked"), "asked"),
        "count DESC, last DESC, operation, service",
    )
    asking.section(
        "texts",
        "By query text",
        ["language", "query", "fingerprint", *measures],
        with_percentiles(["language", "query", "fingerprint"], share.format("texts"), "texts"),
        "count DESC, last DESC, query, language, fingerprint",
    )
    if asking.bucket:
        asking.view("in_time", f"SELECT *, {asking.bucket} AS time FROM asked")
        names = ["count", "different_who", "errors", "median_ns", "p95_ns"]
        asking.buckets("Over time", names, with_percentiles(["time"], FIRST_LAST, "in_time"))


# Where a name may stand: column, and field. Of a user agent any part may be the name.
PLACES = [
    ("as_who", "catchwater.who", "e.catchwater.who"),
    ("as_user", "user.name", "e.user.name"),
    ("as_user_id", "user.id", "e.user.id"),
    ("as_application", "catchwater.application", "e.catchwater.application"),
    ("as_organization", "organization.name", "e.organization.name"),
    ("as_source", "source.address", "coalesce(e.source.address, e.source.ip)"),
    ("as_client", "client.ip", "e.client.ip"),
    ("as_user_agent", "user_agent.original", "e.user_agent.original"),
]


def name_pattern(name, whole):
    """A regular expression of Java: `*` is any text, letters of ASCII are equal in both cases."""
    literal = ".*".join(re.sub(r"([^0-9A-Za-z\u0080-\U0010ffff])", r"\\\1", part) for part in name.split("*"))
    return rf"(?is)\A{literal}\z" if whole else f"(?is){literal.removeprefix('.*').removesuffix('.*')}"


def agent(asking, name):
    asking.parameters |= {"name": name_pattern(name, True), "part": name_pattern(name, False)}
    places = ", ".join(
        f"CASE WHEN {value} RLIKE {':part' if column == 'as_user_agent' else ':name'} THEN {value} END AS {column}"
        for column, _, value in PLACES
    )
    asking.view(
        "asked",
        f"""SELECT * FROM (SELECT time_ns, e.service.name AS service, e.catchwater.who AS who,
{OPERATION} AS operation, {FAILED} AS failed, {DURATION} AS duration, {places},
coalesce(e.catchwater.query.text, e.url.path || coalesce('?' || e.url.query, ''), e.file.path,
  e.premis.object.identifier, e.url.original) AS asked,
coalesce(e.http.response.status_code, e.error.code, e.event.outcome) AS status, e.event.id AS id
FROM events WHERE {asking.matching("e.catchwater.kind <> 'log'")})
WHERE coalesce({', '.join(column for column, *_ in PLACES)}) IS NOT NULL""",
    )
    asking.totals(
        f"SELECT count(*) AS events, count_if(failed) AS errors, count(DISTINCT service) AS services, {FIRST_LAST} FROM asked"
    )
    names = ["service", "operation", "count", "share", "errors", "median_ns", "p95_ns", "first", "last"]
    share = f"count(*) / (SELECT count(*) FROM asked) AS share, {FIRST_LAST}"
    sql = with_percentiles(["service", "operation"], share, "asked")
    asking.section("summary", "By service and operation", names, sql, "count DESC, last DESC, operation, service")
    stood = ", ".join(f"struct('{field}' AS field, {column} AS value)" for column, field, _ in PLACES)
    asking.section(
        "matches",
        "Where the name stood",
        ["field", "value", "count", "first", "last"],
        f"""SELECT field, value, count(*) AS count, {FIRST_LAST}
FROM (SELECT time_ns, inline(array({stood})) FROM asked) WHERE value IS NOT NULL GROUP BY field, value""",
        "count DESC, field, value",
    )
    asking.section(
        "requests",
        "The latest, in the order of time",
        ["time", "who", "service", "operation", "asked", "status", "duration_ns", "id"],
        "SELECT *, time_ns AS time, duration AS duration_ns FROM asked",
        "time_ns DESC, id DESC",
        latest=True,
    )
    counted = "count(*) AS count, count_if(failed) AS errors, count(DISTINCT service) AS services"
    asking.over_time("Over time", ["count", "errors", "services"], counted, "asked")


def place(bucket, key):
    """A key stands beside its bucket only where it is not that of the file."""
    return f"coalesce({bucket} || coalesce('/' || nullif({key}, path), ''), {key})"


def file_moves(asking):
    list_of = "instr(e.event.type, '\"{}\"') > 0"
    phase = f"""CASE WHEN e.event.type = 'start' OR {list_of.format('start')} THEN 'start'
WHEN e.event.type = 'end' OR {list_of.format('end')} THEN 'end' ELSE '' END"""
    path = "coalesce(e.file.path, e.file.destination.key, e.file.source.key, e.file.name, '')"
    asking.view(
        "moves",
        f"""SELECT *, {place('from_bucket', 'from_key')} AS `from`, {place('to_bucket', 'to_key')} AS `to` FROM (
SELECT time_ns, e.event.id AS id, e.service.name AS service, e.catchwater.who AS who, {phase} AS phase,
e.catchwater.action_type AS action_type, e.event.action AS action, {path} AS path,
e.file.source.bucket AS from_bucket, e.file.source.key AS from_key, e.file.destination.bucket AS to_bucket,
e.file.destination.key AS to_key, try_cast(e.file.size AS BIGINT) AS size, e.event.outcome AS outcome,
coalesce(e.event.outcome = 'failure', false) AS failed
FROM events WHERE {asking.matching("e.catchwater.kind = 'file_move'")})""",
    )
    asking.view("done", "SELECT * FROM moves WHERE phase <> 'start'")
    # A move may end after the range. The last end of a file and bucket tells of all its starts.
    asking.view(
        "ends",
        f"""SELECT path, to_bucket, max(time_ns) AS last_ns FROM (SELECT time_ns, {phase} AS phase, {path} AS path,
coalesce(e.file.destination.bucket, '') AS to_bucket FROM events
WHERE e.catchwater.kind = 'file_move' AND time_ns >= {asking.since}) WHERE phase = 'end' GROUP BY path, to_bucket""",
    )
    asking.totals(
        f"""SELECT count_if(phase <> 'start') AS moves, count_if(phase = 'start') AS begun, count_if(failed) AS failures,
count(DISTINCT path) AS files, sum(size) FILTER (WHERE phase <> 'start') AS size_bytes, {FIRST_LAST} FROM moves"""
    )
    listed = ["time", "action_type", "action", "file", "from", "to", "who"]
    shown = "SELECT *, time_ns AS time, nullif(path, '') AS file, size AS size_bytes FROM"
    asking.section(
        "moves",
        "The latest moves, in the order of time",
        [*listed, "size_bytes", "outcome", "service"],
        f"{shown} done",
        "time_ns DESC, id DESC",
        latest=True,
    )
    # A start is ended by an end of the same file afterwards, to the same bucket where both say which.
    unfinished = f"""{shown} (SELECT m.* FROM moves m
LEFT JOIN (SELECT path, max(last_ns) AS last_ns FROM ends GROUP BY path) a ON a.path = m.path AND m.to_bucket IS NULL
LEFT JOIN ends same ON same.path = m.path AND same.to_bucket = m.to_bucket
LEFT JOIN ends none ON none.path = m.path AND none.to_bucket = ''
WHERE phase = 'start' AND NOT coalesce(greatest(a.last_ns, same.last_ns, none.last_ns) >= m.time_ns, false))"""
    asking.section(
        "unfinished",
        "Begun and never ended",
        [*listed, "service"],
        unfinished,
        "time_ns DESC, id DESC",
        latest=True,
    )
    names = ["action_type", "from_bucket", "to_bucket"]
    asking.section(
        "summary",
        "By action and buckets",
        [*names, "count", "files", "size_bytes", "failures", "first", "last"],
        f"""SELECT {', '.join(names)}, count(*) AS count, count(DISTINCT path) AS files, sum(size) AS size_bytes,
count_if(failed) AS failures, {FIRST_LAST} FROM done GROUP BY {', '.join(names)}""",
        f"count DESC, last DESC, {', '.join(names)}",
    )
    counted = "count(*) AS count, coalesce(sum(size), 0) AS size_bytes, count_if(failed) AS failures"
    asking.over_time("Moves over time", ["count", "size_bytes", "failures"], counted, "done")


def preservation_events(asking, preserved):
    # An identifier is also found without what stands before its colon, and in a list.
    only = "true"
    if preserved is not None:
        quoted = json.dumps(preserved, ensure_ascii=False)
        asking.parameters |= {"object": preserved, "quoted": quoted, "tail": f":{quoted[1:]}"}
        only = """(object = :object OR endswith(object, ':' || :object) OR
(startswith(object, '[') AND (instr(object, :quoted) > 0 OR instr(object, :tail) > 0)))"""
    asking.view(
        "happened",
        f"""SELECT * FROM (SELECT time_ns, e.event.id AS id, e.service.name AS service,
coalesce(e.premis.event.type, e.event.action) AS type, coalesce(e.premis.event.outcome, e.event.outcome) AS outcome,
coalesce(e.premis.object.identifier, e.file.path) AS object, coalesce(e.premis.agent.name, e.catchwater.who) AS agent,
coalesce(e.premis.event.outcome_detail, e.premis.event.detail, e.message) AS detail
FROM events WHERE {asking.matching("e.catchwater.kind = 'preservation'")}) WHERE {only}""",
    )
    failures = "count_if(outcome IN ('fail', 'failure')) AS failures, count(DISTINCT object) AS objects"
    asking.totals(f"SELECT count(*) AS events, {failures}, {FIRST_LAST} FROM happened")
    asking.section(
        "events",
        "The latest events, in the order of time",
        ["time", "type", "outcome", "object", "agent", "detail", "service"],
        "SELECT *, time_ns AS time FROM happened",
        "time_ns DESC, id DESC",
        latest=True,
    )
    asking.section(
        "summary",
        "By type and outcome",
        ["type", "outcome", "count", "share", "objects", "first", "last"],
        f"""SELECT type, outcome, count(*) AS count, count(*) / (SELECT count(*) FROM happened) AS share,
count(DISTINCT object) AS objects, {FIRST_LAST} FROM happened GROUP BY type, outcome""",
        "count DESC, last DESC, type, outcome",
    )
    counted = f"count(*) AS count, {failures}"
    asking.over_time("Over time", ["count", "failures", "objects"], counted, "happened")
