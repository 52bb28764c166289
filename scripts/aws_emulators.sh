#!/usr/bin/env bash
# Installs what the tests of the AWS part stand on from PyPI into CATCHWATER_CACHE once, a venv each: the emulators
# ministack and moto, the fault proxy microburst, and cargo-lambda with the linker of zig, which makes the functions' zips.
# Pinned; a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/python_venv.sh
MINISTACK=1.5.33
MOTO=5.2.5
MICROBURST=0.10.0
CARGO_LAMBDA=1.9.2
ZIG=0.17.1 # older ones refuse the AVX-512 code of libdeflate: their clang is told to be without `evex512`

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
