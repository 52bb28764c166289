#!/usr/bin/env bash
# Installs the parts of Trino that the tests hold the archive's tables against (Maven Central, pinned by
# tests/trino/pom.xml) into CATCHWATER_CACHE once. A file `java-home` names the Java that they run on.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CATCHWATER_CACHE:?set by the Makefile}"
TRINO=$(sed -n '0,/<version>[0-9]\{2,\}/s/.*<version>\([0-9]\{2,\}\)<.*/\1/p' tests/trino/pom.xml)

say() { echo "setup: $*" >&2; }

java=$(scripts/java_home.sh 24)
if [ -z "$java" ] || ! command -v mvn >/dev/null; then
  say "no Java 24 or newer, or no mvn: the archive's tables are not held against Trino"
  rm -f "$CATCHWATER_CACHE/trino"
  exit 0
fi
home="$CATCHWATER_CACHE/trino-$TRINO"
if [ ! -e "$home/java-home" ]; then
  say "fetching parts of Trino $TRINO (Maven Central)"
  rm -rf "$home"
  mvn -q -B -f tests/trino/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies \
    -DoutputDirectory="$home/lib" >&2
fi
echo "$java" >"$home/java-home"
ln -sfn "trino-$TRINO" "$CATCHWATER_CACHE/trino"
