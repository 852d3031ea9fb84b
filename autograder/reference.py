"""The reference solution, which computes all expected values.

kmeans.py and analysis.py lie beside the autograder, in the repository and
in the zip. They are imported by the parent only. A child can ask for the
values of *earlier* functions, so that a later one is judged on its own, but
it gets neither their code nor an expected value.
"""
import contextlib
import copy
import functools
import importlib
import inspect
import io
import pathlib
import sys

SOLUTION = pathlib.Path(__file__).parent.parent
HELPERS = ["utils.py", "files.py", "pictures.py", "mistakes.py"]
DATASETS = {"2d": "steps", "mnist": "centroids"}
"""The data sets, and what main draws for each: "steps", "centroids" or
"nothing". The files of one are data/NAME.csv and
data/NAME_init_centroids.csv."""
LETTERS = "mnist"   # the data set of the accuracy
DATA = [f"data/{name}{end}.csv" for name in DATASETS
        for end in ("", "_init_centroids")]
FOLDERS = ["results/2D", "results/MNIST/init", "results/MNIST/final"]
"""The folders that exist where a submission runs, as they do at home."""
GIVEN_FILE = "given.txt"   # names functions whose bodies students get
FUNCTIONS = {
    "euclidean_distance": "kmeans", "get_closest_centroid": "kmeans",
    "assign_points_to_centroids": "kmeans", "mean_of_points": "kmeans",
    "update_centroids": "kmeans", "main": "kmeans",
    "assign_labels": "analysis", "majority_count": "analysis",
    "accuracy": "analysis"}
"""The functions of the homework, and the modules that they are in."""
GRADED = [name for name in FUNCTIONS if name != "main"]
USES = {
    "get_closest_centroid": GRADED[:1],
    "assign_points_to_centroids": GRADED[:2],
    "update_centroids": ["mean_of_points"],
    "main": GRADED[:5],
    "assign_labels": GRADED[:2],
    "accuracy": [*GRADED[:2], "assign_labels", "majority_count"]}
"""The functions that a function may call, in the order of the handout."""

MAX_WORK = 20_000_000   # of one answer, in steps of the innermost loop
CALL_WORK = 30          # what a call costs, in the same steps


class TooMuchWorkError(Exception):
    """A question that no honest submission asks."""


def given():
    """Return the names of functions whose bodies students get."""
    try:
        return tuple((SOLUTION / GIVEN_FILE).read_text().split())
    except FileNotFoundError:
        return ()


def solution(module):
    """Return a module of the solution."""
    if str(SOLUTION) not in sys.path:
        sys.path.insert(0, str(SOLUTION))
    return importlib.import_module(module)


def function_of(name):
    """Return a function of the solution."""
    return getattr(solution(FUNCTIONS[name]), name)


def answer(name, args):
    """Return what the solution returns, without changing args."""
    return function_of(name)(*copy.deepcopy(args))


@functools.lru_cache(maxsize=None)
def walk_through(dataset, every=1):
    """Run the solution on a data set.

    Arguments:
        every: use only one of so many points
    Returns:
        data, labels, init_centroids, steps and final_centroids
    """
    utils = solution("utils")
    data, labels = utils.read_data(str(SOLUTION / f"data/{dataset}.csv"))
    data, labels = data[::every], labels[::every]
    start = utils.load_centroids(
        str(SOLUTION / f"data/{dataset}_init_centroids.csv"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        final = answer("main", [data, start, "no pictures"])
    return data, labels, start, int(printed.getvalue().split()[3]), final


def is_same(expected, received):
    """Return whether two values are equal, except for rounding.

    A value that cannot be compared, such as an integer that is too large
    for a float, is not the same.
    """
    try:
        return solution("utils").check_approx_equals(expected, received)
    except Exception:
        return False


# --- Stand-ins ---------------------------------------------------------

def stand_ins(function):
    """Return name -> trusted function, for those that a function uses."""
    return {name: functools.partial(answer_question, name)
            for name in USES.get(function, [])}


def stand_ins_for_kmeans():
    """Return stand-ins for all functions of kmeans.py but main."""
    return {name: functools.partial(answer_question, name)
            for name in GRADED if FUNCTIONS[name] == "kmeans"}


def answer_question(name, *args, **named):
    """Return what the solution returns for arguments from a child.

    Raises:
        TooMuchWorkError: it would take long
        Exception: whatever the solution raises for such arguments
    """
    bound = inspect.signature(function_of(name)).bind(*args, **named)
    if _work(bound.args) > MAX_WORK:
        raise TooMuchWorkError(name)
    return function_of(name)(*bound.args)


def _work(args):
    """Return an upper bound of the steps that an answer takes."""
    first, *others = args
    centroids = 1
    for other in others:
        if isinstance(other, dict):
            centroids *= max(1, len(other))
    return (_values_in(first) + CALL_WORK * _length(first)) * centroids


def _length(value):
    return len(value) if isinstance(value, (list, tuple, set, dict)) else 1


def _values_in(value):
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set)):
        return sum(map(_values_in, value))
    return 1
