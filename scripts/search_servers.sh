#!/usr/bin/env bash
# Installs Elasticsearch and OpenSearch for the tests from Maven Central, as their projects publish them for integration
# tests, into CATCHWATER_CACHE/search once. Each gets a file `java-home` that names the Java it runs on.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CATCHWATER_CACHE:?set by the Makefile}"
ELASTICSEARCH=8.18.0
OPENSEARCH=3.4.0      # needs Java 21
OPENSEARCH_OLD=2.19.4 # where there is none

say() { echo "setup: $*" >&2; }

# install NAME VERSION GROUP JAVA
install() {
  home="$CATCHWATER_CACHE/search/$1-$2"
  if [ ! -x "$home/bin/$1" ]; then
    say "fetching $1 $2 (Maven Central)"
    rm -rf "$home" "$home.part"
    mkdir -p "$home.part"
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy \
      -Dartifact="$3:$1:$2:zip" -DoutputDirectory="$home.part" -Dmdep.useBaseVersion=true >&2
    (cd "$home.part" && unzip -q ./*.zip)
    mv "$home.part/$1-$2" "$home"
    rm -rf "$home.part"
  fi
  echo "$4" >"$home/java-home"
  ln -sfn "$1-$2" "$CATCHWATER_CACHE/search/$1"
}

if ! command -v mvn >/dev/null || ! command -v unzip >/dev/null; then
  say "no mvn or unzip: install maven and unzip; the tests of Elasticsearch and OpenSearch will say SKIPPED"
  exit 0
fi
mkdir -p "$CATCHWATER_CACHE/search"
java17=$(scripts/java_home.sh 17)
java21=$(scripts/java_home.sh 21)
if [ -z "$java17" ]; then
  say "no Java 17: install openjdk-17-jre-headless; the tests of Elasticsearch and OpenSearch will say SKIPPED"
  exit 0
fi
install elasticsearch "$ELASTICSEARCH" org.elasticsearch.distribution.integ-test-zip "$java17"
if [ -n "$java21" ]; then
  install opensearch "$OPENSEARCH" org.opensearch.distribution.integ-test-zip "$java21"
else
  install opensearch "$OPENSEARCH_OLD" org.opensearch.distribution.integ-test-zip "$java17"
fi
