#!/usr/bin/env bash
# Builds Grafana Loki 3.7.8 from its Go module, pinned, into CATCHWATER_CACHE once; prints where the server lies. The
# tests of the sink `loki` run it; without Go they say SKIPPED.
set -euo pipefail
: "${CATCHWATER_CACHE:?set by the Makefile}"
LOKI=3.7.8
server="$CATCHWATER_CACHE/loki-$LOKI/loki"
if [ ! -x "$server" ]; then
  if ! command -v go >/dev/null; then
    echo "setup: no go: install Go; the tests of the sink loki will say SKIPPED" >&2
    exit 0
  fi
  echo "setup: building Loki $LOKI (Go module); ten minutes or more, once" >&2
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  cd "$build"
  # Loki builds with forks of some of its dependencies; a module's `replace` lines count only where it is the main one,
  # so they are taken over. Its own `./pkg/push` is published as a module.
  theirs=$(go mod download -json "github.com/grafana/loki/v3@v$LOKI" | sed -n 's/^\t"GoMod": "\(.*\)",*$/\1/p')
  {
    echo "module catchwater-tests-loki"
    sed -n '/^go /p' "$theirs"
    echo "require github.com/grafana/loki/v3 v$LOKI"
    sed -n -e '/^replace (/,/^)/p' -e '/^replace [^(]/p' "$theirs" | sed '/=> \.\//d'
  } >go.mod
  nice go get "github.com/grafana/loki/v3/cmd/loki@v$LOKI" 2>"$build/log" || { cat "$build/log" >&2; exit 1; }
  mkdir -p "$(dirname "$server")"
  CGO_ENABLED=0 nice go build -trimpath -ldflags='-s -w' -o "$server.new" github.com/grafana/loki/v3/cmd/loki
  mv "$server.new" "$server"
fi
echo "$server"
