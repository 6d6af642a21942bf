# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# A Python that cannot even read the set-up (it says the rest itself).
IS_READABLE = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || { echo "set-up: carebot needs \
Python 3.10 to 3.13, and '$(PYTHON)' is older or missing: install one, or name it with make PYTHON=python3.12." >&2; exit 1; }
.PHONY: help demo test check set-up set-up-test mutants fuzz bench-peers pictures clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: set-up  ## a morning in a simulated home: the robot follows, sees the fall, calls on the tablet (ARGS="--seconds 60")
	@$(BIN)/carebot demo $(ARGS)

# Real processes beside two other workers may be starved of the processor: such a test is run again, and the summary
# counts it as a rerun.
test: set-up-test check  ## set-up, checks and all tests (ARGS="tests/falls" for some of them)
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --reruns 2 $(ARGS)

check: set-up-test  ## formatting, lint, types and the import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

mutants: set-up-test  ## mutation testing of the safety judge and the leash: 90 % of the mutants must die (up to an hour)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[mutation]"
	rm -rf mutants
	$(BIN)/mutmut run --max-children 1
	$(BIN)/mutmut export-cicd-stats
	@$(BIN)/python tests/safety/mutation_score.py mutants/mutmut-cicd-stats.json

fuzz: set-up-test  ## the protocol decoders and the fake controllers under atheris (SECONDS=3600)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[fuzzing]"
	$(BIN)/python tests/drivers/fuzz.py -max_total_time=$(or $(SECONDS),3600)

bench-peers: set-up  ## compare with MediaPipe on the same frames, in a virtual environment of its own
	@$(BIN)/carebot bench peers $(ARGS)

pictures: set-up-test  ## draw the tablet's pages for docs/tablet.md (a Chromium is needed)
	@$(BIN)/python -m tests.browser.pictures

set-up:
	@$(IS_READABLE)
	@$(PYTHON) .ci/set_up.py

set-up-test:
	@$(IS_READABLE)
	@$(PYTHON) .ci/set_up.py --test

clean:  ## remove what was made: virtual environment, caches, build folders
	rm -rf .venv build install log mutants *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
