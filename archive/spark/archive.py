"""The events of an archive as a table of Spark: each event once, in its highest revision.

The archive holds an event as often as it was delivered, and each of its revisions (docs/archive.md). So the one that
counts is chosen here, before anything is asked, whatever folder it lies in.
"""

from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

import objects

# What the questions look at. All of it is read as text: of an object or a list it is the JSON.
FIELDS = """@timestamp service.name event.id event.type event.action event.outcome event.duration catchwater.revision
catchwater.kind catchwater.who catchwater.who_class catchwater.application catchwater.operation
catchwater.query.language catchwater.query.text catchwater.query.normalized catchwater.query.fingerprint
catchwater.action_type message client.ip error.code file.name file.path file.size file.source.bucket file.source.key
file.destination.bucket file.destination.key http.request.method http.response.status_code organization.name
premis.event.type premis.event.outcome premis.event.outcome_detail premis.event.detail premis.agent.name
premis.object.identifier source.address source.ip url.original url.path url.query user.id user.name
user_agent.original""".split()

# Nanoseconds since the epoch of RFC 3339 in UTC, of which Spark itself keeps microseconds only.
TIME_NS = """unix_seconds(try_cast(substr(e.`@timestamp`, 1, 19) || 'Z' AS TIMESTAMP)) * 1000000000
+ coalesce(try_cast(rpad(regexp_extract(e.`@timestamp`, '[.]([0-9]{1,9})', 1), 9, '0') AS BIGINT), 0)"""

# What one row of an archive's line is grouped by: the event, or what is damaged.
KEY = "coalesce(e.event.id, path || ' ' || fault)"


class NoArchive(Exception):
    """There is nothing to read; the text says where and why."""


class Archive:
    """An archive that has been read."""

    def __init__(self, spark, paths):
        """Reads all objects below these folders, files or patterns."""
        found = list_objects(spark, paths)
        self.objects = len(found.inputFiles())
        if self.objects == 0:
            raise NoArchive(f"there are no objects in {', '.join(paths)}")
        # Executors on other machines have the module only if they are sent it.
        spark.sparkContext.addPyFile(str(Path(__file__).with_name("objects.py")))
        unpacked = found.select("path", "content").rdd.flatMap(lambda row: objects.rows(row.path, row.content))
        table = spark.createDataFrame(unpacked, "path STRING, line STRING, fault STRING", verifySchema=False)
        event = F.from_json("line", ", ".join(columns(tree(FIELDS), " "))).alias("e")
        read = table.select("path", "fault", event).selectExpr(
            "path",
            "coalesce(fault, CASE WHEN e.event.id IS NULL THEN 'a line is no event' END) AS fault",
            f"{TIME_NS} AS time_ns",
            "coalesce(try_cast(e.catchwater.revision AS BIGINT), 0) AS revision",
            "e",
        )
        # Of equal revisions, which a log event without a time of its own may have, the earlier one.
        rows_once = read.groupBy(F.expr(KEY)).agg(
            F.expr("max_by(struct(time_ns, e), struct(revision, -time_ns)) AS event"),
            F.expr("count(*) AS times"),
            F.expr("any_value(path) AS path"),
            F.expr("any_value(fault) AS fault"),
        )
        self.table = rows_once.persist()
        events = self.table.where("fault IS NULL").select("event.time_ns", "event.e")
        events.createOrReplaceTempView("events")
        self.lines, self.events = self.table.selectExpr(
            "coalesce(sum(times) FILTER (WHERE fault IS NULL), 0)", "count_if(fault IS NULL)"
        ).first()

    def damage(self):
        """What could not be read: object, what is wrong, and how often."""
        found = self.table.where("fault IS NOT NULL").select("path", "fault", "times")
        return [tuple(row) for row in found.orderBy("path", "fault").collect()]


def list_objects(spark, paths):
    """All objects, not yet read."""
    try:
        return spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(list(paths))
    except AnalysisException as error:
        if "PATH_NOT_FOUND" in str(error):
            raise NoArchive(f"there is no such path: {', '.join(paths)}") from error
        raise


def tree(paths):
    """Dotted paths as nested dictionaries."""
    root = {}
    for path in paths:
        *parents, name = path.split(".")
        at = root
        for parent in parents:
            at = at.setdefault(parent, {})
        at[name] = {}
    return root


def columns(fields, separator):
    """Nested dictionaries as columns of Spark's DDL; what is in no object is text."""
    for name, inner in fields.items():
        kind = f"STRUCT<{', '.join(columns(inner, ': '))}>" if inner else "STRING"
        yield f"`{name}`{separator}{kind}"
