"""What the tests of the autograder share."""
import dataclasses

import pytest

from autograder import checks, grade
from autograder.submission import Submission
from tests.autograder import forks


@pytest.fixture(scope="session")
def graded(gradescope):
    """Grade files in the sandbox; see `grader`."""
    with grade.open_sandbox(python=gradescope.python) as sandbox:
        yield grader(sandbox)


@pytest.fixture(scope="session")
def scored():
    """Grade files without a sandbox, which is quicker; see `grader`."""
    with forks.open_sandbox() as sandbox:
        yield grader(sandbox)


def grader(sandbox):
    """Return a function that grades files: title -> Row of the checks named.

    A check is named by its kind, "examples", or also by what it is about,
    "examples accuracy".
    """
    def run(files, *names, seconds=2):
        table = [dataclasses.replace(
            check, seconds=seconds if check.seconds == 5 else check.seconds)
            for check in checks.table()
            if {check.kind, f"{check.kind} {check.what}"} & set(names)]
        rows = grade.grade(Submission(files), sandbox, table)
        return {row.title: row for row in rows}
    return run
