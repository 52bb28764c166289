#!/usr/bin/env bash
# Installs what the tests need beside Rust: the AWS command (PyPI), cargo-deny (crates.io), Chromium (Debian),
# Elasticsearch, OpenSearch, Kafka and parts of Trino (Maven Central), InfluxDB and Loki (Go), the emulators of AWS, Spark and
# checkov (PyPI).
# Each is pinned and put into CATCHWATER_CACHE once; a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${CATCHWATER_CACHE:?set by the Makefile}"
AWSCLI=1.46.3
CARGO_DENY=0.20.2
mkdir -p "$CATCHWATER_CACHE/bin"

say() { echo "setup: $*" >&2; }

aws="$CATCHWATER_CACHE/aws-$AWSCLI"
if [ ! -x "$aws/bin/aws" ]; then
  say "installing awscli $AWSCLI (PyPI)"
  rm -rf "$aws"
  python3 -m venv "$aws"
  "$aws/bin/pip" install --quiet "awscli==$AWSCLI"
fi
ln -sfn "$aws/bin/aws" "$CATCHWATER_CACHE/bin/aws"

deny="$CATCHWATER_CACHE/cargo-deny-$CARGO_DENY"
if [ ! -x "$deny/bin/cargo-deny" ]; then
  say "building cargo-deny $CARGO_DENY (crates.io); a few minutes, once"
  CARGO_TARGET_DIR="$CATCHWATER_CACHE/build-cargo-deny" CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    cargo install --quiet --locked --root "$deny" "cargo-deny@$CARGO_DENY"
  rm -rf "$CATCHWATER_CACHE/build-cargo-deny"
fi
ln -sfn "$deny/bin/cargo-deny" "$CATCHWATER_CACHE/bin/cargo-deny"

if ! command -v chromedriver >/dev/null || ! command -v chromium >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing chromium and chromium-driver (Debian)"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-dejavu-core >/dev/null
  else
    say "no chromedriver: install chromium and chromium-driver; the page's tests will say SKIPPED"
  fi
fi
scripts/search_servers.sh
scripts/influxdb_server.sh >/dev/null
scripts/loki_server.sh >/dev/null
scripts/aws_emulators.sh
scripts/kafka_server.sh
scripts/spark.sh
scripts/trino.sh
scripts/terraform.sh >/dev/null
cargo fetch --quiet --locked
