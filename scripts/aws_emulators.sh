#!/usr/bin/env bash
# Installs what the tests of the AWS part stand on from PyPI into CATCHWATER_CACHE once, a venv each: the emulators
# ministack and moto, the fault proxy microburst, and cargo-lambda with the linker of zig, which makes the functions' zips.
# Pinned; a second run does nothing.
set -euo pipefail
: "${CATCHWATER_CACHE:?set by the Makefile}"
MINISTACK=1.5.33
MOTO=5.2.5
MICROBURST=0.10.0
CARGO_LAMBDA=1.9.2
ZIG=0.17.1 # older ones refuse the AVX-512 code of libdeflate: their clang is told to be without `evex512`

# install NAME VERSION PACKAGE...: a venv `NAME-VERSION`, whole or not there.
install() {
  home="$CATCHWATER_CACHE/$1-$2"
  if [ ! -e "$home/installed" ]; then
    echo "setup: installing $1 $2 (PyPI)" >&2
    rm -rf "$home"
    python3 -m venv "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check "${@:3}"
    touch "$home/installed"
  fi
}

# link NAME TARGET: bin/NAME leads to a file of the cache.
link() { ln -sfn "../$2" "$CATCHWATER_CACHE/bin/$1"; }

mkdir -p "$CATCHWATER_CACHE/bin"
install ministack "$MINISTACK" "ministack==$MINISTACK"
link ministack "ministack-$MINISTACK/bin/ministack"
install moto "$MOTO" "moto[server]==$MOTO"
link moto_server "moto-$MOTO/bin/moto_server"
install microburst "$MICROBURST" "microburst==$MICROBURST"
link microburst "microburst-$MICROBURST/bin/microburst"
install cargo-lambda "$CARGO_LAMBDA" "cargo-lambda==$CARGO_LAMBDA" "ziglang==$ZIG"
link cargo-lambda "cargo-lambda-$CARGO_LAMBDA/bin/cargo-lambda"
zig=$(cd "$CATCHWATER_CACHE" && echo "cargo-lambda-$CARGO_LAMBDA"/lib/python3*/site-packages/ziglang/zig)
link zig "$zig"
