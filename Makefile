# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo test check set-up set-up-test bench-peers clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: set-up  ## a resident falls in a simulated room and the alert reaches the tablet (ARGS="--seconds 60")
	@$(BIN)/carebot demo $(ARGS)

test: set-up-test check  ## set-up, checks and all tests (ARGS="tests/falls" for some of them)
	$(BIN)/python -m pytest $(ARGS)

check: set-up-test  ## formatting, lint, types and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench-peers: set-up  ## compare with MediaPipe on the same frames, in a virtual environment of its own
	@$(BIN)/python -m carebot.commands.bench_peers $(ARGS)

set-up:
	@$(PYTHON) .ci/set_up.py

set-up-test:
	@$(PYTHON) .ci/set_up.py --test

clean:  ## remove what was made: virtual environment, caches, build folders
	rm -rf .venv build install log *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
