# make        run the assignment: cluster the letters, print the accuracy
# make test   check everything: style, examples in the docs, all tests
# make clean  remove what the two above have installed and cached
#
# Both keep what they install in .venv; `make PYTHON=python3.10` makes it
# from another Python.

PYTHON ?= python3
IN_VENV = .venv/bin/python

.PHONY: run test clean

run: .venv/ready-to-run
	$(IN_VENV) kmeans.py
	$(IN_VENV) analysis.py

test: .venv/ready-to-test
	$(IN_VENV) -m flake8
	$(IN_VENV) -m pytest

.venv/ready-to-run:
	$(PYTHON) -m venv .venv
	$(IN_VENV) -m pip install --quiet matplotlib
	touch $@

.venv/ready-to-test: .venv/ready-to-run setup.cfg
	$(IN_VENV) -m pip install --quiet --editable ".[lab,test]"
	touch $@

clean:
	rm -rf .venv .pytest_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
