# Everything that a person does with this repository. `make` alone lists it.
# Only Python 3.11 to 3.13 is needed; tools/ uses the standard library alone.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup setup-run run test test-full bench lint format openapi frontend lock hooks clean

PY := .venv/bin/python
# More arguments for pytest: make test PYTEST_ARGS="-k ledger"
PYTEST_ARGS ?=
export UV_PYTHON_DOWNLOADS := never

bootstrap = python=$$(./tools/find-python) && "$$python" tools/bootstrap.py

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## environment with all locked dependencies, for development and tests
	@$(bootstrap) dev

setup-run:
	@$(bootstrap) run

run: setup-run frontend ## set up, run the demonstration's whole cycle, serve API and page (Ctrl-C stops all)
	@exec .venv/bin/nongbao run-demo

test: setup frontend ## set up and run every test
	@$(PY) tools/run_tests.py $(PYTEST_ARGS)

test-full: setup frontend ## the same with more examples and larger populations
	@FULL_TESTS=1 $(PY) tools/run_tests.py $(PYTEST_ARGS)

bench: setup ## benchmarks, written to bench/results
	@$(PY) -m bench

lint: setup ## ruff, mypy, import-linter, sqlfluff and the page's checks; changes nothing
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	.venv/bin/lint-imports
	.venv/bin/sqlfluff lint --disable-progress-bar api/sql
	$(PY) tools/frontend.py lint

format: setup ## put the code into its form
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

openapi: setup ## write frontend/openapi.json and generate the page's client from it
	$(PY) tools/openapi.py
	$(PY) tools/frontend.py generate

frontend: setup-run ## build the web page into frontend/dist
	@$(PY) tools/frontend.py build

lock: ## renew requirements*.txt with uv
	@python=$$(./tools/find-python) && "$$python" tools/lock.py

hooks: setup ## let git run the checks before each commit
	.venv/bin/pre-commit install

clean: ## remove what can be made again; the data in .nongbao stays
	rm -rf .venv frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find api tests tools bench migrations -name __pycache__ -type d -prune -exec rm -rf {} +
