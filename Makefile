# `make` prints the list. Each target does its own set-up: the first call makes .venv and installs into it.
#   make run PORT=8600     another port           make run PYTHON=/opt/python3.12/bin/python3   another Python
PY = .venv/bin/python
WORKERS = 2
PYTEST = $(PY) -m pytest

.PHONY: help run test test-fast test-peers check fix bench clean setup setup-dev

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)$$/\1|\2/' | \
	  while IFS='|' read -r name text; do printf 'make %-10s %s\n' "$$name" "$$text"; done

run: setup ## start the app and print its address (PORT=8600 for another port)
	@port="$(PORT)"; exec $(PY) -m streamlit run app.py --browser.serverAddress localhost $${port:+--server.port $$port}

test: setup-dev ## the whole suite: unit, laws, doctests, pages, browser
	@$(PY) -m tests.tools.find_browser --install || true
	@$(PYTEST) -n $(WORKERS)

test-fast: setup-dev ## the suite without slow and browser tests
	@$(PYTEST) -n $(WORKERS) -m "not (peers or extras or slow or browser)"

check: setup-dev ## formatting, lint and types; changes nothing
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy

fix: setup-dev ## format and repair what ruff can repair
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: setup-dev ## speed beside other libraries, and whether the answers agree (five minutes)
	@$(PY) -m tests.bench

test-peers: setup-dev ## scores and picks compared with other libraries, which it installs into .peers
	@$(PYTEST) -m peers tests/test_peers.py

clean: ## remove .venv and everything generated
	rm -rf .venv .peers .pytest_cache .ruff_cache .mypy_cache .hypothesis tests/.screenshots build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@PYTHON="$(PYTHON)" sh tests/tools/setup.sh run

setup-dev:
	@PYTHON="$(PYTHON)" sh tests/tools/setup.sh dev
