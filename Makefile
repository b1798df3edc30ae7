# Aliases only; `make` prints the list. Everything runs in the project's own environment (.venv), which `setup` makes.
SHELL := /bin/sh
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --frozen --no-sync
SECONDS ?= 600
PORT ?= 9092
RUNS ?= 1
WORKERS ?= 4
SEED ?= 1

# Empty: the tests start hundreds of processes, and where Python may keep no bytecode each compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=
# What starts no process and needs neither broker nor database (tests/test_layout.py).
PURE := tests/authorities tests/contracts tests/events tests/settings
# What else draws examples (`examples` in tests/helpers/extent.py).
DRAWN := tests/analyst tests/api tests/client tests/services tests/store tests/tracker
# Plugins that those tests do not use, and that take longer to import than many of them to run.
UNUSED := anyio cacheprovider schemathesis

.DEFAULT_GOAL := help
.PHONY: help setup test lint types unit quick soak chaos fuzz mutate bench draw schemas wheel run kafka secrets clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "clearance needs Python 3.11 or later; found " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 test")'
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.tools/quix/made: benchmarks/throughput/quix.txt $(filter .tools/bin/uv,$(UV))
	$(UV) venv --quiet --clear --python .venv/bin/python .tools/quix
	$(UV) pip sync --quiet --python .tools/quix/bin/python benchmarks/throughput/quix.txt
	touch $@

setup: $(filter .tools/bin/uv,$(UV)) ## make the environment, with everything locked
	@$(UV) sync --frozen --quiet --python $(PYTHON)
	@if git rev-parse --git-dir >/dev/null 2>&1; then git config core.hooksPath .githooks; fi

test: setup lint types unit ## all that CI runs: lint, types, imports, tests

lint: setup ## style, and the direction of imports
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) lint-imports

types: setup ## strict type checking
	$(RUN) mypy

unit: setup ## the tests, on WORKERS=4 workers: half of the time they wait
	$(RUN) pytest -n $(WORKERS)

quick: setup ## the tests of the pure core, within half a minute
	$(RUN) pytest -q -n auto $(UNUSED:%=-p no:%) --hypothesis-profile quick $(PURE)

soak: setup ## the tests that take minutes, and the exhaustive ones whole
	$(RUN) pytest -m soak
	$(RUN) pytest -q -n auto --hypothesis-profile whole $(PURE) $(DRAWN)

chaos: setup ## kill everything at random, RUNS=20 times from SEED=1 on, and compare with the pure fold (docs/chaos.md)
	@$(RUN) python -m tests.chaos --runs $(RUNS) --seed $(SEED)

fuzz: setup ## fuzz every codec for SECONDS=600 each
	$(RUN) python tests/fuzz/all.py --seconds $(SECONDS)

mutate: setup ## alter every row of every table; each must be noticed
	$(RUN) python tests/mutation/run.py

bench: setup .tools/quix/made ## every benchmark but the rebuild, an hour; the results into docs/benchmarks/
	$(RUN) python -m benchmarks.codec_and_step
	$(RUN) python -m benchmarks.throughput --mix receipts --messages 20000 --json docs/benchmarks/throughput-receipts.json
	$(RUN) python -m benchmarks.throughput --mix traffic --messages 20000 --json docs/benchmarks/throughput-traffic.json
	$(RUN) python -m benchmarks.message_to_status --rate 200 --json docs/benchmarks/message-to-status-200.json
	$(RUN) python -m benchmarks.message_to_status --rate 1000 --json docs/benchmarks/message-to-status-1000.json
	$(RUN) python -m benchmarks.message_to_client --json docs/benchmarks/message-to-client.json
	$(RUN) python -m benchmarks.projector --json docs/benchmarks/projector.json
	$(RUN) python -m benchmarks.projector --messages 10000 --rounds 1 --json docs/benchmarks/store-size.json
	$(RUN) python -m benchmarks.admission
	$(RUN) python -m benchmarks.incident_scan --json docs/benchmarks/incident-scan.json
	$(RUN) python -m benchmarks.questions --json docs/benchmarks/questions.json
	$(RUN) python -m benchmarks.answers --json docs/benchmarks/answers.json
	$(RUN) python -m benchmarks.waiting --json docs/benchmarks/waiting.json
	$(RUN) python -m benchmarks.learned_level --json docs/benchmarks/learned-level.json
	$(RUN) python -m benchmarks.new_table --json docs/benchmarks/new-table.json
	$(RUN) python -m benchmarks.filings --json docs/benchmarks/filings.json
	$(RUN) python -m benchmarks.restore --json docs/benchmarks/restore.json
	$(RUN) python -m benchmarks.over --json docs/benchmarks/over.json
	$(RUN) python -m benchmarks.memory --json docs/benchmarks/memory.json

draw: setup ## draw what docs/ shows of tables, topics and the API
	$(RUN) python -m tests.authorities.days_off
	$(RUN) python -m docs.draw
	$(RUN) python -m docs.api.draw
	$(RUN) python -m deploy.grafana.draw

schemas: setup ## write the JSON Schemas from the models
	$(RUN) python -m clearance.contracts.schema_files

run: setup ## the whole product on this machine, with a simulated single window; BROKER=host:port for a real Kafka
	@$(RUN) clearance up $(if $(BROKER),--bootstrap $(BROKER))

kafka: setup ## a real Kafka on 127.0.0.1, PORT=9092, in the foreground; keeps its data in .kafka
	@$(RUN) python -m clearance.devbroker --port $(PORT)

wheel: setup ## build dist/clearance*.whl: the product, and its client alone
	$(UV) build --wheel --quiet --all-packages

secrets: ## the secrets of docker-compose.yml, each made once and never again
	@mkdir -p -m 700 secrets
	@for one in access database; do [ -s secrets/$$one ] || openssl rand -hex 32 | tr -d '\n' > secrets/$$one; done
	@[ -e secrets/smtp ] || : > secrets/smtp
	@chmod 644 secrets/*

clean: ## remove what was built
	rm -rf .venv .tools dist build
