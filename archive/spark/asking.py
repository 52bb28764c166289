"""Runs the SQL of a question and gathers its answer: totals and sections, in the shape of `catchwater report`'s JSON."""

from datetime import datetime, timedelta, timezone

# Rows that a table over time has at most: the newest.
MOST_BUCKETS = 10_000
# Rows of one table with a row for each bucket and group.
MOST_ROWS = 100_000
SECOND_NS = 10**9
# Buckets of one length: where they begin, and the length, in seconds. 1969-12-29 was a Monday.
LENGTHS = {"minute": (0, 60), "hour": (0, 3_600), "day": (0, 86_400), "week": (-3 * 86_400, 7 * 86_400)}
CALENDAR = ["month", "year"]
TIMES = {"time", "first", "last"}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Asking:
    """One question that is being asked of the table `events`."""

    def __init__(self, spark, since=None, until=None, service=None, by=None, limit=20):
        """Times are nanoseconds since the epoch."""
        self.spark, self.service, self.by, self.limit = spark, service, by, limit
        self.since = -(2**63) + 1 if since is None else since
        self.until = 2**63 - 1 if until is None else until
        self.parameters = {} if service is None else {"service": service}
        self.bucket = bucket_sql(by) if by else None
        self.answer = {"totals": {}, "sections": []}

    def matching(self, kind):
        """SQL for the events of a kind that are asked for."""
        service = "" if self.service is None else " AND e.service.name = :service"
        return f"{kind} AND time_ns >= {self.since} AND time_ns < {self.until}{service}"

    def sql(self, text):
        """A table; only the parameters that it names are given."""
        named = {name: value for name, value in self.parameters.items() if f":{name}" in text}
        return self.spark.sql(text, args=named)

    def view(self, name, text):
        """Names a table for the SQL that follows."""
        self.sql(text).createOrReplaceTempView(name)

    def totals(self, text):
        """Numbers about all events."""
        row = self.sql(text).first().asDict()
        self.answer["totals"] = {name: shown(name, value) for name, value in row.items()}

    def section(self, name, title, columns, text, order, latest=False, most=None):
        """A table of rows in this order; `latest` ones are taken from the end and shown in the order of time."""
        most = most or self.limit
        table = self.sql(text)
        rows = table.orderBy(*ordered(table, order)).limit(most + 1).collect()
        total = len(rows) if len(rows) <= most else table.count()
        rows = [{column: shown(column, row[column]) for column in columns} for row in rows[:most]]
        if latest:
            rows.reverse()
        complete = total <= len(rows)
        self.answer["sections"].append(
            {"name": name, "title": title, "complete": complete, "total_rows": total, "rows": rows}
        )
        return self.answer["sections"][-1]

    def over_time(self, title, columns, counted, source):
        """A table over time, if one is wanted."""
        if self.bucket:
            self.buckets(title, columns, f"SELECT {self.bucket} AS time, {counted} FROM {source} GROUP BY time")

    def buckets(self, title, columns, text):
        """A table over time, without gaps: where nothing happened there is a row with 0."""
        names = ["time", *columns]
        section = self.section("over_time", title, names, text, "time DESC", latest=True, most=MOST_BUCKETS)
        empty = {column: None if column.endswith("_ns") else 0 for column in columns}
        filled = []
        for row in section["rows"]:
            expected = following(filled[-1]["time"], self.by) if filled else row["time"]
            while expected < row["time"] and len(filled) < MOST_BUCKETS:
                filled.append({"time": expected, **empty})
                expected = following(expected, self.by)
            filled.append(row)
        if len(filled) <= MOST_BUCKETS:
            section["total_rows"] += len(filled) - len(section["rows"])
            section["rows"] = filled


def ordered(table, order):
    """Columns of `a DESC, b` of the table."""
    for part in order.split(", "):
        name, _, direction = part.partition(" ")
        column = table[name.strip("`")]
        yield column.desc() if direction == "DESC" else column.asc()


def bucket_sql(by):
    """SQL for the start of the bucket that `time_ns` lies in."""
    if by in CALENDAR:
        second = f"(time_ns - pmod(time_ns, {SECOND_NS})) DIV {SECOND_NS}"
        return f"unix_seconds(date_trunc('{by}', timestamp_seconds({second}))) * {SECOND_NS}"
    start, length = (part * SECOND_NS for part in LENGTHS[by])
    return f"time_ns - pmod(time_ns - ({start}), {length})"


def following(start, by):
    """The bucket after this one; both as text."""
    at = datetime.fromisoformat(start.replace("Z", "+00:00"))
    if by in LENGTHS:
        at += timedelta(seconds=LENGTHS[by][1])
    elif by == "year" or at.month == 12:
        at = at.replace(year=at.year + 1, month=1)
    else:
        at = at.replace(month=at.month + 1)
    return rfc3339(round((at - EPOCH).total_seconds()) * SECOND_NS)


def shown(column, value):
    """A value in the unit that the column's name says."""
    if value is None:
        return None
    if column in TIMES:
        return rfc3339(value)
    if column == "share":
        return round(value, 6)
    return round(value) if isinstance(value, float) else value


def rfc3339(nanos):
    """An instant in UTC, with as many digits of the second as it needs, at least three."""
    seconds, rest = divmod(nanos, SECOND_NS)
    digits = f"{rest:09}"
    kept = next((n for n in (3, 6) if set(digits[n:]) == {"0"}), 9)
    return f"{(EPOCH + timedelta(seconds=seconds)):%Y-%m-%dT%H:%M:%S}.{digits[:kept]}Z"
