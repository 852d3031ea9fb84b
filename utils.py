"""Helpers for the k-means assignment: nothing in this file is homework.

kmeans.py, analysis.py and the tests import everything from here. files.py
reads and writes CSV files, pictures.py draws, and mistakes.py explains errors.

point            a list of numbers       [1.0, 2.0]
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
"""
import argparse
import contextlib
import copy
import importlib
import io
import math
import re
import sys
import threading
import time
from collections import Counter

from files import (
    InputError, check_dimensions, check_program, load_centroids, read_data,
    write_centroids_with_key)
from mistakes import did_you_mean, explain, find_place
from pictures import (
    FOLDERS, animate_steps, new_results, plot_2d, plot_centroids, plot_digit,
    plot_fig, plot_grid, show_progress)

if sys.version_info < (3, 10):
    sys.exit("Error: Python 3.10 or newer is needed, and this is Python %d.%d"
             % sys.version_info[:2])

MAX_SENSIBLE_STEPS, SLOW_SECONDS, PROGRESS_SECONDS = 50, 5, 1


class NotImplementedYet(Exception):
    """A homework function is missing or returned None."""


def converged(new, old):
    """Return whether the centroids have stopped moving.

    Arguments:
        new: the new centroids, a dictionary, name -> position
        old: the old centroids, a dictionary, name -> position
    Returns:
        True if both have the same names and every coordinate is within
        1e-8 + 1e-5 * abs(old) of its old value

    >>> converged({"a": [1.000001]}, {"a": [1.0]})
    True
    >>> converged({"a": [1.0]}, {"a": [1.0], "b": [2.0]})
    False
    """
    _watch(new, old)
    if new is None or old is None or new.keys() != old.keys():
        return False
    return all(abs(a - b) <= 1e-8 + 1e-5 * abs(b) for name in new
               for a, b in zip(new[name], old[name], strict=True))


_run = {}   # the step that main begins, and when it began the first


def _watch(new, old):
    """Count the steps of main; say so if it goes on or cannot work."""
    if not old:
        _run.clear()
    _run["step"] = _run.get("step", 0) + 1
    now = time.monotonic()
    seconds = now - _run.setdefault("start", now)
    if new and old and all(new[name] is old.get(name) for name in new):
        print("Note: converged() got the same lists twice, so nothing seems "
              "to move after 1 step.\nBuild a new dictionary in each step, "
              "and keep the old one.", file=sys.stderr)
    elif _run["step"] == MAX_SENSIBLE_STEPS + 1:
        print(f"Note: after {MAX_SENSIBLE_STEPS} steps the centroids still "
              "move. Does main compare the new ones\nwith those of the step "
              "before? Ctrl-C ends the program.", file=sys.stderr)
    elif seconds > PROGRESS_SECONDS:
        show_progress(f"step {_run['step']}, {seconds:.0f} s")


def check_approx_equals(expected, received):
    """Return whether two values are equal, except for rounding of numbers.

    Lists, tuples and dictionaries are compared element by element. A list
    equals a tuple of the same values, and the order of a dictionary does not
    matter.

    >>> check_approx_equals({"a": [0.3]}, {"a": [0.1 + 0.2]})
    True
    """
    if isinstance(expected, dict) and isinstance(received, dict):
        return expected.keys() == received.keys() and all(
            check_approx_equals(expected[key], received[key])
            for key in expected)
    if isinstance(expected, (list, tuple)) and (
            isinstance(received, (list, tuple))):
        return len(expected) == len(received) and all(
            map(check_approx_equals, expected, received))
    if _is_number(expected) and _is_number(received):
        return math.isclose(expected, received, rel_tol=1e-6, abs_tol=1e-9)
    return type(expected) is type(received) and expected == received


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def assert_equals(expected, received):
    """Raise AssertionError with both values unless they are equal."""
    if not check_approx_equals(expected, received):
        raise AssertionError(_both(expected, received))


def _both(expected, received):
    return (f"\n  expected: {_shorten(expected)}"
            f"\n  received: {_shorten(received)}")


def _shorten(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-45:]}"


# --- Testing the homework ------------------------------------------------

_printing = []   # the functions that print and should not


def check_function(name, arguments, expected, line=""):
    """Call a homework function; raise an error if it has a mistake.

    The name is as in "kmeans.mean_of_points", and `line` what it should print.
    """
    module, name = name.split(".")
    call = f"{name}({', '.join(map(_shorten, arguments))})"
    given = copy.deepcopy(arguments)
    received, lines = _call(module, name, given, call)
    check_not_none(name, received, lines)
    if not check_approx_equals(expected, received):
        raise AssertionError(f"{call}{_both(expected, received)}" + "".join(
            f"\n  printed: {text[:60]}" for text in lines[:5]))
    if line and line not in lines:
        raise AssertionError(f"{call}{_both(line, lines)}")
    if given != arguments:
        raise AssertionError(f"{call} changed its arguments: "
                             "build a new list or dictionary instead")
    parts = received.values() if isinstance(received, dict) else [received]
    for part in parts:
        if isinstance(part, list):
            part.clear()
    if given != arguments:
        raise AssertionError(f"{call} returned a list that it was given: "
                             "build a new list instead")
    if lines != line.splitlines():
        _printing.append(name)


