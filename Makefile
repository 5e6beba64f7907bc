# Everything from nothing but git, make and Python 3.11+: `make refresh` gives the morning of 14 July 2025, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked
EXTRA_PARTS := chat postgresql ui
EXTRAS := $(VENV)/.extras
READER_LOCKS := $(wildcard tests/outputs/readers/*.lock)
PEERS := $(VENV)/peers/.locked
READERS := $(READER_LOCKS:tests/outputs/readers/%.lock=$(VENV)/readers/%)

export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup extras refresh dev parse test test-fast test-nights test-all lint lint-python lint-sql format render seeds lock sbom bench clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## the environment, exactly as locked

$(STAMP): requirements.lock requirements.dev.lock pyproject.toml scripts/bootstrap.py
	$(PYTHON) scripts/bootstrap.py $(VENV) dev
	@touch $@

extras: $(EXTRAS) $(READERS) ## chat, PostgreSQL, Dagster's UI; older DuckDBs for the tests

$(EXTRAS): $(STAMP) $(EXTRA_PARTS:%=requirements.%.lock)
	$(PYTHON) scripts/bootstrap.py $(VENV) dev $(EXTRA_PARTS)
	@touch $@

$(VENV)/readers/%: tests/outputs/readers/%.lock $(STAMP)
	$(BIN)/uv pip install --quiet --no-deps --require-hashes --python $(BIN)/python --target $@ -r $<
	@touch $@

$(PEERS): requirements.bench.lock $(STAMP)
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --python $(BIN)/python --target $(@D) -r $<
	@touch $@

refresh: $(STAMP) ## one night; with no INBOX the demo of 14 July 2025
	@# 3 means: published, and an office still owes something.
	@$(BIN)/haicap refresh $(if $(INBOX),--inbox $(INBOX)) $(if $(AS_OF),--as-of $(AS_OF)) || test $$? -eq 3

dev: $(EXTRAS) ## Dagster's UI
	$(BIN)/haicap dev

parse: $(STAMP)
	@# Once for all nights of the tests: the setup did it, unless the dbt project has changed since.
	@$(BIN)/python -m dagster_project.warehouse.dbt_project --install

PYTEST := $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test: lint parse ## style, types and every rule against its truth: what a change needs
	@$(PYTEST) -m "not drill and not debian and not extra and not long"

test-fast: $(STAMP) ## the rules alone, while you work, under a minute
	@$(PYTEST) -m "not slow" tests/unit tests/contracts

test-all: $(EXTRAS) $(READERS) parse ## the rest: drills (kills, steps alone), Debian's packages, the extras, the wheel
	@$(PYTEST) -m "(drill or debian or extra) and not long"

test-nights: parse ## the long form: every date, mess and seed, more orders of arrival, kills at any instant
	@$(BIN)/python -m pytest -n 2 --dist load --hypothesis-profile=long \
		tests/nights/test_night.py tests/nights/test_order_of_arrival.py tests/resilience/test_kill.py \
		tests/resilience/test_kill_commands.py tests/resilience/test_reader_nights.py tests/resilience/test_permissions.py \
		tests/resilience/test_state_files.py \
		tests/unit/ingest/landing/test_one_truth_in_all_styles.py
	@$(PYTEST) -m long tests/unit/simulate tests/nights/test_aside.py tests/nights/test_cli.py tests/dagster \
		tests/resilience/test_mutations.py

lint: $(STAMP) ## style, types, import order, SQL, rendered files
	@# SQL takes as long as all the rest: side by side.
	@$(MAKE) --no-print-directory --jobs=2 --output-sync lint-python lint-sql

lint-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy dagster_project
	$(BIN)/python -m scripts.render --check
	$(BIN)/python scripts/rebuild_seeds.py --check
	$(BIN)/python -m scripts.advisories

lint-sql:
	$(BIN)/sqlfluff lint --disable-progress-bar dbt/models dbt/tests dbt/macros

format: $(STAMP) ## mend style
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format . ; $(BIN)/sqlfluff fix dbt/models dbt/tests dbt/macros

render: $(STAMP) ## write again what is rendered from the contracts
	$(BIN)/python -m scripts.render

seeds: $(STAMP) ## rebuild the seeds from the reviewed facts
	$(BIN)/python scripts/rebuild_seeds.py

COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

# All parts are resolved at once, and each lock then keeps to those pins. A part's lock holds what it adds to the core.
lock: ## resolve the pins again
	$(COMPILE) --all-extras --group dev --group bench -o requirements.all.lock pyproject.toml
	for part in "" $(EXTRA_PARTS:%=--extra=%) --group=dev --group=bench; do \
		lock=requirements.$${part:+$${part#*=}.}lock; \
		core=$$([ -z "$$part" ] || sed -n 's/^\([^ ]*\)==.*/--no-emit-package \1/p' requirements.lock | sort -u); \
		rm -f $$lock; \
		$(COMPILE) $$part $$core -c requirements.all.lock -o $$lock pyproject.toml || exit 1; \
		sed -i '/^# /d; /-c requirements.all.lock/d' $$lock; \
	done
	rm requirements.all.lock

sbom: $(EXTRAS) ## what a release is made of, with hashes and licences: dist/haicap.cdx.json
	@mkdir -p dist
	$(BIN)/python -m scripts.sbom dist/haicap.cdx.json

bench: $(STAMP) $(PEERS) ## the benchmarks of benchmarks/README.md
	$(BIN)/python -m benchmarks.run

clean: ## remove the environment and the demo's home
	rm -rf $(VENV) haicap-home dbt/target dbt/logs
