# Usage: make demo, make check, make test, make test-browser. All make their own virtual environment in .venv; choose its Python with
# PYTHON=python3.12, and its folder with VENV=.venv-3.12.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_MODEL := build/demo.keras
PYTEST := $(BIN)/pytest --numprocesses 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Tests that `make torture` runs, as a pytest marker expression: properties with examples drawn freely, ten times as many
# as in `make test`, and whatever is marked `torture`, which `make test` leaves out. Extend the list with `or MARKER`.
TORTURE := hypothesis or torture

.PHONY: demo lint check test torture browser test-browser docs clean

demo: $(VENV)/installed
	@mkdir -p $(dir $(DEMO_MODEL))
	$(BIN)/bnfit search sample_data/dialysis.csv --target Ueq --output $(DEMO_MODEL) --force
	$(BIN)/bnfit explain $(DEMO_MODEL) --show statistics

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# what takes under 2 minutes: no test that trains networks or loads TensorFlow
check: lint
	$(PYTEST) --dist worksteal -m "not slow and not torture and not browser"

test: lint
	$(PYTEST) --dist worksteal

torture: $(VENV)/installed-dev
	$(PYTEST) --dist worksteal --hypothesis-profile torture -m "$(TORTURE)"

# the page that --plot FILE.html writes, in a real browser
test-browser: $(VENV)/installed-dev browser
	$(BIN)/python -m pip install --quiet --editable '.[browser]' --constraint requirements-dev.lock
	$(BIN)/pytest -m browser tests/browser

browser:
	@command -v chromium chromedriver >/dev/null && exit 0; \
	{ apt-get update -qq && apt-get install -y -qq chromium chromium-driver; } >/dev/null 2>&1; \
	command -v chromium chromedriver >/dev/null || \
	{ echo "test-browser needs chromium and chromedriver: as root, apt install chromium chromium-driver" >&2; exit 1; }

docs: $(VENV)/installed-dev
	$(BIN)/python docs/reference.py

clean:
	rm -rf $(VENV) build

$(BIN)/python:
	$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info < (3, 14) or sys.exit("bnfit needs Python 3.11 to 3.13: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml requirements-dev.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]' --constraint requirements-dev.lock
	@touch $@ $(VENV)/installed
