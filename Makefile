# `make test` sets up all that it needs and runs everything that CI runs.
# Slow things lie in CATCHWATER_CACHE (outside the repository) and are made again where they are missing.
CATCHWATER_CACHE ?= $(HOME)/.cache/catchwater-tests
export CATCHWATER_CACHE

.PHONY: test setup lint package functions e2e bench generate run clean

test: setup lint e2e functions
	@echo "make test: all passed"

setup:
	@scripts/setup.sh

lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo clippy --workspace --lib --bins --locked -- -D warnings -D clippy::unwrap_used
	$(CATCHWATER_CACHE)/bin/cargo-deny --log-level error check bans licenses sources
	cargo xtask generate --check

# The Lambda functions' zips, in target/lambda/: for arm64 where its standard library is installed, else for x86_64;
# built by zig's linker for the glibc of Amazon Linux 2023.
FUNCTION_ARCH ?= $(shell [ -d "$$(rustc --print target-libdir --target aarch64-unknown-linux-gnu 2>/dev/null)" ] \
  && echo aarch64 || echo x86_64)
package: setup
	PATH="$(CATCHWATER_CACHE)/bin:$$PATH" cargo lambda build --profile function --locked -p catchwater-functions \
	  --target $(FUNCTION_ARCH)-unknown-linux-gnu.2.34 --output-format zip
	@ls -l $${CARGO_TARGET_DIR:-target}/lambda/*/bootstrap.zip
	@echo "built for Lambda's architecture \"$(subst aarch64,arm64,$(FUNCTION_ARCH))\": Terraform is told so (architecture = …)"

# The functions as they are shipped, on emulators of AWS: what goes wrong, the whole chain into every store, and stood up by
# Terraform. The emulators run them on this machine's own processor.
functions: FUNCTION_ARCH = $(shell uname -m)
functions: package
	cargo test --workspace --locked --test functions --test deployed_chain --test terraform_apply

# All tests but those of the functions' zips: the crates' own, and the whole program as users start it, with the release binary, the AWS
# command, a real browser, real servers. Of the whole workspace at once, so that no crate is built twice with other features.
e2e: setup
	cargo build --release --locked
	cargo test --workspace --locked
	cargo xtask score --check

bench: FUNCTION_ARCH = $(shell uname -m)
bench: package
	cargo build --release --locked
	cargo bench --locked -p catchwater-transforms
	cargo bench --locked -p catchwater-consumer-elasticsearch
	cargo bench --locked -p catchwater-consumer-sqlite
	cargo bench --locked -p catchwater-consumer-influxdb
	cargo bench --locked -p catchwater-consumer-timestream
	cargo bench --locked -p catchwater-consumer-loki
	cargo bench --locked -p catchwater-tests

generate:
	cargo xtask generate

run:
	cargo run --release

clean:
	cargo clean
	rm -rf tests/artefacts catchwater-data
