#!/usr/bin/env bash
# Prints the folder of the oldest Java that is at least of the version $1 and at most of $2; nothing where there is none.
set -euo pipefail
for java in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  if [ -z "$java" ] || [ -L "$java" ] || [ ! -x "$java/bin/java" ]; then continue; fi
  version=$("$java/bin/java" -version 2>&1 | sed -n '1s/[^"]*"\([0-9]*\).*/\1/p')
  if [ "${version:-0}" -ge "$1" ] && [ "$version" -le "${2:-$version}" ]; then echo "$version $java"; fi
done | sort -n | sed -n '1s/^[0-9]* //p'
