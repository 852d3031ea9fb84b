"""Grades one submission, check by check, and writes the results.

    python -m autograder.grade      as Gradescope runs it

The first result that is written says that the grader failed. After each
check a better one takes its place, so there is a valid result at any time.
"""
import collections
import contextlib
import os
import pathlib
import sys
import time
import traceback

from . import checks, kinds, reference, results, style
from .results import clean
from .sandbox.outcome import Limits
from .sandbox.sandbox import Sandbox, SandboxError, call
from .submission import collect

HOME = pathlib.Path(os.environ.get("AUTOGRADER_HOME", "/autograder"))
CLOSED = (".", "source", "submission", "results")
"""What only root may enter, in HOME."""
TOTAL_SECONDS = 480   # for all checks; Gradescope stops at 600
MAX_TIMEOUTS = 2      # before the remaining checks get less time
SHORT_SECONDS = 2
SHORT_SECONDS_WITH_STAND_INS = 30   # what loops forever is not in them
EXPENSIVE = ("timeout", "memory", "crash", "flood", "files")
"""The kinds of outcomes that take long, and will again."""
MAX_EXPENSIVE = 2   # such outcomes of a function, before it is not run again
NEEDS = b"import flake8, matplotlib.figure, PIL.Image, utils"
GRADER_FAILED = (
    "The grader itself failed. That is not your fault, and your submission "
    "is safe. Please tell the course staff.")


class Grading:
    """What all checks of one submission share.

    sandbox, submission: given
    working: names of functions that gave at least one right result
    changed: names of functions that changed or returned their arguments
    printing: names of functions that printed something
    missing: names of functions that are not in their module
    expensive: number of calls that used up their time or memory, by function
        and by whether they had stand-ins
    broken: module that cannot be imported -> a sentence about it
    replaces_kmeans: whether analysis.py gets the solution's functions in
        the place of a kmeans.py that cannot be imported
    """

    def __init__(self, sandbox, submission):
        self.sandbox = sandbox
        self.submission = submission
        self.files = submission.files
        self.working, self.changed, self.printing = set(), set(), set()
        self.missing = set()
        self.expensive = collections.Counter()
        self.broken = {}
        self.replaces_kmeans = False
        self.timeouts = 0
        self.analyses = {}

    def ask(self, request, seconds, stand_ins=None):
        """Return the Outcome of one request in a child of its own."""
        if self.timeouts >= MAX_TIMEOUTS:
            seconds = min(seconds, SHORT_SECONDS_WITH_STAND_INS if stand_ins
                          else SHORT_SECONDS)
        limits = Limits(seconds=seconds, reply_bytes=16 * 1024 * 1024)
        outcome = self.sandbox.run(self.files, request, limits, stand_ins)
        self.timeouts += outcome.kind == "timeout"
        return outcome

    def call(self, function, args, seconds, stand_ins=None):
        """Return the Outcome of a call, and note its side effects."""
        module = reference.FUNCTIONS[function]
        key = function, bool(stand_ins)
        if self.is_replaced(function):
            stand_ins = (stand_ins or {}) | reference.stand_ins_for_kmeans()
        request = call(module, function, args, self.is_replaced(function))
        outcome = self.ask(request, seconds, stand_ins)
        self.expensive[key] += outcome.kind in EXPENSIVE
        if outcome.kind == "missing function":
            self.missing.add(function)
        if outcome.kind == "value" and function != "main":
            if outcome.returns_argument or not _is_equal(outcome.args, args):
                self.changed.add(function)
            if outcome.output:
                self.printing.add(function)
        return outcome

    def is_expensive(self, function, stand_ins=None):
        """Return whether a function must not be called any more."""
        number = self.expensive[function, bool(stand_ins)]
        return number >= MAX_EXPENSIVE

    def is_broken(self, function):
        """Return whether the module of a function cannot be imported."""
        return reference.FUNCTIONS[function] in self.broken

    def is_replaced(self, function):
        """Return whether a function runs without the submitted kmeans."""
        return (self.replaces_kmeans
                and reference.FUNCTIONS[function] == "analysis")

    def analysis(self, module, seconds):
        """Return what is known about a file without running it, or None."""
        if module not in self.analyses:
            outcome = self.ask({"do": "inspect", "module": module}, seconds)
            self.analyses[module] = (
                outcome.value if outcome.kind == "value" else None)
        return self.analyses[module]


