# Every target sets up .venv by itself, from nothing but python3 and a package index.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo crawl test lint format lock clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.ready  ## make .venv with the locked packages that running needs

.venv/.ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("make: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": name another one, as in make setup PYTHON=python3.12")'
	@$(PYTHON) -m venv --clear .venv
	@echo "installing the locked packages into .venv: a minute or two"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@

.venv/.tests: .venv/.ready requirements-dev.lock
	@echo "installing what tests and linters need into .venv: a minute or two"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@touch $@

demo: setup  ## crawl the bundled news web into demo.db (no network needed)
	@$(BIN)/python -m tests.newsweb demo

crawl: setup  ## crawl the live web into news.db
	@$(BIN)/scrapy crawl venezuela_russia

test: .venv/.tests  ## run all tests
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: .venv/.tests  ## ruff (check and format), mypy, known vulnerabilities of the locked packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python .ci/audit.py

format: .venv/.tests  ## let ruff put the code in order
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

lock:  ## maintainers: lock all packages again, with hashes (needs uv)
	uv pip compile --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --generate-hashes --no-header -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean:  ## remove .venv, caches and demo.db
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis demo.warc demo.db demo.db-wal demo.db-shm demo.db.lock
