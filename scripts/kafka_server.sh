#!/usr/bin/env bash
# Installs Kafka's broker and its command-line tools from Maven Central, pinned, with all that it needs, into CATCHWATER_CACHE/kafka-VERSION once, and
# the client `kcat` (Debian). The file `java-home` names the Java that the broker runs on.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CATCHWATER_CACHE:?set by the Makefile}"
KAFKA=4.1.1 # needs Java 17

say() { echo "setup: $*" >&2; }

if ! command -v kcat >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing kcat (Debian)"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends kcat >/dev/null
  else
    say "no kcat: install it; the tests of Kafka will say SKIPPED"
  fi
fi
java=$(scripts/java_home.sh 17)
if ! command -v mvn >/dev/null || [ -z "$java" ]; then
  say "no mvn or no Java 17: install maven and openjdk-17-jre-headless; the tests of Kafka will say SKIPPED"
  exit 0
fi
home="$CATCHWATER_CACHE/kafka-$KAFKA"
if [ ! -d "$home/lib" ]; then
  say "fetching Kafka $KAFKA (Maven Central)"
  rm -rf "$home.part"
  mkdir -p "$home.part"
  cat >"$home.part/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>catchwater.tests</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$KAFKA</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>$KAFKA</version>
    </dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$home.part/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies \
    -DoutputDirectory="$home.part/lib" -DincludeScope=runtime >&2
  rm -rf "$home"
  mv "$home.part" "$home"
fi
echo "$java" >"$home/java-home"
ln -sfn "kafka-$KAFKA" "$CATCHWATER_CACHE/kafka"
