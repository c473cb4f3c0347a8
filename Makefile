# Two commands on a fresh Debian 12 or Raspberry Pi OS, as root or with sudo: `make demo`, `make test`.
# Both install what they need, and do nothing the second time.

SHELL := /bin/bash
# On Debian its own: terminals run with it, and it is built for speed, which others on the path often are not.
PYTHON ?= $(if $(wildcard /usr/bin/dpkg),/usr/bin/python3,python3)
VENV := .venv
BIN := $(VENV)/bin
# Test files side by side. More than two cores' worth: many of them wait for machines that boot.
WORKERS ?= 4

.PHONY: setup demo test bench bundle lint clean

setup: $(VENV)/.ready
	@$(BIN)/python -m kiosk.ui.text.extract_font >/dev/null
	@$(BIN)/python -m kiosk.ui.text.catalog >/dev/null

$(VENV)/.ready: pyproject.toml requirements.lock .ci/system
	@bash .ci/system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: Python 3.11 or newer is needed; $(PYTHON) is older. Another: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/kiosk demo $(if $(HEADLESS),--headless)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# What `make lint` looks at is among the tests (tests/checks/test_lint.py), beside the others.
test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

bench: setup
	@$(BIN)/python -m bench

# What terminals install, signed: `make bundle KEY=signer.pem [ARCH="amd64 arm64"] [WHEELS=folder] [DEBS=1]`.
bundle: setup
	@test -n "$(KEY)" || { echo "make: bundle needs KEY=FILE, the signer's private key"; exit 2; }
	@$(BIN)/python deploy/bundle --key $(KEY) $(foreach a,$(ARCH),--arch $(a)) $(if $(WHEELS),--wheels $(WHEELS)) $(if $(DEBS),--debs)

clean:
	rm -rf var build dist .pytest_cache .mypy_cache .ruff_cache
