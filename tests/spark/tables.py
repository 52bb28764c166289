"""Holds the archive's tables for Athena against real objects, as far as that goes without Athena:

- Hive's own parser, whose grammar Athena's DDL has, takes each statement that makes a table;
- each line of the objects, read through a table's columns and written again as JSON, is the line: no value is lost;
- aircompressor, the codec of Trino on which Athena rests, unpacks the objects to the same bytes;
- the statements of questions.sql run on the events, and give their rows as JSON.

    tables.py FOLDER/archive/athena TABLE=OBJECTS … [--word OLD=NEW …]
"""

import argparse
import json
import re
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.functions import from_json, lit, to_json
from pyspark.sql.types import StringType, StructType, _parse_datatype_string

TABLES = {"catchwater_events": "events.sql", "catchwater_raw": "raw.sql", "catchwater_dead_letters": "dead_letters.sql"}


def pair(text):
    """`NAME=VALUE`."""
    name, _, value = text.partition("=")
    return name, value


def schema(statement):
    """The columns of a statement, under the names that the SerDe maps them to."""
    columns = statement.split("(\n", 1)[1].split("\n)\n", 1)[0]
    for column, name in re.findall(r"'mapping\.(\w+)' = '([^']+)'", statement):
        columns = columns.replace(f"  `{column}` ", f"  `{name}` ", 1)
    return _parse_datatype_string(columns)


def unlike(value, came, kind, path=""):
    """The first place where what came back is not the value; `None` where all is the same."""
    if isinstance(kind, StructType):
        if not isinstance(value, dict):
            return f"{path} is no object: {value!r}"
        known = {field.name: field.dataType for field in kind}
        for name, inner in value.items():
            # A member that is null is the same as none.
            if inner is None:
                continue
            if name not in known:
                return f"{path}.{name} has no column"
            if name not in (came or {}):
                return f"{path}.{name} is lost: {inner!r}"
            found = unlike(inner, came[name], known[name], f"{path}.{name}")
            if found:
                return found
        return None
    if isinstance(kind, StringType) and not isinstance(value, str):
        came = json.loads(came)
    if value != came or isinstance(value, bool) != isinstance(came, bool):
        return f"{path}: {value!r} came back as {came!r}"
    return None


def check_lines(spark, table, kind, lines):
    """Reads lines through the table's columns and writes them again."""
    rows = spark.createDataFrame([(line,) for line in lines], "line STRING")
    read = rows.select("line", to_json(from_json("line", kind, {"mode": "FAILFAST"})).alias("again"))
    for line, again in read.collect():
        found = unlike(json.loads(line), json.loads(again), kind)
        if found:
            sys.exit(f"{table}: {found}\n{line}")


def by_trino(spark, data):
    """The object unpacked by aircompressor."""
    jvm = spark.sparkContext._jvm
    stream = jvm.io.airlift.compress.zstd.ZstdInputStream(jvm.java.io.ByteArrayInputStream(data))
    return bytes(jvm.org.apache.commons.io.IOUtils.toByteArray(stream))


def ask(spark, file, words):
    """Runs the statements of a file; what each gives by what stands before it."""
    answers = {}
    text = file.read_text(encoding="utf-8")
    for old, new in words:
        text = text.replace(old, new)
    for part in re.split(r"^-- (?=\d)", text, flags=re.MULTILINE)[1:]:
        number = part.split(".", 1)[0]
        sql = "\n".join(line for line in part.split("\n")[1:] if not line.startswith("--"))
        answers[number] = [json.loads(row) for row in spark.sql(sql.strip().rstrip(";")).toJSON().collect()]
    return answers


def main():
    """Runs all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("athena", type=Path)
    parser.add_argument("tables", nargs="+", type=pair)
    parser.add_argument("--word", action="append", type=pair, default=[])
    args = parser.parse_args()
    sys.path.insert(0, str(args.athena.parent / "spark"))
    import objects

    ansi = {"spark.sql.ansi.enabled": "true", "spark.sql.ansi.doubleQuotedIdentifiers": "true"}
    spark = SparkSession.builder.config(map=ansi).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    hive = spark.sparkContext._jvm.org.apache.hadoop.hive.ql.parse.ParseDriver()
    counted, answers = {}, {}
    for table, folder in args.tables:
        statement = (args.athena / TABLES[table]).read_text(encoding="utf-8")
        hive.parse(re.sub(r"^--.*\n", "", statement, flags=re.MULTILINE).strip())
        kind = schema(statement)
        events = []
        for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            data = path.read_bytes()
            lines = [line for line, fault in objects.lines(data) if fault is None or sys.exit(f"{path}: {fault}")]
            if data.startswith(objects.ZSTD):
                assert by_trino(spark, data) == b"".join(objects.unpacked(data)), path
            check_lines(spark, table, kind, lines)
            counted[table] = counted.get(table, 0) + len(lines)
            day = "/".join(path.relative_to(folder).parts[:3])
            rows = spark.createDataFrame([(line,) for line in lines], "line STRING")
            events.append(rows.select(from_json("line", kind).alias("e"), lit(day).alias("day")).select("e.*", "day"))
        if table == "catchwater_events":
            whole = events[0]
            for more in events[1:]:
                whole = whole.union(more)
            whole.withColumnRenamed("@timestamp", "event_time").persist().createOrReplaceTempView(table)
            answers = ask(spark, args.athena / "questions.sql", args.word)
    print(json.dumps({"lines": counted, "answers": answers}))


if __name__ == "__main__":
    main()
