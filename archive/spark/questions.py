"""Answers the five questions from an archive in bulk: a job for Spark 3.5 or newer (docs/archive.md).

    spark-submit questions.py s3a://BUCKET/events/2026/11 --since 2026-11-01 --until 2026-12-01 --output answers

The questions, their options and their JSON are those of `catchwater report`. What is delivered twice counts once, and of
an event's revisions the highest counts. What could not be read is told on standard error, and the exit code is then 3.
"""

import argparse
import csv
import io
import json
import re
import sys
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path

from pyspark.sql import SparkSession

import answers
from archive import Archive, NoArchive
from asking import CALENDAR, EPOCH, LENGTHS, Asking, rfc3339

QUESTIONS = {
    "who-queries-what": ("Who queries what", lambda asking, _: answers.who_queries_what(asking)),
    "queries": ("What was asked, and how frequently", lambda asking, _: answers.queries(asking)),
    "agent": ("What {name} asks", lambda asking, args: answers.agent(asking, args.agent)),
    "file-moves": ("Which file moved where", lambda asking, _: answers.file_moves(asking)),
    "preservation-events": (
        "What happened to preserved objects",
        lambda asking, args: answers.preservation_events(asking, args.object),
    ),
}
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}
# Most that an error of Java may say; the rest is its stack.
MOST_ERROR = 600


def when(text):
    """A time as `catchwater report` takes it, in nanoseconds since the epoch; without zone it is UTC."""
    ago = re.fullmatch(r"(\d{1,9})([smhdw])", text)
    try:
        if ago:
            at = datetime.now(timezone.utc) - timedelta(seconds=int(ago[1]) * UNITS[ago[2]])
        else:
            at = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    except (ValueError, OverflowError) as error:
        told = f"`{text}` is no time; give 2d, 3h, 2026-11-01 or 2026-11-01T10:00Z (UTC without zone)"
        raise argparse.ArgumentTypeError(told) from error
    since = (at if at.tzinfo else at.replace(tzinfo=timezone.utc)) - EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000


def arguments():
    """What the job was called with."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="+", help="folders, objects or patterns: local, or s3a://BUCKET/events/2026/11/*")
    parser.add_argument("--question", action="append", choices=QUESTIONS, help="all of them without it; may be repeated")
    parser.add_argument("--agent", metavar="NAME", help="whom the question `agent` is about; * is any text")
    parser.add_argument("--object", metavar="ID", help="only what happened to this preserved object")
    parser.add_argument("--since", type=when, metavar="TIME", help="from this time of the event on: 2d, 2026-11-01")
    parser.add_argument("--until", type=when, metavar="TIME", help="up to before this time")
    parser.add_argument("--by", choices=[*LENGTHS, *CALENDAR], help="also over time, by these stretches of it")
    parser.add_argument("--service", metavar="NAME", help="only of this service")
    parser.add_argument("--limit", type=int, default=1_000, metavar="ROWS", help="most rows of a table (1,000)")
    parser.add_argument("--table", metavar="NAME", help="only this table of the answers: summary, over_time …")
    parser.add_argument("--format", choices=["table", "csv", "json"], default="table")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="a file an answer (csv: a table), not standard output")
    args = parser.parse_args()
    args.question = args.question or [name for name in QUESTIONS if name != "agent" or args.agent]
    if "agent" in args.question and not args.agent:
        parser.error("the question `agent` needs --agent NAME")
    if args.since is not None and args.until is not None and args.since >= args.until:
        parser.error("--until must be later than --since")
    if not 1 <= args.limit <= 1_000_000:
        parser.error("--limit is a number from 1 to 1000000")
    return args


def ask(spark, archive, name, args):
    """The answer to one question, as a document."""
    title, question = QUESTIONS[name]
    asking = Asking(spark, args.since, args.until, args.service, args.by, args.limit)
    question(asking, args)
    sections = [table for table in asking.answer["sections"] if args.table in (None, table["name"])]
    time = {edge: None if at is None else rfc3339(at) for edge, at in (("since", args.since), ("until", args.until))}
    meta = {
        "archive": args.archive,
        "objects": archive.objects,
        "lines": archive.lines,
        "events": archive.events,
        **time,
        "service": args.service,
        "by": args.by,
        "limit": args.limit,
        "complete": all(section["complete"] for section in sections),
    }
    document = {"report": name, "title": title.replace("{name}", args.agent or ""), "meta": meta}
    return document | {"totals": asking.answer["totals"], "sections": sections}


def harmless(text):
    """Logs hold what anybody sent: a sign for what a terminal would obey or what turns text round."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf") else c for c in str(text))


