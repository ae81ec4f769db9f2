# Every habit is one command; `make help` lists them. What must be installed is installed on the first use:
# Python packages into .venv, front-end packages into node_modules, everything that runs writes under var/.

SHELL = /bin/sh
.DEFAULT_GOAL = help
.DELETE_ON_ERROR:

BIN    = .venv/bin
PY     = $(BIN)/python
MANAGE = $(PY) manage.py
PORT  ?= 8000
SANDBOX_PORT ?= 9000
TESTS ?=
# The data directory follows the same variable as the portal itself.
DATA   = $(or $(PATCHBAY_DATA_DIR),var)

PYTHON_READY = .venv/.installed
NODE_READY   = node_modules/.installed
# A stamp for each database, so that another DATABASE_URL is migrated as well.
DATABASE_READY = $(DATA)/.migrated-$(shell printf %s "$(DATABASE_URL)" | cksum | cut -d' ' -f1)
STATIC_READY   = $(DATA)/.collected
MIGRATIONS     = $(wildcard apps/*/migrations/0*.py)
STATIC_SOURCES = $(shell find static apps -path '*static*' -type f 2>/dev/null)

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up ------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(PYTHON_READY) $(NODE_READY) $(DATABASE_READY) $(STATIC_READY) ## Install everything this checkout needs (a minute or two the first time)

# The first Python that is new enough; PYTHON=/path/to/python chooses another.
$(PY):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Patchbay needs Python 3.11 or newer and found none. Install it, or name it: make setup PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "[1/4] Virtual environment in .venv with $$($$found --version)"; \
	if ! $$found -m venv .venv; then \
		rm -rf .venv; \
		echo "Python cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
		exit 1; \
	fi

# pip says hundreds of lines; one counter says as much. The whole story is in .venv/pip.log.
$(PYTHON_READY): requirements-dev.lock | $(PY)
	@echo "[2/4] Python packages, each checked against its hash (about a minute the first time)"
	@if [ -t 1 ]; then every=1 line='\r'; else every=25 line='\n'; fi; \
	{ $(PY) -m pip install --require-hashes --no-input --disable-pip-version-check -r requirements-dev.lock 2>&1 \
		|| echo "INSTALL FAILED"; } | tee .venv/pip.log | awk -v every=$$every -v line="$$line" ' \
		/^Collecting/ && ++n % every == 0 {printf "      %d fetched" line, n; fflush()} \
		/^Installing collected/ {printf "      %d fetched, installing\n", n; fflush()} \
		/^ERROR|^  *ERROR/ {print} \
		/^INSTALL FAILED/ {print "pip failed; see .venv/pip.log"; bad = 1} \
		END {exit bad}'
	@touch $@

# npm of the machine if it is new enough to read the lock file, else one from the Python package index.
$(NODE_READY): package-lock.json package.json requirements-node.lock | $(PYTHON_READY)
	@echo "[3/4] Front-end packages"
	@version=$$(npm --version 2>/dev/null | cut -d. -f1); \
	if [ "$${version:-0}" -ge 7 ]; then npm=npm; else \
		echo "      no npm on this machine: taking one from the Python package index"; \
		$(PY) -m pip install --quiet --require-hashes --no-input --disable-pip-version-check -r requirements-node.lock || exit 1; \
		npm=$(BIN)/npm; PATH="$(CURDIR)/$(BIN):$$PATH"; export PATH; \
	fi; \
	$$npm ci --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error
	@touch $@

$(DATABASE_READY): $(MIGRATIONS) | $(PYTHON_READY)
	@echo "[4/4] Database and static files"
	@mkdir -p $(DATA)
	@$(MANAGE) migrate --verbosity 0
	@touch $@

$(STATIC_READY): $(NODE_READY) $(STATIC_SOURCES) | $(PYTHON_READY)
	@mkdir -p $(DATA)
	@$(MANAGE) collectstatic --noinput --clear --verbosity 0
	@touch $@

# --- everyday ----------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup ## Run it all: web, worker and sandbox vendors, with demo data (PORT=8000)
	@exec $(MANAGE) demo --port $(PORT) --sandbox-port $(SANDBOX_PORT)

.PHONY: test
test: setup ## Run the tests (TESTS="tests/jobs -k cancel" for some of them)
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal $(TESTS)

.PHONY: test-services
test-services: setup ## Run the tests on PostgreSQL: with Redis, and what a broker has a part in also with RabbitMQ
	@$(PY) -m tests.services $(TESTS)

.PHONY: bench
bench: setup ## Run the benchmarks and print the ratios
	@$(PY) -m tests.bench

.PHONY: format
format: $(PYTHON_READY) ## Format Python code and sort imports
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: lock
lock: $(PYTHON_READY) ## Write the lock files anew from pyproject.toml and package.json
	@lock="$(BIN)/uv pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --quiet $(LOCK_OPTIONS)"; \
	set -e; \
	$$lock pyproject.toml --extra saml --output-file requirements.lock; \
	$$lock pyproject.toml --extra saml --extra dev --output-file requirements-dev.lock; \
	$$lock --group pyproject.toml:node --output-file requirements-node.lock; \
	npm install --package-lock-only --ignore-scripts --omit=dev --loglevel=error

.PHONY: screenshots
screenshots: setup ## Take the README's pictures from a portal running with demo data
	@$(PY) -m tests.browser.screenshots

.PHONY: clean
clean: ## Remove caches; what was installed and the data under var/ stay
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

# --- lint --------------------------------------------------------------------------------------------------

LINTS = lint-style lint-format lint-types lint-templates lint-floors lint-migrations lint-deploy

.PHONY: lint $(LINTS)
lint: setup ## Check style, types, templates, import floors, migrations and the production settings
	@$(MAKE) --no-print-directory --keep-going $(LINTS) && echo "lint: all clean"

lint-style:
	@echo "== ruff check"; $(BIN)/ruff check .

lint-format:
	@echo "== ruff format --check"; $(BIN)/ruff format --check --quiet --output-format concise .

lint-types:
	@echo "== mypy"; $(BIN)/mypy

lint-templates:
	@echo "== djlint"; $(BIN)/djlint templates --lint --quiet

lint-floors:
	@echo "== import floors"; $(BIN)/lint-imports --no-logo

lint-migrations:
	@echo "== missing migrations"; $(MANAGE) makemigrations --check --dry-run

# The settings of a production run, with secrets that exist only for this check.
lint-deploy:
	@echo "== check --deploy"; \
	key=$$($(PY) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'); \
	PORTAL_URL=https://portal.example.net SECRET_KEY="$$key$$key" CREDENTIAL_KEYS="$$key" LOG_FORMAT=json \
	DATABASE_URL=postgres://patchbay@database.example.net/patchbay CELERY_BROKER_URL=redis://broker.example.net/0 CACHE_URL=redis://broker.example.net/1 \
	$(MANAGE) check --deploy --fail-level WARNING
