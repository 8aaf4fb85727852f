# Signalbox: from a fresh clone to what is wanted, one word each. `make help` lists them.
#
# Everything here is one line into cargo, xtask or node; scripts/setup.sh brings what is missing, and scripts/step.sh
# runs a step with the toolchain that set-up chose and says how long it took.
#
# What the browser loads is always made in target/site below this folder, even where CARGO_TARGET_DIR sends cargo's own
# output elsewhere: the server crate embeds it by that path.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

STEP := scripts/step.sh
OUTPUT := $(or $(CARGO_TARGET_DIR),target)
SIGNALBOX := $(OUTPUT)/release/signalbox
XTASK := cargo run --quiet --package xtask --
WASM := wasm32-unknown-unknown
# The simulation lives on small pieces of memory: a longer list of free ones makes glibc's allocator a quarter faster.
SIMULATE := env GLIBC_TUNABLES=glibc.malloc.tcache_count=2000:glibc.malloc.mxfast=0
YEARS ?= 100

# For the program: make demo ARGS="--speed 600", make serve CONFIG=my.toml.
ARGS ?=
CONFIG ?= signalbox.toml

# `frontend` is left out of what is built for this machine: cargo would join its features for the browser with those for
# the server in one build of `app`, and nobody runs that. It is checked for wasm instead.
HERE := --workspace --exclude frontend

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# ---- run -----------------------------------------------------------------------------------------------------

.PHONY: demo serve build site setup
demo: build ## set up what is missing, build, and run the demo at http://127.0.0.1:3000
	@exec $(STEP) - $(SIGNALBOX) demo $(ARGS)

serve: build ## the same against real sources: make serve CONFIG=signalbox.toml
	@exec $(STEP) - $(SIGNALBOX) serve --config $(CONFIG) $(ARGS)

build: site ## leave the finished program, assets inside, in target/release/signalbox
	@$(STEP) "building the server (the first time takes minutes)" cargo build --release --package server

site: setup ## make target/site, all that the browser loads
	@$(STEP) "building the page (wasm, script, style)" cargo run --package xtask -- web

setup: ## bring what building needs
	@scripts/setup.sh toolchain web

# ---- check ---------------------------------------------------------------------------------------------------

.PHONY: test test-rust test-web contract lint fmt tidy
test: ## all that CI runs
	@rm -rf target/counts; began=$$SECONDS; failed=; \
	for part in test-rust contract test-web; do $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; done; \
	scripts/tally.sh "$$((SECONDS - began))" $$failed

test-rust: setup ## format, rules, lints and tests of the crates
	@$(STEP) "format" cargo fmt --all --check
	@$(STEP) "rules of the repository" $(XTASK) tidy
	@$(STEP) "licences" $(XTASK) licences
	@$(STEP) "building the page (wasm, script, style)" $(XTASK) web --within-budget
	@$(STEP) "lints" cargo clippy $(HERE) --all-targets -- -D warnings
	@$(STEP) "lints of what runs in the browser" cargo clippy --package frontend --lib --target $(WASM) -- -D warnings
	@if $(STEP) - cargo nextest --version >/dev/null 2>&1; then \
		COUNTS=crates $(STEP) "tests of the crates" cargo nextest run $(HERE) --no-fail-fast --status-level fail; \
		COUNTS=examples $(STEP) "examples in the documentation" cargo test --quiet --doc $(HERE) --no-fail-fast; \
	else \
		COUNTS=crates $(STEP) "tests of the crates" cargo test --quiet $(HERE) --no-fail-fast; \
	fi
	@$(STEP) "simulation of $(YEARS) years" $(SIMULATE) $(OUTPUT)/debug/simulate --years $(YEARS)
	@$(STEP) "conductor alone" cargo check --package conductor
	@$(STEP) "conductor in the browser" cargo check --package conductor --target $(WASM)

contract: build ## what we ask of the vendors, judged by their own descriptions
	@scripts/setup.sh contract
	@COUNTS=contract SIGNALBOX="$(abspath $(SIGNALBOX))" $(STEP) "requests against the vendors' descriptions" node end2end/contract/run.mjs $(ARGS)

test-web: build ## the finished program in a browser
	@scripts/setup.sh browser
	@COUNTS=browser SIGNALBOX="$(abspath $(SIGNALBOX))" $(STEP) "browser tests" node end2end/run.mjs $(ARGS)

lint: setup ## lints alone
	@$(STEP) "lints" cargo clippy $(HERE) --all-targets -- -D warnings

tidy: setup ## rules of the repository alone
	@$(STEP) "rules of the repository" $(XTASK) tidy

fmt: setup ## format all sources
	@$(STEP) "format" cargo fmt --all

# ---- measure and show ----------------------------------------------------------------------------------------

.PHONY: simulate bench screenshots clean
simulate: setup ## simulate many years with faults: make simulate YEARS=10000 ARGS="--seed 1"
	@$(STEP) "simulation of $(YEARS) years" $(SIMULATE) cargo run --quiet --release --package simulation -- --years $(YEARS) $(ARGS)

bench: build ## measure against nginx and write down the figures
	@scripts/setup.sh bench browser
	@SIGNALBOX="$(abspath $(SIGNALBOX))" $(STEP) "benchmarks" scripts/bench.sh $(ARGS)

screenshots: build ## make the pictures of the README anew
	@scripts/setup.sh browser
	@SIGNALBOX="$(abspath $(SIGNALBOX))" $(STEP) "screenshots" node end2end/screenshots.mjs $(ARGS)

clean: ## remove what was built
	@$(STEP) "cleaning" cargo clean
	@rm -rf target/site target/site.made-from target/web target/counts