def _is_equal(after, before):
    """Return whether arguments are unchanged, whatever they have become."""
    try:
        return list(after) == list(before)
    except Exception:
        return False


def grade(submission, sandbox, table, after_each=lambda rows: None):
    """Return the rows for a submission.

    Arguments:
        submission: a Submission
        sandbox: a Sandbox that has passed its self-test
        table: a list of Check
        after_each: called with the rows so far, after each check
    Raises:
        SandboxError: the sandbox failed; nothing more can be graded
    """
    grading = Grading(sandbox, submission)
    rows = []
    end = time.monotonic() + TOTAL_SECONDS
    for check in table:
        if time.monotonic() > end:
            share, text = 0, "Not run: the time for grading is up."
        else:
            share, text = perform(grading, check)
        rows.append(results.Row(check.title, check.points, check.visibility,
                                share, text))
        after_each(rows)
    return rows


def with_rest(rows, table):
    """Return rows for the whole table; those not run yet have 0 points."""
    return rows + [results.Row(check.title, check.points, check.visibility,
                               0, "Not run: grading was interrupted.")
                   for check in table[len(rows):]]


def perform(grading, check):
    """Return share and text of one check, even if the check itself fails."""
    module = reference.FUNCTIONS.get(check.what)
    if module in grading.broken:
        return 0, grading.broken[module]
    try:
        return kinds.KINDS[check.kind](grading, check)
    except SandboxError:
        raise
    except Exception:
        traceback.print_exc()
        return 0, GRADER_FAILED


@contextlib.contextmanager
def open_sandbox(mode="sandboxed", python=None, without=()):
    """Yield a Sandbox that works, with the helpers of the assignment.

    Arguments:
        mode, python, without: as for Sandbox
    Raises:
        SandboxError: it cannot be set up, or something is missing in it
    """
    try:
        helpers = {name: (reference.SOLUTION / name).read_bytes()
                   for name in reference.HELPERS + reference.DATA}
    except OSError as error:
        raise SandboxError(f"{error.filename} is missing: build the zip "
                           "again from a complete repository") from error
    with Sandbox(helpers, python, mode, folders=reference.FOLDERS,
                 secrets=secrets(), without=without) as sandbox:
        sandbox.warm_matplotlib()
        outcome = sandbox.run({"kmeans.py": NEEDS}, {
            "do": "import", "module": "kmeans"}, Limits(seconds=60))
        if outcome.kind != "value":
            raise SandboxError(what_is_missing(sandbox.python,
                                               outcome.message))
        yield sandbox


def what_is_missing(python, message):
    """Return a sentence about a Python that lacks packages."""
    if python.passed_over:
        return (
            f"other users cannot run {python.passed_over}, and {python.path} "
            f"lacks what grading needs ({message}): make an environment that "
            "all users may enter, with python3 -m venv in /opt, install "
            "matplotlib and flake8 in it, and start the autograder with its "
            "Python")
    return (f"{python.path} lacks what grading needs ({message}): install "
            "matplotlib and flake8 for it")


def secrets():
    """Return paths that no submission may be able to open."""
    return [*(reference.SOLUTION / f"{module}.py" for module
              in sorted(set(reference.FUNCTIONS.values()))),
            pathlib.Path(__file__), HOME / "submission_metadata.json",
            HOME / "results/results.json"]


def main():
    """Grade as Gradescope wants it, and return an exit status."""
    path = HOME / "results" / "results.json"
    for name in CLOSED:
        os.chmod(HOME / name, 0o700)

    def write(rows, notes):
        results.write(path, results.as_gradescope(rows, notes))

    try:
        table = checks.table()
        submission = collect(HOME / "submission")
        sys.stdout.reconfigure(errors="replace")
        # Only staff sees what is printed. A hidden row would do, too, but
        # while any row is hidden Gradescope shows students no total.
        print(f"answers.txt:\n\n{clean(style.answers(submission.files))}")
        with open_sandbox() as sandbox:
            print(sandbox.describe())
            grade(submission, sandbox, table, lambda rows: write(
                with_rest(rows, table), submission.notes))
    except Exception as error:
        print(f"The grader failed: {error}", file=sys.stderr)
        traceback.print_exc()
        results.write(path, results.failed(GRADER_FAILED))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
