# Every target sets up what it needs: `make demo` and `make test` work on a machine with Rust, git, make, gcc, Python and pip.
# What is fetched and built lives in the cache directory, outside the clone, and is shared by all clones.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export TRIPOD_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/tripod
# What is built is built for this processor, with the flags of .cargo/config.toml: another processor, or other flags, have a build of their own.
PROCESSOR := $(shell { grep -m1 -iE '^(flags|features)' /proc/cpuinfo 2>/dev/null || uname -mp; cat .cargo/config.toml; } | cksum | cut -d' ' -f1)
export CARGO_TARGET_DIR ?= $(TRIPOD_CACHE)/build-$(PROCESSOR)
export CCACHE_NAMESPACE ?= $(PROCESSOR)

# ONNX Runtime would keep a database of its use. The command line switches that off itself; this does so for tests and benchmarks.
export ORT_DISABLE_TELEMETRY := 1

RELEASE := $(CARGO_TARGET_DIR)/release/tripod
DEMO := $(CARGO_TARGET_DIR)/demo/tripod
DEBUG := $(CARGO_TARGET_DIR)/debug/tripod
# The models of `make demo`: demo or standard.
PROFILE ?= demo

.PHONY: help demo test test-long fuzz build dist dist-tree bench bench-memory bench-engine bench-dataset bench-formats bench-lora bench-training bench-reports forecaster soak lint setup clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: setup ## a full analysis of AAPL on bundled data, no key, no account; PROFILE=standard: with a reporter of 1.1 GB
	@scripts/build.sh demo
	@scripts/models.sh $(DEMO) $(PROFILE)
	$(DEMO) analyze AAPL --demo --profile $(PROFILE)

build: setup ## the release binary
	@scripts/build.sh release

dist: setup ## what is distributed, in dist/: an archive, a Python wheel and a Debian package for any processor of this architecture
	@scripts/dist.sh

dist-tree: setup
	@scripts/dist.sh tree

test: ## the whole test suite, the same that CI runs
	@scripts/test.sh

test-long: ## the same with the runs that take long, the fuzzer and the packages among them (two hours and a quarter)
	@scripts/test.sh --long

fuzz: setup ## the fuzzer over every parser that strangers' bytes reach, an hour each (SECONDS=60: a minute each)
	@scripts/fuzz.sh $(or $(SECONDS),3600)

bench: build ## speed beside llama.cpp's and ONNX Runtime's Python packages and llama-bench, on the demo's models and the true shapes (three quarters of an hour)
	@scripts/models.sh $(RELEASE)
	@scripts/bench.sh
	@scripts/shapes.sh $(RELEASE)
	python3 benches/speed.py

bench-memory: build ## the memory of the whole pipeline at full size
	@scripts/models.sh $(RELEASE)
	@scripts/shapes.sh $(RELEASE)
	cargo bench --locked --bench memory

bench-engine: build ## the engine's own pieces on the demo's models
	@scripts/models.sh $(RELEASE)
	cargo bench --locked --bench engine

bench-dataset: build ## the rate of the prompt factory beside a plain Python generator (two minutes)
	python3 benches/prompts.py $(RELEASE)

bench-training: ## the speed of training beside JAX, one thread each (ten minutes)
	@[ -x $(TRIPOD_CACHE)/bench-training/bin/python ] || python3 -m venv $(TRIPOD_CACHE)/bench-training
	@$(TRIPOD_CACHE)/bench-training/bin/python -m pip install --quiet jax==0.10.2 optax==0.2.8
	$(TRIPOD_CACHE)/bench-training/bin/python benches/training.py

bench-lora: ## the memory of LoRA on a checkpoint of TinyDeepSeek's shape (1 GB of random weights in the cache)
	cargo build --locked --release --features train
	python3 benches/lora_memory.py $(RELEASE) $(TRIPOD_CACHE)/bench
	python3 benches/lora_memory.py $(RELEASE) $(TRIPOD_CACHE)/bench --loss all

bench-reports: build ## sixty reports by each of three reporters, checked (make demo PROFILE=standard first, for the second)
	@scripts/models.sh $(RELEASE)
	python3 benches/reports.py $(RELEASE)

bench-formats: setup ## a model for each prompt format, from scratch, and their forecasts of the same windows compared (half an hour)
	cargo build --release --locked --features train
	scripts/formats.sh $(RELEASE) $(TRIPOD_CACHE)/formats

forecaster: setup ## the bundled forecaster again, from public prices and simulated ones (an hour and a half)
	cargo build --release --locked --features train
	scripts/forecaster.sh $(RELEASE) $(TRIPOD_CACHE)/forecaster

soak: build ## a thousand analyses through one server, and its memory (half an hour)
	@scripts/models.sh $(RELEASE)
	@scripts/bench.sh
	$(TRIPOD_CACHE)/bench/bin/python benches/tiny.py $$($(RELEASE) models path smollm2-135m-instruct) $(TRIPOD_CACHE)/bench/tiny.gguf
	python3 benches/soak.py $(RELEASE) $(TRIPOD_CACHE)/bench/tiny.gguf

lint: setup ## format and lint
	cargo fmt
	cargo clippy --locked --all-targets -- -D warnings

setup: # what the build needs: tools, and the page's chart library
	@scripts/setup.sh
	@scripts/page.sh

clean: ## remove what was built; keep what was fetched
	cargo clean
