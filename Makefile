# The commands of this project, each doing its own set-up. `make` lists them.
#
#   VENV=…  another folder for the virtual environment     TESTS=…  what pytest is to run instead of everything

SHELL := /bin/bash
VENV ?= .venv
VENV_6 ?= .venv-django-6
PYTHON := $(shell scripts/find-python 3.11)
PYTHON_6 := $(shell scripts/find-python 3.12)
# Set where Ceph 20 could not be installed, for the tests that then are not run.
GONE = HOLDFAST_CEPH_20_GONE=$$([ -x $${HOLDFAST_CEPH_20:-/var/cache/holdfast/ceph-20}/usr/bin/radosgw ] || echo yes)
DJANGO_5 := Django>=5.2,<6
DJANGO_6 := Django>=6.1,<7

.PHONY: help demo test servers lint docs verdicts bench bench-large bench-huge clean

help:
	@echo "make demo     files in and out of a local folder, then a page to try   (ONCE=1, STORE='s3://bucket?endpoint=…')"
	@echo "make test     all tests, on real servers                               (TESTS='tests/stores -k race')"
	@echo "make servers  the servers of the tests, until Ctrl-C"
	@echo "make lint     ruff, mypy --strict, import-linter"
	@echo "make docs     the pages of the promises and of S3 services, from the code"
	@echo "make verdicts what the promises find in Django's storages and in django-storages'"
	@echo "make bench    Holdfast beside its peers: requests, CPU time, memory"
	@echo "make bench-large, bench-huge  256 MB over a slow line beside boto3; 5.1 GB in little memory"

demo: $(VENV)/.demo
	$(VENV)/bin/python example/manage.py demo $(if $(ONCE),--once) $(if $(STORE),--store '$(STORE)')

test: $(VENV)/.test
	scripts/install-servers
	scripts/install-ceph-20 || { [ $$? -eq 3 ] && echo "NOT RUN: what needs a Ceph of version 20."; }
	$(GONE) $(VENV)/bin/python -m pytest $(TESTS)
ifdef PYTHON_6
	$(MAKE) $(VENV_6)/.test
	$(GONE) $(VENV_6)/bin/python -m pytest $(TESTS)
else
	@echo; echo "NOT RUN: the tests with Django 6.1, which needs Python 3.12 or newer; there is none on this machine."
endif

servers: $(VENV)/.test
	scripts/install-servers
	$(VENV)/bin/python -m tests.servers

lint: $(VENV)/.lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

docs: $(VENV)/.test
	$(VENV)/bin/python -m holdfast.testing --markdown > docs/promises.md
	$(VENV)/bin/python -m holdfast.stores.s3.services > docs/stores/s3-services.md

verdicts: $(VENV)/.test
	scripts/install-servers ceph openssh vsftpd
	$(VENV)/bin/python -m tests.peers

bench: $(VENV)/.test
	scripts/install-servers
	$(VENV)/bin/python -m bench

bench-large: $(VENV)/.test
	scripts/install-ceph-20
	$(VENV)/bin/python -m bench.large

bench-huge: $(VENV)/.test
	scripts/install-ceph-20
	$(VENV)/bin/python -m bench.huge

clean:
	rm -rf .venv .venv-django-6 build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp a set of packages, made anew when pyproject.toml changes.
$(VENV)/.demo: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Holdfast needs Python 3.11 or newer: apt install python3"; exit 1; }
	scripts/make-venv $(VENV) $(PYTHON) '$(DJANGO_5)'
	@touch $@

$(VENV)/.test: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Holdfast needs Python 3.11 or newer: apt install python3"; exit 1; }
	scripts/make-venv $(VENV) $(PYTHON) '$(DJANGO_5)' test
	@touch $@

$(VENV)/.lint: pyproject.toml
	scripts/make-venv $(VENV) $(PYTHON) '$(DJANGO_5)' lint
	@touch $@

$(VENV_6)/.test: pyproject.toml
	scripts/make-venv $(VENV_6) $(PYTHON_6) '$(DJANGO_6)' test
	@touch $@
