# make run    a simulated company, served, with a sign-in link
# make test   everything, with a real PostgreSQL and a real Chromium
# make bench  what Tenure does on this machine, against the machine's own limits
# make bench-proof  200 simulated years with known truth: are the report's intervals right
# make pins   write requirements/*.txt anew from requirements/*.in

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.SILENT:

VENV := .venv
BIN := $(VENV)/bin
SETUP := .setup
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: run test bench bench-proof pins check

run: $(SETUP)/run
	[ -e "$${TENURE_HOME:-tenure-home}/secret.key" ] || $(BIN)/tenure demo
	exec $(BIN)/tenure serve

# Three on two cores: a third of the time, tests wait for a disk, a browser or a server.
test: $(SETUP)/test
	PATH="$(CURDIR)/$(BIN):$$PATH" exec $(BIN)/python -m pytest -n 3 --dist loadscope $(ARGS)

bench: $(SETUP)/run
	exec $(BIN)/tenure bench $(ARGS)

bench-proof: $(SETUP)/run
	exec $(BIN)/python -m tenure.bench.proof $(ARGS)

check: $(SETUP)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

pins: $(SETUP)/test
	for name in run test; do
	    $(BIN)/uv pip compile -q --python-version 3.11 --generate-hashes --no-header \
	        --no-emit-index-url --no-emit-find-links --upgrade \
	        requirements/$$name.in -o requirements/$$name.txt
	done

$(SETUP)/run: requirements/run.txt pyproject.toml
	setup/python-environment $(VENV) requirements/run.txt
	mkdir -p $(SETUP) && touch $@

# The test environment holds the other, so that `make run` has nothing left to do after it.
$(SETUP)/test: requirements/test.txt requirements/run.txt pyproject.toml setup/debian-packages
	setup/debian-packages
	setup/python-environment $(VENV) requirements/test.txt
	mkdir -p $(SETUP) && touch $@ $(SETUP)/run
