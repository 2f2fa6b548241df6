# The two commands of the README are `make demo` and `make test`; each sets up first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test lint types docstrings unit thorough bench clean

demo: $(VENV)/.ready
	$(BIN)/sklearn-tagkd demo

test: lint types docstrings unit

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

docstrings: $(VENV)/.ready
	$(BIN)/python tests/check_docstrings.py

unit: $(VENV)/.ready
	$(BIN)/pytest

# Ten times as many made-up answers and schedules of faults as `unit` tries.
thorough: $(VENV)/.ready
	SKLEARN_TAGKD_EXAMPLES=10 $(BIN)/pytest tests/test_llm_parse.py tests/test_llm_purse.py

bench: $(VENV)/.ready
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/side_by_side.py
	$(BIN)/python benchmarks/scale.py

# Made anew whenever what it is made of changes.
$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