def _call(module, name, arguments, call):
    """Return what a homework function returns, and the lines it prints."""
    check_program(f"{module}.py")
    functions = vars(importlib.import_module(module))
    if not callable(functions.get(name)):
        raise NotImplementedYet(f"{module}.py has no function {name}."
                                + did_you_mean(name, functions))
    timer = threading.Timer(SLOW_SECONDS, print, [
        f"{name} has not returned after {SLOW_SECONDS} seconds. Ctrl-C ends "
        "it."], {"file": sys.stderr})
    timer.start()
    try:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            return functions[name](*arguments), printed.getvalue().splitlines()
    except Exception as error:
        text = explain(error, functions[name])
        raise AssertionError(f"{call}\n{text}") from error
    finally:
        timer.cancel()


def check_not_none(name, received, printed=""):
    """Raise NotImplementedYet if a function of that name returned None."""
    if received is None:
        raise NotImplementedYet(
            f"{name}() returned None; have you implemented it yet?" + (
                "\nIt printed something, but printing is not returning: use "
                "return." if printed else ""))


def run_tests(tests, next_command):
    """Run test functions in turn; the first failure ends the run."""
    for test in tests:
        with friendly_errors(test.__name__):
            try:
                test()
            except SystemExit as error:
                sys.exit(explain(error))
        print(f"{test.__name__} passed.")
    print("all tests passed.")
    if _printing:  # the first one: others may only use it
        print(_printing[0], "printed something: remove it before you submit.")
    print(f"Now type: {next_command}")


# --- On the command line -------------------------------------------------

@contextlib.contextmanager
def friendly_errors(test=""):
    """End the program with a few lines, or a traceback (--traceback)."""
    try:
        yield
    except InputError as error:
        sys.exit(f"Error: {error}")
    except NotImplementedYet as error:
        sys.exit(f"Exception: {error}")
    except KeyboardInterrupt as error:
        fname, _, place = find_place(error, None)
        sys.exit(f"Stopped in {place}. Does a loop never end?" if fname
                 else "Stopped.")
    except Exception as error:
        text = (f"{test} failed: {error}"
                if test and isinstance(error, AssertionError)
                else explain(error))
        if not text or "--traceback" in sys.argv:
            raise
        sys.exit(text)


def read_options(dataset):
    """Return dataset and animate of `kmeans.py [2d|mnist] [--animate]`."""
    parser = argparse.ArgumentParser(
        description="Run k-means and draw the result in results/.")
    parser.add_argument("dataset", nargs="?", default=dataset,
                        help=f"{' or '.join(FOLDERS)} (default: {dataset})")
    parser.add_argument("--animate", action="store_true",
                        help="also write all steps as an animated GIF")
    options = _parse(parser)
    dataset = options.dataset.lower()
    if dataset not in FOLDERS:
        raise InputError(f"there is no dataset '{options.dataset}': "
                         f"choose {' or '.join(FOLDERS)}")
    return dataset, options.animate


def read_report_option():
    """Return whether the command line is `analysis.py --report`."""
    parser = argparse.ArgumentParser(
        description="Print the accuracy of the clusters of kmeans.py.")
    parser.add_argument("--report", action="store_true",
                        help="print the contents of each cluster instead")
    return _parse(parser).report


def _parse(parser):
    parser.add_argument("--traceback", action="store_true",
                        help="show the whole traceback of an error")
    return parser.parse_args()


def print_report(labels_dict, accuracy):
    """Print one row per cluster, and the accuracy of all."""
    row = "{:<12} {:>5}  {:<8} {:>5}  {:<9} {:>5}".format
    print(row("centroid", "size", "majority", "share", "runner-up", "share"))
    for name, labels in sorted(labels_dict.items(), key=lambda item: [
            int(digits) for digits in re.findall("[0-9]+", item[0])]):
        top = Counter(labels).most_common(2) + [("-", 0)]
        cells = [cell for label, count in top[:2]
                 for cell in (label, f"{count / len(labels):.0%}")]
        print(row(name, len(labels), *cells))
    size = sum(map(len, labels_dict.values()))
    print(row("all", size, "", f"{accuracy:.1%}", "", "").rstrip())
