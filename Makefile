# Everything is set up in .venv, when a target first needs it; `make PYTHON=python3.12 test` chooses an interpreter.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
CANDIDATES := $(PYTHON) python3 python3.13 python3.12 python3.11
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
# pip keeps to the versions that were resolved for this minor version of Python
PINS = constraints/py$$($(BIN)/python -c 'import sys; print("%d%d" % sys.version_info[:2])').txt
READY := $(VENV)/.ready
TYPING := $(VENV)/typing
DOCS_READY := $(VENV)/.docs-ready
GALLERY := docs/gallery/.drawn

.PHONY: demo test faults lint docs bench constraints clean

demo: $(READY)
	$(BIN)/unisono compare vogels_abbott --on nest,brian2,neuron --set duration=1000 --report results/demo/report.html

# simulators take turns on a core each; more than four at once need more memory than many machines have; bytecode is
# kept whatever the environment says, since our modules are imported by more than a thousand processes
test: $(READY)
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=worksteal $(PYTEST)

# the fault matrix of docs/faults.md, with many more damages drawn than in `make test`
faults: $(READY)
	UNISONO_FAULTS=1000 $(BIN)/python -m pytest -n auto --maxprocesses=4 --dist=worksteal tests/faults $(PYTEST)

# mypy does not see through the import hook of an editable install: it gets the package as a tree of links
lint: $(READY)
	$(BIN)/ruff check .
	@rm -rf $(TYPING) && mkdir -p $(TYPING)/unisono && cd $(TYPING)/unisono && ln -s $(CURDIR)/unisono/*.py $(CURDIR)/unisono/commands . && \
		for part in models adapters validation ci; do ln -s $(CURDIR)/$$part $$part; done
	MYPYPATH=$(TYPING) $(BIN)/mypy

docs: $(DOCS_READY) $(GALLERY)
	$(BIN)/python -m sphinx -q -W -b html docs build/docs
	@echo "The documentation is in build/docs/index.html"

bench: $(READY)
	$(BIN)/python -m benchmarks.pynn_backends
	$(BIN)/python -m benchmarks.native
	$(BIN)/python -m benchmarks.generated

constraints: $(READY)
	$(BIN)/python constraints/resolve.py && touch $(READY)

clean:
	rm -rf $(VENV) build dist results/demo unisono.egg-info .mypy_cache .ruff_cache .pytest_cache

$(READY): pyproject.toml $(wildcard constraints/*.txt)
	@for tool in gcc g++; do command -v $$tool > /dev/null || \
		{ echo "Unisono needs $$tool: install the compilers (Debian, Ubuntu: apt-get install build-essential)."; exit 1; }; done
	@$(BIN)/python -c '' 2> /dev/null || { \
		for python in $(CANDIDATES); do \
			$$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2> /dev/null \
				&& break; python=; \
		done; \
		[ -n "$$python" ] || { echo "Unisono needs Python 3.11, 3.12 or 3.13 with venv: install one, or name it with" \
			"'make PYTHON=/path/to/python'."; exit 1; }; \
		$$python -m venv --clear $(VENV); }
	@echo "Installing the simulators and the tools into $(VENV): a minute or two, only now"
	@$(PIP) -c $(PINS) pip setuptools
	@$(PIP) -c $(PINS) --no-build-isolation -e '.[test]'
	@touch $@

# pictures of examples and library models, from runs
$(GALLERY): docs/gallery.py $(wildcard examples/*.py models/library/*.py) | $(READY)
	$(BIN)/python docs/gallery.py
	@touch $@

$(DOCS_READY): $(READY)
	@$(PIP) -c $(PINS) --no-build-isolation -e '.[docs]'
	@touch $@
