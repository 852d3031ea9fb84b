"""Helpers for the k-means assignment: nothing in this file is homework.

kmeans.py, analysis.py and the tests import everything from here. files.py
reads and writes CSV files, and pictures.py draws.

point            a list of numbers       [1.0, 2.0]
centroids        name -> its position    {"centroid0": [2.0, 2.0]}
"""
import argparse
import contextlib
import copy
import math
import sys
from collections import Counter

from files import (
    InputError, check_dimensions, load_centroids, read_data,
    write_centroids_with_key)
from pictures import (
    FOLDERS, plot_2d, plot_centroids, plot_digit, plot_fig, plot_grid,
    prepare_results, write_animation)


class NotImplementedYet(Exception):
    """A homework function returned None."""


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
    if new is None or old is None or new.keys() != old.keys():
        return False
    return all(abs(a - b) <= 1e-8 + 1e-5 * abs(b) for name in new
               for a, b in zip(new[name], old[name], strict=True))


# --- Tests --------------------------------------------------------------

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
    if _is_sequence(expected) and _is_sequence(received):
        return len(expected) == len(received) and all(
            map(check_approx_equals, expected, received))
    if _is_number(expected) and _is_number(received):
        return math.isclose(expected, received, rel_tol=1e-6, abs_tol=1e-9)
    return type(expected) is type(received) and expected == received


def _is_sequence(value):
    return isinstance(value, (list, tuple))


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def assert_equals(expected, received):
    """Raise AssertionError with both values unless they are equal."""
    if not check_approx_equals(expected, received):
        raise AssertionError(f"\n  expected: {_shorten(expected)}"
                             f"\n  received: {_shorten(received)}")


def check_function(function, arguments, expected):
    """Call a homework function and check its result.

    Raises:
        NotImplementedYet: it returned None
        AssertionError: it returned a wrong value or changed its arguments
    """
    given = copy.deepcopy(arguments)
    received = function(*given)
    check_not_none(function.__name__, received)
    call = f"{function.__name__}({', '.join(map(_shorten, arguments))})"
    try:
        assert_equals(expected, received)
    except AssertionError as error:
        raise AssertionError(f"{call}{error}") from None
    if given != arguments:
        raise AssertionError(f"{call} changed its arguments: "
                             "build a new list or dictionary instead")


def check_not_none(name, received):
    """Raise NotImplementedYet if a function of that name returned None."""
    if received is None:
        raise NotImplementedYet(
            f"{name}() returned None; have you implemented it yet?")


def _shorten(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:150]} ... {text[-45:]}"


def run_tests(tests):
    """Run test functions in turn; the first failure ends the run."""
    for test in tests:
        with friendly_errors():
            try:
                test()
            except AssertionError as error:
                sys.exit(f"{test.__name__} failed: {error}")
        print(f"{test.__name__} passed.")
    print("all tests passed.")


# --- On the command line ------------------------------------------------

@contextlib.contextmanager
def friendly_errors():
    """End the program with one sentence, without a traceback.

    This covers bad input, a function that is not written yet, and Ctrl-C.
    Other exceptions keep their traceback.
    """
    try:
        yield
    except InputError as error:
        sys.exit(f"Error: {error}")
    except NotImplementedYet as error:
        sys.exit(f"Exception: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def read_options(dataset):
    """Read `kmeans.py [2d|mnist] [--animate]` from the command line.

    Arguments:
        dataset: the dataset to use when none is named
    Returns:
        (dataset, animate): a string, and True or False
    """
    parser = argparse.ArgumentParser(
        description="Run k-means and draw the result in results/.")
    parser.add_argument(
        "dataset", nargs="?", default=dataset,
        help=f"{' or '.join(FOLDERS)} (default: {dataset})")
    parser.add_argument(
        "--animate", action="store_true",
        help="also write all steps as an animated GIF")
    options = parser.parse_args()
    if options.dataset not in FOLDERS:
        raise InputError(f"there is no dataset '{options.dataset}': "
                         f"choose {' or '.join(FOLDERS)}")
    return options.dataset, options.animate


def read_report_option():
    """Return whether the command line is `analysis.py --report`."""
    parser = argparse.ArgumentParser(
        description="Print the accuracy of the clusters of kmeans.py.")
    parser.add_argument(
        "--report", action="store_true",
        help="print the contents of each cluster instead")
    return parser.parse_args().report


def animate_steps(data, centroids, dataset, assign, update):
    """Run k-means again and write its steps as an animated GIF.

    Arguments:
        data: a list of points
        centroids: a dictionary, centroid name -> where it starts
        dataset: "2d" (writes results/2D/steps.gif) or "mnist" (writes
            results/MNIST/steps.gif)
        assign, update: the two homework functions of a step
    """
    names, old_centroids = list(centroids), {}
    history = [(assign(data, centroids), centroids)]
    while not converged(centroids, old_centroids):
        old_centroids = centroids
        assignment = assign(data, centroids)
        centroids = update(assignment)
        history.append((assignment, centroids))
    columns = math.ceil(math.sqrt(len(names)))
    figures = [
        plot_2d(assignment, centroids) if dataset == "2d"
        else plot_grid(names, centroids, columns)
        for assignment, centroids in history]
    write_animation(figures, f"results/{dataset.upper()}/steps.gif")


def print_report(labels_dict, accuracy):
    """Print one row per cluster, and the accuracy of all."""
    row = "{:<12} {:>5}  {:<8} {:>5}  {:<9} {:>5}".format
    print(row("centroid", "size", "majority", "share", "runner-up", "share"))
    for name, labels in labels_dict.items():
        top = Counter(labels).most_common(2) + [("-", 0)]
        cells = [cell for label, count in top[:2]
                 for cell in (label, f"{count / len(labels):.0%}")]
        print(row(name, len(labels), *cells))
    size = sum(map(len, labels_dict.values()))
    print(row("all", size, "", f"{accuracy:.1%}", "", "").rstrip())
