# Regulars: `make setup` once, `make demo` to see it, `make test` and `make check` before a commit.
# Both package managers run only when their lock files have changed since the last time.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check deploy bench screenshots lock format clean

BIN := .venv/bin
PYTHON_STAMP := .venv/.installed
NODE_STAMP := node_modules/.installed
TEMPLATES = $(shell find plugin -name '*.html' 2>/dev/null)
THEME_EXTENSIONS = $(dir $(shell grep -ls 'type = "theme"' extensions/*/shopify.extension.toml 2>/dev/null))

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(PYTHON_STAMP) $(NODE_STAMP) ## Install everything the app, its demo and its checks need
	@tools/need_chromium.sh

demo: setup ## Start a whole shop with a year of orders and print where to look; Ctrl-C stops it
	@exec $(BIN)/regulars demo

test: setup ## Run every test
	@exec $(BIN)/pytest

check: setup ## The fast half: formatting, lint, types, import contracts, and Shopify's own validators
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.check_toml shopify.app.toml
	$(BIN)/python -m tools.check_graphql plugin.shopify.documents
	$(BIN)/python -m tools.check_markup $(TEMPLATES)
	node tools/themecheck.mjs $(THEME_EXTENSIONS)
	$(BIN)/python -m tests.pictures --check

deploy: setup ## Tell Shopify of the app what .env says, and release its extensions
	@exec $(BIN)/python -m tools.deploy

bench: setup ## Measure against peers on this machine and write bench/results.md
	@exec $(BIN)/python -m bench

screenshots: setup ## Take the pictures of README and docs from the demo
	@exec $(BIN)/python -m tests.pictures

format: $(PYTHON_STAMP) ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(PYTHON_STAMP) ## Write both lock files anew from pyproject.toml and package.json
	@tools/lock.sh

clean: ## Throw away what setup installed; the embedded data under .regulars stays
	rm -rf .venv node_modules

$(PYTHON_STAMP): requirements.lock pyproject.toml tools/need_python.sh
	@tools/need_python.sh > /dev/null
	@test -x $(BIN)/python || "$$(tools/need_python.sh)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(NODE_STAMP): package-lock.json package.json .npmrc tools/fetch_schema.mjs tools/need_node.sh
	@tools/need_node.sh
	npm ci --ignore-scripts --no-progress --loglevel=error
	node tools/fetch_schema.mjs
	cp node_modules/@hotwired/turbo/dist/turbo.es2017-umd.js plugin/admin/static/turbo.js
	@touch $@