def as_table(document):
    """For people."""
    yield f"{document['title']}\n"
    yield "   ".join(f"{name} {value}" for name, value in document["totals"].items() if value is not None) + "\n"
    for section in document["sections"]:
        left = "" if section["complete"] else f"  {len(section['rows'])} of {section['total_rows']}"
        yield f"\n{harmless(section['title'])}{left}\n"
        names = list(section["rows"][0]) if section["rows"] else []
        cells = [["" if row[name] is None else harmless(row[name]) for name in names] for row in section["rows"]]
        widths = [max(map(len, column)) for column in zip(names, *cells)]
        for line in [names, ["─" * width for width in widths], *cells] if names else [["(none)"]]:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths or [0])).rstrip() + "\n"
    yield "\n"


def as_csv(section):
    """RFC 4180; a text that a spreadsheet would take for a formula has a `'` before it."""
    out = io.StringIO()
    rows = csv.writer(out)
    if section["rows"]:
        rows.writerow(section["rows"][0])
    for row in section["rows"]:
        guarded = [f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell for cell in row.values()]
        rows.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in guarded])
    return out.getvalue()


def files(documents, args):
    """Names and texts of what is shown."""
    for document in documents:
        if args.format == "json":
            yield f"{document['report']}.json", json.dumps(document, ensure_ascii=True, indent=2) + "\n"
        elif args.format == "table":
            yield f"{document['report']}.txt", "".join(as_table(document))
        else:
            for section in document["sections"]:
                yield f"{document['report']}.{section['name']}.csv", as_csv(section)


def write(documents, args):
    """Writes the answers where they were asked for."""
    if args.output is None and args.format == "json":
        whole = documents[0] if len(documents) == 1 else documents
        print(json.dumps(whole, ensure_ascii=True, indent=2))
        return
    for name, text in files(documents, args):
        if args.output is None:
            print(text, end="" if args.format == "table" else "\n")
        else:
            args.output.mkdir(parents=True, exist_ok=True)
            (args.output / name).write_text(text, encoding="utf-8", newline="")


def main():
    """Runs the job; the exit code."""
    args = arguments()
    # Bars of progress would stand between what is said here.
    session = SparkSession.builder.appName("catchwater questions").config("spark.ui.showConsoleProgress", "false")
    spark = session.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    # Off in Spark 3 and on in Spark 4, where it is not said; the answers must not depend on it.
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        archive = Archive(spark, args.archive)
        documents = [ask(spark, archive, name, args) for name in args.question]
        damage = archive.damage()
    except NoArchive as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        said = str(getattr(error, "java_exception", None) or error)
        if "ClassNotFoundException" in said and "s3a" in said.lower():
            said = "this Spark reads no s3a://; start it with --packages org.apache.hadoop:hadoop-aws:3.3.4"
        if "No module named 'zstandard'" in said:
            said = "the Python of Spark's workers has no zstandard: install it there, or name another by PYSPARK_PYTHON"
        print(f"error: the archive cannot be read: {harmless(said[:MOST_ERROR])}", file=sys.stderr)
        return 1
    if args.table and not any(document["sections"] for document in documents):
        print(f"error: no answer has a table `{args.table}` (over_time is there with --by)", file=sys.stderr)
        return 1
    write(documents, args)
    for path, what, times in damage:
        print(f"damaged: {harmless(path)}: {harmless(what)} ({times} x)", file=sys.stderr)
    return 3 if damage else 0


if __name__ == "__main__":
    sys.exit(main())
