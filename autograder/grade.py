"""Grades one submission, check by check, and writes what came of it.

    python -m autograder.grade      as Gradescope runs it

The first thing written is a result that says the grader failed; after each
check a better one takes its place. So there is always a valid result,
whatever happens on the way.
"""
import contextlib
import os
import pathlib
import sys
import time
import traceback

from . import checks, reference, results, style
from .sandbox.outcome import Limits
from .results import clean
from .sandbox.sandbox import Sandbox, SandboxError, call
from .submission import collect

HOME = pathlib.Path(os.environ.get("AUTOGRADER_HOME", "/autograder"))
TOTAL_SECONDS = 480   # for all checks; Gradescope stops at 600
HASTE = 2             # timeouts after which the rest get less time
SHORT_SECONDS = 2
NEEDS = b"import flake8, matplotlib.figure, PIL.Image, utils"
SORRY = ("The grader itself failed. That is not your fault, and your "
         "submission is safe. Please tell the course staff.")


class Grading:
    """What all checks of one submission share.

    working   functions that gave at least one right answer
    changed   functions that changed what they were given
    noisy     functions or modules that printed something
    broken    a module that cannot be imported -> what to say of it
    """

    def __init__(self, sandbox, submission):
        self.sandbox = sandbox
        self.submission = submission
        self.files = submission.files
        self.working, self.changed, self.noisy = set(), set(), set()
        self.broken = {}
        self.timeouts = 0
        self.seen = {}

    def ask(self, request, seconds):
        """Return the Outcome of one request in a child of its own."""
        if self.timeouts >= HASTE:
            seconds = min(seconds, SHORT_SECONDS)
        limits = Limits(seconds=seconds, reply_bytes=16 * 1024 * 1024)
        outcome = self.sandbox.run(self.files, request, limits)
        self.timeouts += outcome.kind == "timeout"
        return outcome

    def call(self, function, args, seconds, substitutes=None):
        """Return the Outcome of a call, and notes its side effects."""
        module = reference.FUNCTIONS[function]
        outcome = self.ask(call(module, function, args, substitutes), seconds)
        if outcome.kind == "value" and function != "main":
            if list(outcome.args) != list(args):
                self.changed.add(function)
            if outcome.output:
                self.noisy.add(function)
        return outcome

    def is_broken(self, function):
        """Return whether the module of a function cannot be imported."""
        return reference.FUNCTIONS[function] in self.broken

    def facts(self, module, seconds):
        """Return what is known about a file without running it."""
        if module not in self.seen:
            outcome = self.ask({"do": "inspect", "module": module}, seconds)
            self.seen[module] = (
                outcome.value if outcome.kind == "value"
                and isinstance(outcome.value, dict)
                else {"functions": [], "header": []})
        return self.seen[module]


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
            share, text = make(grading, check)
        rows.append(results.Row(check.title, check.points, check.visibility,
                                share, text))
        after_each(rows)
    return rows


def with_rest(rows, table):
    """Return rows for the whole table: what is yet to come has 0 points."""
    return rows + [results.Row(check.title, check.points, check.visibility,
                               0, "Not run: grading was interrupted.")
                   for check in table[len(rows):]]


def make(grading, check):
    """Return share and text of one check, also when it fails itself."""
    module = reference.FUNCTIONS.get(check.what)
    if module in grading.broken:
        return 0, grading.broken[module]
    try:
        return checks.KINDS[check.kind](grading, check)
    except SandboxError:
        raise
    except Exception:
        traceback.print_exc()
        return 0, SORRY


@contextlib.contextmanager
def open_sandbox(mode="sandboxed", python=None):
    """Yield a Sandbox that works, with the helpers of the assignment.

    Arguments:
        mode, python: as for Sandbox
    Raises:
        SandboxError: it cannot be set up, or something is missing in it
    """
    try:
        helpers = {name: (reference.SOLUTION / name).read_bytes()
                   for name in reference.HELPERS + reference.DATA}
    except OSError as error:
        raise SandboxError(f"{error.filename} is missing: build the zip "
                           "again from a complete repository") from error
    with Sandbox(helpers, python, mode) as sandbox:
        sandbox.warm_matplotlib()
        outcome = sandbox.run({"kmeans.py": NEEDS}, {
            "do": "import", "module": "kmeans"}, Limits(seconds=60))
        if outcome.kind != "value":
            raise SandboxError(
                f"{sandbox.python} lacks what grading needs "
                f"({outcome.message}): install matplotlib and flake8 for it")
        yield sandbox


def main():
    """Grade as Gradescope wants it; return an exit status."""
    path = HOME / "results" / "results.json"
    started = time.monotonic()
    for name in ("source", "submission", "results"):
        os.chmod(HOME / name, 0o700)

    def write(rows, notes):
        results.write(path, results.as_gradescope(
            rows, notes, time.monotonic() - started))

    try:
        table = checks.table()
        submission = collect(HOME / "submission")
        sys.stdout.reconfigure(errors="replace")
        # Only staff sees what is printed. A hidden row would do, too, but
        # while any row is hidden Gradescope shows students no total.
        print(f"answers.txt:\n\n{clean(style.answers(submission.files))}")
        with open_sandbox() as sandbox:
            grade(submission, sandbox, table, lambda rows: write(
                with_rest(rows, table), submission.notes))
    except Exception as error:
        print(f"The grader failed: {error}", file=sys.stderr)
        traceback.print_exc()
        results.write(path, results.failed(SORRY))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
