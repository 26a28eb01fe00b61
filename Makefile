# `make run` computes the default study, `make test` runs every test; all make the environment first.
PYTHON ?= python3
VENV ?= .venv
CORES ?= all
# of the tests, of a thread each, one more than cores, since some wait: each takes whole files, in the order of tests/conftest.py
PROCESSES ?= 3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run smoke reference test test-slurm lint docs config-docs clean

run: $(READY)
	$(BIN)/snakemake --cores $(CORES)

smoke: $(READY)
	$(BIN)/snakemake --cores $(CORES) --configfile config/smoke.yaml

test: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder

# the reference dataset of resources/reference, cooled anew: 11 to 18 core-hours
reference: $(READY)
	$(BIN)/snakemake shipped --cores $(CORES) --configfile config/reference.yaml
	$(BIN)/snakemake shipped --cores $(CORES) --configfile config/reference-fast.yaml
	mkdir -p resources/reference/fast
	cp -r results/reference/shipped/. resources/reference
	cp -r results/reference-fast/shipped/. resources/reference/fast

# installs SLURM with apt (as root on Debian) and runs a tiny study on a cluster of its own; part of `make test`
test-slurm: $(READY)
	$(BIN)/python -m pytest tests/slurm

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/lint-imports
	$(BIN)/snakemake --lint

# the site: docs/_build/index.html
docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/docs-requirements.txt
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

config-docs: $(READY)
	$(BIN)/python docs/write_config_table.py

$(READY): envs/requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "glassmap needs Python 3.11, 3.12 or 3.13 (the pinned freud 3.4.0 has no wheel for others); set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/requirements.txt -e .
	touch $@

clean:
	rm -rf $(VENV) results .snakemake docs/_build
