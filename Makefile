# `make demo` and `make test` do everything on a fresh machine with Python 3.11+.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TEST_PROCESSES ?= logical

# What was compiled is kept: every test process would else compile the tests, and every command the program, again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo up test chaos check bench scale-out lock clean

demo: $(VENV)/.run
	$(BIN)/casewright demo

# Everything on this machine, until Ctrl-C; `make up PORT=9000` where 8080 is taken, `make up UP=--demo` with a year of synthetic cases.
PORT ?= 8080
up: $(VENV)/.run
	$(BIN)/casewright up --port $(PORT) $(UP)

# Each test process has a PostgreSQL server of its own; what touches no database runs once.
test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -m "not scale_out"
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder -m "not scale_out" --database postgresql

# Crashes for as long as you have time: MINUTES of killing real processes on each database, after everything countable.
MINUTES ?= 10
chaos: $(VENV)/.dev
	$(BIN)/python tests/chaos --minutes $(MINUTES)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Everything, about an hour; `make bench BENCH="curve --quick"` is a smoke run.
bench: $(VENV)/.bench
ifdef BENCH
	$(BIN)/python -m benchmarks $(BENCH)
else
	$(BIN)/python -m benchmarks curve
	$(BIN)/python -m benchmarks ratios
	$(BIN)/python -m benchmarks lone
	$(BIN)/python -m benchmarks alert
	$(BIN)/python -m benchmarks stored
	$(BIN)/python -m benchmarks workers
	$(BIN)/python -m benchmarks language
	$(BIN)/python -m benchmarks page
endif

# As three hosts would run it, on this machine, with Debian's PostgreSQL; `make scale-out CASES=200` is shorter.
CASES ?= 2000
scale-out: $(VENV)/.run
	$(BIN)/python -m benchmarks.scale_out --cases $(CASES)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.dev: $(BIN)/python requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@ $(VENV)/.run

$(VENV)/.bench: $(BIN)/python requirements-bench.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-bench.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@ $(VENV)/.dev $(VENV)/.run

# The locks are made for every platform and Python that the project supports, and name no package index.
lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet "uv>=0.8"
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --upgrade pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --upgrade --extra dev pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --upgrade --extra dev --extra bench pyproject.toml --output-file requirements-bench.lock

clean:
	rm -rf $(VENV) .casewright build dist *.egg-info
