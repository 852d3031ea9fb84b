"""Many submissions, several at a time, one row of a table each.

Every submission is graded by a process of its own, in just the same way as
alone, so its scores do not depend on the others. Whatever happens to that
process is a row. Rows are written as soon as they are known; a batch that
was stopped continues where it was.

place   a submission, see places.py
row     column -> text
"""
import contextlib
import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

from . import checks, local, places, results, style, submission
from .results import clean

FIRST, LAST = ["submission", "student", "total"], ["note", "answers"]
MAXIMUM = "maximum"      # the name of the row with the maximum points
MAX_SECONDS = 1800       # for one submission
FORMULA = ("=", "+", "-", "@", "\t", "\r")   # what a spreadsheet would run


class StoppedError(Exception):
    """The batch was stopped. The text says how to continue."""


class Batch:
    """The grading of all submissions in a folder into a CSV file.

    folder: holds the submissions, see places.py
    path: the CSV file to write
    jobs: how many to grade at a time
    """

    def __init__(self, folder, path, jobs):
        self.places = {_cell(place.name): place
                       for place in places.find(folder)}
        self.path = path
        self.jobs = jobs
        self.table = [check for check in checks.table() if check.points]
        self.columns = [*FIRST, *(check.title for check in self.table), *LAST]
        self.running = set()
        self.lock = threading.Lock()
        self.is_stopped = False

    def run(self):
        """Grade all that is not in the file yet.

        Returns:
            the number of submissions in the file
        Raises:
            StoppedError: by Ctrl-C or SIGTERM; the rows so far are kept
            SandboxError: grading is impossible here
            OSError: the file cannot be written
        """
        done = self._read()
        waiting = [place for name, place in self.places.items()
                   if name not in done]
        # written first: hours of grading must not end at a read-only file
        self._write(done)
        with open(self.path, "a", newline="", encoding="utf-8") as file, \
                _signals_as_interrupts():
            try:
                if waiting:
                    self._try_sandbox()
                done |= self._grade(waiting, file)
            except KeyboardInterrupt:
                raise StoppedError(
                    f"stopped: {self.path} has rows for {len(self._read())} "
                    f"of {len(self.places)} submissions; run the same "
                    "command again to continue") from None
        self._write(done)
        return len(done)

    def _try_sandbox(self):
        """Have what fails for all submissions fail once, before the first."""
        with local.open_sandbox():
            pass

    def _grade(self, waiting, file):
        """Write a row per place as soon as it is graded; return them."""
        from tqdm import tqdm
        pool = ThreadPoolExecutor(self.jobs)
        try:
            futures = [pool.submit(self._grade_one, place)
                       for place in waiting]
            rows = {}
            for future in tqdm(as_completed(futures), total=len(futures),
                               unit="submission", disable=None):
                row = future.result()
                rows[row["submission"]] = row
                self._writer(file).writerow(row)
                file.flush()
            return rows
        except KeyboardInterrupt:
            self._stop()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _stop(self):
        """End all graders; they clean up after themselves."""
        with self.lock:
            self.is_stopped = True
            for process in self.running:
                process.terminate()

    # --- one submission ------------------------------------------------

    def _grade_one(self, place):
        """Return the row of one submission, whatever happens."""
        row = {"submission": place.name, "student": place.student}
        try:
            with _folder_of(place) as path:
                submitted = local.read(path)
                graded = self._run(os.path.abspath(path))
        except submission.SubmissionError as error:
            return _plain(row | {"total": 0, "note": str(error)})
        except Exception as error:
            return _plain(row | {"note": f"The grader failed: {error}"})
        return _plain(row | self._scores(graded)
                      | {"answers": style.answers(submitted.files)})

    def _run(self, path):
        """Return results.json of the submission at a path."""
        with self.lock:
            if self.is_stopped:
                raise RuntimeError("the batch was stopped")
            process = subprocess.Popen(
                [sys.executable, "-m", "autograder", "grade", "--json", path],
                cwd=pathlib.Path(__file__).parent.parent, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True)
            self.running.add(process)
        try:
            output, errors = process.communicate(timeout=MAX_SECONDS)
        finally:
            process.kill()
            process.wait()
            with self.lock:
                self.running.discard(process)
        if process.returncode:
            lines = errors.strip().splitlines() or [
                f"exit status {process.returncode}"]
            raise RuntimeError(lines[-1])
        return json.loads(output)

    def _scores(self, graded):
        """Return the columns that results.json gives."""
        tests = {test["name"]: test for test in graded["tests"]}
        scores = {check.title: tests[check.title]["score"]
                  for check in self.table}
        broken = [tests[check.title]["output"] for check in self.table
                  if check.kind == "imports"]
        notes = graded["output"].splitlines()[:-1]   # without the subtotal
        return {"total": round(sum(scores.values()), 1), **scores,
                "note": "\n".join(filter(None, [*notes, *broken]))}

    # --- the file ------------------------------------------------------

    def _writer(self, file):
        return csv.DictWriter(file, self.columns, restval="")

    def _maxima(self):
        return {"submission": MAXIMUM,
                "total": f"{results.maximum(self.table):g}",
                **{check.title: f"{check.points:g}" for check in self.table}}

    def _read(self):
        """Return name -> row of a batch that was stopped, from its file.

        Rows of graders that failed are left out, to be tried again, and so
        is a row that was not written to its end.
        """
        try:
            with open(self.path, newline="", encoding="utf-8") as file:
                lines = list(file)
        except FileNotFoundError:
            return {}
        reader = csv.DictReader(lines)
        if reader.fieldnames != self.columns:
            return {}
        rows = list(reader)
        if not lines[-1].endswith("\r\n"):
            rows.pop()
        return {row["submission"]: row for row in rows
                if row["submission"] in self.places and row["total"]}

    def _write(self, rows):
        """Write the whole file, in the order of the names."""
        temporary = f"{self.path}.part"
        with open(temporary, "w", newline="", encoding="utf-8") as file:
            self._writer(file).writeheader()
            self._writer(file).writerow(self._maxima())
            self._writer(file).writerows(
                rows[name] for name in self.places if name in rows)
        os.replace(temporary, self.path)


def _plain(row):
    """Return a row as text."""
    return {column: _cell(value) for column, value in row.items()}


def _cell(value):
    """Return text that neither a terminal nor a spreadsheet executes."""
    text = clean(f"{value:g}" if isinstance(value, float) else str(value))
    return f"'{text}" if text.startswith(FORMULA) else text


@contextlib.contextmanager
def _folder_of(place):
    """Yield the path of a submission, gathered from a flat folder."""
    if place.path:
        yield place.path
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in place.files:
            shutil.copyfile(path, os.path.join(
                folder, places.wanted_name(path)), follow_symlinks=False)
        yield pathlib.Path(folder)


@contextlib.contextmanager
def _signals_as_interrupts():
    """Treat SIGTERM as Ctrl-C meanwhile, and Ctrl-C also in background."""
    def interrupt(*_):
        raise KeyboardInterrupt

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before):
            signal.signal(number, handler)
