# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## / - /' | awk -F' - ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "DocChat Mailer needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(STAMP) ## make .venv with everything the program, its tests and its checks need

demo: $(STAMP) ## live the sample series through under a virtual clock, and say what to open
	$(BIN)/docchat-mailer demo --out demo

test: $(STAMP) ## the whole test suite but the long targets
	$(BIN)/python -m pytest -n 2 -m 'not long'

test-long: $(STAMP) ## 200 kills, fuzzing and growth: minutes to an hour
	$(BIN)/python -m pytest -n 2 -m long --timeout 3600

check: format-check lint type contracts ## what must be clean before a commit

format-check: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP) ## ruff
	$(BIN)/ruff check .

type: $(STAMP) ## mypy, strict on src
	$(BIN)/mypy

contracts: $(STAMP) ## which room may import which
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## rewrite the sources in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(STAMP) ## rewrite the golden files; review them as a diff
	DOCCHAT_GOLDEN=write $(BIN)/python -m pytest -q -k golden

docs: $(STAMP) ## rewrite the generated reference pages
	$(BIN)/python docs/generate.py

pictures: $(STAMP) ## draw the README's pictures again (needs Chromium)
	$(BIN)/python docs/pictures.py

bench: $(STAMP) ## measure growth, beside a reference, and print the table for bench/README.md
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/bench.txt
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/feeds.py
	$(BIN)/python bench/check.py
	$(BIN)/python bench/import.py
	$(BIN)/python bench/preview.py
	$(BIN)/python bench/signing.py --processes
	$(BIN)/python bench/door.py
	$(BIN)/python bench/delivery.py

first-mail: ## time a newcomer's way from a clone to the first letter (fetches the packages)
	$(PYTHON) bench/first_mail.py

lock: ## write the pinned requirements again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements/build.in --extra test --extra check -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header requirements/bench.in -c requirements/dev.txt -o requirements/bench.txt

clean: ## remove what runs and builds leave
	rm -rf $(VENV) build dist demo .mypy_cache .pytest_cache .ruff_cache .hypothesis src/*.egg-info

.PHONY: help setup demo test test-long check format-check lint type contracts format golden docs pictures bench first-mail lock clean
