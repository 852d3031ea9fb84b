"""The autograder on the command line, for teachers.

    python -m autograder build         autograder.zip for Gradescope
    python -m autograder starter       starter.zip for students
    python -m autograder submission    submission.zip, as a student uploads
    python -m autograder grade DIR     grade one submission here
    python -m autograder batch FOLDER  grade many, one CSV row each
    python -m autograder selftest      does the solution get full marks?
"""
import argparse
import json
import pathlib
import subprocess
import sys

from . import batch, build, checks, local, reference, results
from .build import BuildError
from .sandbox.sandbox import SandboxError
from .submission import SubmissionError


def do_build(options):
    """Build autograder.zip and says how many points there are."""
    build.write_zip(options.out or "autograder.zip",
                    build.autograder_contents())
    points = {}
    for check in checks.table():
        points[check.visibility] = (points.get(check.visibility, 0)
                                    + check.points)
    print(f"{options.out or 'autograder.zip'}: {sum(points.values()):g} "
          f"points in all, {points[results.VISIBLE]:g} of them shown at once."
          "\nEnter the sum as Autograder Points on Gradescope.")
    return 0


def do_starter(options):
    """Build starter.zip."""
    path = options.out or "starter.zip"
    build.write_zip(path, build.starter_contents())
    print(f"{path}: give this to students.")
    return 0


def do_submission(options):
    """Build submission.zip, unless the tests fail."""
    for name in build.TESTS:
        run = subprocess.run([sys.executable, name], cwd=reference.SOLUTION,
                             capture_output=True, text=True)
        if run.returncode:
            raise BuildError(f"python {name} fails, so nothing was written: "
                             f"{run.stderr.strip().splitlines()[-1]}")
    path = options.out or "submission.zip"
    build.write_zip(path, build.submission_contents())
    print(f"{path}: {', '.join(sorted(build.WANTED))}, tests passed.")
    return 0


def do_grade(options):
    """Grade one submission and prints a table, or what Gradescope gets."""
    rows, notes, seconds = local.grade_path(options.path)
    if options.json:
        print(json.dumps(results.as_gradescope(rows, notes, seconds),
                         indent=1, allow_nan=False))
    else:
        print(local.as_table(rows, notes, colours=sys.stdout.isatty()))
    return 0


def do_batch(options):
    """Grade every folder and zip in a folder."""
    path = options.out or "scores.csv"
    count = batch.grade_all(options.path, path, options.jobs)
    print(f"{path}: {count} submissions")
    return 0


def do_selftest(options):
    """Grade the solution; anything but full marks is an error."""
    rows, _, seconds = local.grade_path(reference.SOLUTION)
    lost = [row for row in rows if row.score < row.points]
    for row in lost:
        print(f"{row.title}: {row.score:g} of {row.points:g}. {row.text}",
              file=sys.stderr)
    if lost:
        raise SandboxError("the solution does not get full marks here")
    print(f"The solution gets full marks, in {seconds:.0f} seconds.")
    return 0


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder",
        description="Builds and runs the autograder of the assignment.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for do in [do_build, do_starter, do_submission, do_grade, do_batch,
               do_selftest]:
        name = do.__name__.removeprefix("do_")
        command = commands.add_parser(name, help=do.__doc__,
                                      description=do.__doc__)
        command.set_defaults(do=do)
        if name in ("grade", "batch"):
            command.add_argument("path", type=pathlib.Path,
                                 help="a folder, or a zip")
        if name == "grade":
            command.add_argument("--json", action="store_true",
                                 help="print results.json instead")
        elif name != "selftest":
            command.add_argument("--out", metavar="FILE",
                                 help="the file to write")
        if name == "batch":
            command.add_argument("--jobs", type=int, default=2,
                                 help="how many at a time (default: 2)")
    return parser


def main(argv=None):
    """Run the command line; return an exit status."""
    options = build_parser().parse_args(argv)
    try:
        return options.do(options)
    except (BuildError, SandboxError, SubmissionError, ValueError,
            OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
