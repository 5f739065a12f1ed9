# Targets for people: `make demo` to see it, `make test` to trust it. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= $(shell command -v python3.11 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
# Where the environment forbids to keep bytecode, each process would compile all tests anew: 12 s of processor time.
unexport PYTHONDONTWRITEBYTECODE
# Two processes begin with half of the tests each; who is done takes of the other's, so that none waits at the end.
TESTS := $(BIN)/pytest -n 2 --dist worksteal
PACKAGES := api graph ingest ledger queries viz
CODE := $(PACKAGES) tests $(if $(wildcard bench/*.py),bench)

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

venv: $(VENV)/.lock ## .venv with exactly what requirements.lock pins, and corridor itself

# The stamp is a copy of what was installed, so a lock that says the same again installs nothing, whatever its date.
$(VENV)/.lock: requirements.lock pyproject.toml
	@if ! cat $^ | cmp -s - $@; then \
	  echo "installing what requirements.lock pins into $(VENV), which takes a minute or two" >&2; \
	  test -x $(BIN)/python || $(PYTHON) -m venv $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@cat $^ > $@

lock: ## write requirements.lock anew from pyproject.toml
	env -u PIP_FIND_LINKS $(BIN)/pip-compile --quiet --generate-hashes --all-extras --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-annotate --no-header \
	  --output-file requirements.lock pyproject.toml

demo: venv ## load the corridor dataset, show the worst gaps, open the pages
	$(BIN)/corridor demo

test: venv ## all tests; installs Chromium, a font and docker-compose where absent and possible
	@tests/system_needs
	$(TESTS)

quick: venv ## the tests that need no database, no browser and nothing loaded, about a minute
	$(TESTS) -q -m "not neo4j and not browser and not slow"

lint: venv ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)

check: lint ## lint, and how many questions need another text on one engine
	@echo "engine overrides in .cypher files: $$(cat queries/*.cypher queries/questions/*.cypher | grep -cE '^// name: \w+@' || true)"

bench: venv ## loads, questions and linking side by side with what one would use instead, and accidents; two hours
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.ingest
	$(BIN)/python -m bench.derived
	$(BIN)/python -m bench.questions
	$(BIN)/python -m bench.networks
	$(BIN)/python -m bench.neo4j_load
	$(BIN)/python -m bench.placing
	$(BIN)/python -m bench.fund
	$(BIN)/python -m bench.certifying
	$(BIN)/python -m bench.linking
	$(BIN)/python -m bench.browser
	$(BIN)/python -m bench.server
	$(BIN)/python -m bench.accidents
	$(BIN)/python -m bench.vouchers

clean: ## remove what was built, the environment too
	rm -rf $(VENV) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help venv lock demo test quick lint check bench clean
