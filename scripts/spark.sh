#!/usr/bin/env bash
# Installs Spark for the tests of the archive (PyPI: pyspark, and zstandard, which unpacks its objects), pinned, into
# CATCHWATER_CACHE once. A file `java-home` names the Java it runs on; without one the tests say SKIPPED.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CATCHWATER_CACHE:?set by the Makefile}"
PYSPARK=3.5.9 # runs on Java 8, 11 and 17
ZSTANDARD=0.25.0

say() { echo "setup: $*" >&2; }

java=$(scripts/java_home.sh 11 17)
if [ -z "$java" ]; then
  say "no Java 11 to 17: install openjdk-17-jre-headless; the tests of the archive will say SKIPPED"
  rm -f "$CATCHWATER_CACHE/spark"
  exit 0
fi
home="$CATCHWATER_CACHE/spark-$PYSPARK"
if [ ! -e "$home/java-home" ]; then
  say "installing pyspark $PYSPARK (PyPI); 300 MB, once"
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet "pyspark==$PYSPARK" "zstandard==$ZSTANDARD"
fi
echo "$java" >"$home/java-home"
ln -sfn "spark-$PYSPARK" "$CATCHWATER_CACHE/spark"
