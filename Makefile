# One entry for everything a person does here. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links --quiet

# Settings that `check` needs to load the portal as production would; none of them reaches anything.
PRODUCTION := DJANGO_SECRET_KEY=$$(head -c 48 /dev/urandom | base64 -w 0) PORTAL_URL=https://portal.example.com \
	DATABASE_URL=postgresql://portal@localhost/portal REDIS_URL=redis://localhost/0 \
	ERPNET_URL=https://example.my.erp.net ERPNET_APPLICATION_URI=portal.example.com \
	ERPNET_APPLICATION_SECRET=$$(head -c 32 /dev/urandom | base64 -w 0)

.PHONY: help venv demo demo-reset test bench check format requirements clean

help: ## List what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

venv: $(STAMP) ## Make the virtual environment with the pinned dependencies

$(STAMP): requirements/dev.txt .ci/venv
	@.ci/venv $(VENV) requirements/dev.txt

demo: $(STAMP) ## Run the whole portal against a small ERP.net of its own; Ctrl-C ends it
	@exec $(BIN)/python manage.py demo $(if $(STATE),--state $(STATE))

demo-reset: $(STAMP) ## Forget the demo's data; the next `make demo` starts afresh
	@$(BIN)/python manage.py demo --reset $(if $(STATE),--state $(STATE))

test: $(STAMP) ## Run every test, on PostgreSQL and Redis of its own (ARGS="-m 'not faults'" spares four minutes)
	@$(BIN)/python -m pytest $(ARGS)

bench: $(STAMP) ## Measure how fast it is, in some minutes (ONLY=reading for one, ARGS=--rows=1000000)
	@$(BIN)/python -m benchmarks $(ONLY) $(ARGS)

check: $(STAMP) ## Format, lint, types, import contracts, Django's own checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --check templates
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/lint-imports --no-logo
	env $(PRODUCTION) $(BIN)/mypy
	env $(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	env $(PRODUCTION) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: $(STAMP) ## Put code and templates into the house's format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	-$(BIN)/djlint --quiet --reformat templates

requirements: $(STAMP) ## Compile requirements/*.txt anew from pyproject.toml (UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --output-file requirements/base.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras --constraints requirements/base.txt --output-file requirements/dev.txt

clean: ## Remove the virtual environment and what the tools leave behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
