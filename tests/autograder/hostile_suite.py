"""Attacks and accidents, graded in the sandbox on a small table.

The table is the import, one example of three functions, and one fresh case.

    python -m tests.autograder.hostile_suite   prints the table, as root

Names of protections, such as `namespaces groups`, may follow: the sandbox
does without them then, as in a container.
"""
import contextlib
import dataclasses
import os
import pathlib
import sys
import tempfile
import time
from unittest import mock

from autograder import cases, checks, grade, results
from autograder.sandbox import reaper
from autograder.submission import collect
from tests.autograder import hostile
from tests.autograder.gradescope import Gradescope
from tests.autograder.hostile_attacks import ATTACKS, LEAK, SECRET

KINDS = ["imports kmeans", "examples euclidean_distance",
         "examples mean_of_points", "examples update_centroids",
         "fresh euclidean_distance"]
HIDDEN = 4   # which of these rows is not shown
FIRST_UID = hostile.FIRST_UID + 20000   # those of other tests end before


@contextlib.contextmanager
def small_cases():
    """Leave one example of each function and one fresh case."""
    one = {name: some[:1] for name, some in cases.EXAMPLES.items()}
    fresh = cases.fresh
    with mock.patch.dict(cases.EXAMPLES, one), mock.patch.object(
            cases, "fresh", lambda function: fresh(function)[2:3]):
        yield


def small_table():
    """Return the four checks, with a second for each call."""
    return [dataclasses.replace(check, seconds=1.5)
            for check in checks.table()
            if f"{check.kind} {check.what}" in KINDS]


class Arena:
    """A sandbox, and files that no submission may read or change."""

    def __init__(self, sandbox, folder):
        self.sandbox = sandbox
        self.folder = pathlib.Path(folder)
        self.paths = {}
        self.users = range(0)
        self.folder.chmod(0o755)
        for name in ["secret", "results", "runner", "metadata"]:
            path = self.folder / name
            path.write_text(SECRET)
            # the metadata can be read by all users, as on Gradescope
            path.chmod(0o644 if name == "metadata" else 0o600)
            self.paths[name] = str(path)
        self.paths["source"] = str(self.folder)

    def grade(self, attack):
        """Grade an attack; return its rows and the seconds it took."""
        submitted = self.folder / "submission"
        for name, data in attack.files(self.paths).items():
            path = submitted / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        started = time.monotonic()
        first = self.sandbox.next_user
        try:
            with small_cases():
                rows = grade.grade(collect(submitted), self.sandbox,
                                   small_table())
        finally:
            submitted.rename(self.folder / f"past {time.monotonic_ns()}")
            self.users = range(self.sandbox.first_uid + first,
                               self.sandbox.first_uid
                               + self.sandbox.next_user)
        return rows, time.monotonic() - started

    def damage(self, rows):
        """Return a list of what went wrong; it should be empty."""
        shown = str(results.as_gradescope(rows, []))
        hidden = rows[HIDDEN].text
        return [
            *["a secret is shown"] * (SECRET in shown),
            *["what a stand-in knows is shown"] * (LEAK in shown),
            *["a control character is shown"] * (
                "\x1b" in shown or "\\u001b" in shown),
            *["the grader failed"] * (grade.GRADER_FAILED in shown),
            *["a hidden case is shown"] * (
                hidden not in ("", rows[0].text) and "Hint" not in hidden
                and "cannot be imported" not in hidden),
            *[f"{name} was changed" for name, path in self.paths.items()
              if name != "source"
              and pathlib.Path(path).read_text() != SECRET],
            *[f"process {process} is left" for uid in self.users
              for process in reaper.processes_of(uid)],
            *["a file is left"] * os.path.exists(
                "/tmp/left-behind-by-attack")]


@contextlib.contextmanager
def open_arena(image, without=()):
    """Yield an Arena in a Gradescope image."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(
            os.environ, {"GRADER_TOKEN": SECRET}), grade.open_sandbox(
            python=image.python, without=without) as sandbox:
        sandbox.first_uid = FIRST_UID
        yield Arena(sandbox, folder)


def main():
    """Print a row for each attack; return an exit status."""
    image = Gradescope()
    failures = 0
    try:
        run = image.set_up()
        if run.returncode:
            sys.exit(run.stderr)
        with open_arena(image, sys.argv[1:]) as arena:
            print(arena.sandbox.describe())
            for attack in ATTACKS:
                rows, seconds = arena.grade(attack)
                shares = tuple(row.share for row in rows)
                damage = arena.damage(rows)
                good = shares == attack.expected and not damage
                failures += not good
                what = next((row.text for row in rows if row.share < 1),
                            "as good as honest code").splitlines()[0]
                print(f"{'ok ' if good else 'BAD'} {attack.number:>2} "
                      f"{attack.title:<46} {str(shares):<13} "
                      f"{seconds:5.1f} s  {what[:70]} {damage or ''}",
                      flush=True)
    finally:
        image.close()
    print(f"{len(ATTACKS) - failures} of {len(ATTACKS)} graded as expected")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
