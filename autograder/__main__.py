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

from . import build, checks, local, reference, results
from .batch import Batch, StoppedError
from .build import BuildError
from .handout import HandoutError
from .sandbox.sandbox import SandboxError
from .submission import SubmissionError


def do_build(options):
    """Build autograder.zip, unless the solution fails with it."""
    path = options.out or "autograder.zip"
    contents = build.autograder_contents(options.give)
    if not options.unchecked:
        build.check(contents)
    build.write_zip(path, contents)
    table = checks.table(options.give)
    shown = [check for check in table if check.visibility == results.VISIBLE]
    print(f"{path}: {results.maximum(table):g} points in all, "
          f"{results.maximum(shown):g} of them shown at once."
          "\nEnter the sum as Autograder Points on Gradescope.")
    return 0


def do_starter(options):
    """Build starter.zip."""
    path = options.out or "starter.zip"
    _, replaced = build.filled_in_handout(options.give)
    build.write_zip(path, build.starter_contents(options.give),
                    build.TOP_FOLDER)
    print("\n".join([*(f"Corrected in HANDOUT.md: {text}."
                       for text in replaced),
                     f"{path}: give this to students."]))
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
    """Grade one submission and print a table, or what Gradescope gets."""
    rows, submitted = local.grade_path(options.path)
    if options.json:
        print(json.dumps(results.as_gradescope(rows, submitted.notes),
                         indent=1, allow_nan=False))
    else:
        print(local.as_table(rows, submitted.notes,
                             colours=sys.stdout.isatty()))
    return 0


def do_batch(options):
    """Grade every submission in a folder; continue if stopped before."""
    path = options.out or "scores.csv"
    count = Batch(options.path, path, options.jobs).run()
    print(f"{path}: {count} submissions")
    return 0


def do_selftest(options):
    """Grade the solution; fail unless it gets full marks."""
    rows, _ = local.grade_path(reference.SOLUTION, options.local)
    lost = [row for row in rows if row.score < row.points]
    for row in lost:
        print(f"{row.title}: {row.score:g} of {row.points:g}. {row.text}",
              file=sys.stderr)
    if lost:
        raise SandboxError("the solution does not get full marks here")
    print("The solution gets full marks.")
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
        add_options(command, name)
    return parser


def add_options(command, name):
    """Add the options of one command to its parser."""
    if name in ("grade", "batch"):
        command.add_argument("path", type=pathlib.Path,
                             help="a folder, or a zip" if name == "grade"
                             else "a folder with all submissions")
    if name == "grade":
        command.add_argument("--json", action="store_true",
                             help="print results.json instead")
    elif name == "selftest":
        command.add_argument("--local", action="store_true",
                             help="without the sandbox")
    else:
        command.add_argument("--out", metavar="FILE",
                             help="the file to write")
    if name in ("build", "starter"):
        command.add_argument(
            "--give", metavar="FUNCTION", action="append", default=[],
            help="give this function to students; its points go to the "
            "others (may be repeated; use it for both zips)")
    if name == "build":
        command.add_argument("--unchecked", action="store_true",
                             help="do not grade the solution first")
    if name == "batch":
        command.add_argument("--jobs", type=int, default=2,
                             help="how many at a time (default: 2)")


def main(argv=None):
    """Run the command line and return an exit status."""
    options = build_parser().parse_args(argv)
    try:
        return options.do(options)
    except (BuildError, HandoutError, SandboxError, StoppedError,
            SubmissionError, ValueError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
