#!/usr/bin/env bash
# Builds InfluxDB 1.8.10 from its Go module, pinned, into CATCHWATER_CACHE once; prints where the server lies. The
# tests of the sink `influxdb` run it; without Go they say SKIPPED.
set -euo pipefail
: "${CATCHWATER_CACHE:?set by the Makefile}"
INFLUXDB=1.8.10
server="$CATCHWATER_CACHE/influxdb-$INFLUXDB/influxd"
if [ ! -x "$server" ]; then
  if ! command -v go >/dev/null; then
    echo "setup: no go: install Go; the tests of the sink influxdb will say SKIPPED" >&2
    exit 0
  fi
  echo "setup: building InfluxDB $INFLUXDB (Go module); a minute, once" >&2
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  cd "$build"
  printf 'module catchwater-tests-influxdb\n' >go.mod
  go get "github.com/influxdata/influxdb/cmd/influxd@v$INFLUXDB" 2>/dev/null
  mkdir -p "$(dirname "$server")"
  go build -trimpath -o "$server.new" github.com/influxdata/influxdb/cmd/influxd
  mv "$server.new" "$server"
fi
echo "$server"
