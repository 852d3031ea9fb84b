# make             run the assignment: cluster the letters, print the accuracy
# make test        check everything: style, types, examples in the docs, tests
# make starter     starter.zip: what students begin with
# make autograder  autograder.zip: what a teacher uploads to Gradescope
# make submission  submission.zip: what a student uploads
# make notebooks   open the lab's notebooks in a browser
# make clean       remove what these have installed, cached and built
#
# All keep what they install in .venv; `make PYTHON=python3.10` makes it from
# another Python.

PYTHON ?= python3
IN_VENV = .venv/bin/python

# parts that run side by side, one more than there are cores, as some wait;
# the engine before the lab, as it compiles the kernels for both
ENGINE = kmeanslab tests/kmeanslab/engine tests/kmeanslab/estimators
LAB = tests/kmeanslab
GRADER = autograder tests/autograder
IMAGE = tests/autograder/image

.PHONY: run test test-style test-engine test-lab test-grader test-image \
    test-rest starter autograder submission notebooks clean

run: .venv/ready-to-run
	$(IN_VENV) kmeans.py
	$(IN_VENV) analysis.py

test: .venv/ready-to-test
	$(MAKE) --jobs=$$($(IN_VENV) -c "import os; print(os.cpu_count() + 1)") \
	    --output-sync=target test-style test-engine test-image test-grader \
	    test-rest test-lab

# a thread of OpenBLAS that waits keeps a core busy, which others need here
test-engine test-lab test-rest: export OPENBLAS_NUM_THREADS = 1

test-style:
	$(IN_VENV) -m flake8
	$(IN_VENV) -m mypy

test-engine:
	$(IN_VENV) -m pytest $(ENGINE)

test-lab:
	$(IN_VENV) -m pytest $(LAB) $(ENGINE:%=--ignore=%)

test-grader:
	$(IN_VENV) -m pytest $(GRADER) $(IMAGE:%=--ignore=%)

test-image:
	$(IN_VENV) -m pytest $(IMAGE)

test-rest:
	$(IN_VENV) -m pytest --ignore=kmeanslab $(LAB:%=--ignore=%) \
	    $(GRADER:%=--ignore=%)

starter autograder submission: .venv/ready-to-grade
	$(IN_VENV) -m autograder $(subst autograder,build,$@)

.venv/ready-to-grade: .venv/ready-to-run
	$(IN_VENV) -m pip install --quiet flake8 markdown
	touch $@

notebooks: .venv/ready-to-open
	$(IN_VENV) -m notebook notebooks

.venv/ready-to-open: .venv/ready-to-run setup.cfg
	$(IN_VENV) -m pip install --quiet --editable ".[lab,cluster,notebooks]"
	touch $@

.venv/ready-to-run:
	$(PYTHON) -m venv .venv
	$(IN_VENV) -m pip install --quiet matplotlib
	touch $@

# most modules are never imported: Python compiles those that are when they
# are, and has to keep the result, or each of a thousand processes does it again
unexport PYTHONDONTWRITEBYTECODE

.venv/ready-to-test: .venv/ready-to-run setup.cfg
	$(IN_VENV) -m pip install --quiet --no-compile \
	    --editable ".[autograder,cluster,lab,test]"
	touch $@

clean:
	rm -rf .venv .pytest_cache .hypothesis build *.egg-info
	rm -f starter.zip autograder.zip submission.zip
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
