"""What is graded: the table of points.

How each kind of row is checked: kinds.py.
"""
from dataclasses import dataclass, replace

from . import reference
from .kinds import KINDS
from .results import AFTER_DUE, HIDDEN, VISIBLE

TABLE = """
points  seconds  shown     kind       what

 0       5  visible    files
 1      10  visible    imports    kmeans
 1      10  visible    imports    analysis

 4       5  visible    examples   euclidean_distance
 4       5  visible    examples   get_closest_centroid
 4       5  visible    examples   assign_points_to_centroids
 4       5  visible    examples   mean_of_points
 4       5  visible    examples   update_centroids
 8      30  visible    main       2d
 8     150  visible    main       mnist
 4       5  visible    examples   assign_labels
 4       5  visible    examples   majority_count
 4       5  visible    examples   accuracy
 4      60  visible    letters    accuracy

 4       5  visible    unchanged
 2       5  visible    quiet
 4      60  visible    style
 2      10  visible    documented
 2      10  visible    header
 0       5  visible    answered

 8       5  after due  special
 3       5  after due  fresh      euclidean_distance
 3       5  after due  fresh      get_closest_centroid
 3       5  after due  fresh      assign_points_to_centroids
 3       5  after due  fresh      mean_of_points
 3       5  after due  fresh      update_centroids
 3       5  after due  fresh      assign_labels
 3       5  after due  fresh      majority_count
 3       5  after due  fresh      accuracy
"""
"""One row per check. Points may be changed; 0 is for information only."""

SHOWN = {"visible": VISIBLE, "after due": AFTER_DUE, "hidden": HIDDEN}
TITLES = {
    "files": "Your three files are there",
    "imports": "{}.py can be imported",
    "examples": "{}: examples",
    "special": "Ties, and centroids without points",
    "fresh": "{}: fresh cases",
    "main": "main on the {} data",
    "letters": "{} on the letters",
    "unchanged": "Your functions do not change their arguments",
    "quiet": "Nothing is printed except what the handout asks for",
    "style": "Style: flake8",
    "documented": "Style: every function has a docstring",
    "header": "Header with your name and a collaboration statement",
    "answered": "answers.txt is answered"}


@dataclass(frozen=True)
class Check:
    """One row of the table.

    points: the maximum score
    seconds: the time limit of each child
    visibility: see results.py
    kind: a key of KINDS
    what: the function, module or data set that is checked, may be empty
    """

    points: float
    seconds: float
    visibility: str
    kind: str
    what: str

    @property
    def title(self):
        """Return the title that students see."""
        return TITLES[self.kind].format(self.what)


def table(given=None):
    """Return the checks, in order.

    Arguments:
        given: names of functions whose bodies students get; default: those
            with which the zip was built
    Raises:
        ValueError: a row cannot be read, all points are 0, or a row that
            is shown at once is below one that is not, or there is no
            function of a name
    """
    checks = [_read_row(row) for row in TABLE.splitlines()[2:] if row.strip()]
    shown = [check.visibility == VISIBLE for check in checks]
    if shown != sorted(shown, reverse=True):
        raise ValueError("autograder/checks.py: move the visible rows above "
                         "all others, so that no hidden call can have an "
                         "effect on them")
    checks = without_given(
        checks, reference.given() if given is None else given)
    if sum(check.points for check in checks) <= 0:
        raise ValueError("the points in autograder/checks.py add up to 0: "
                         "give points to at least one row")
    return checks


def _read_row(row):
    try:
        points, seconds, rest = row.split(maxsplit=2)
        shown = next(word for word in SHOWN if rest.startswith(word))
        kind, *what = rest[len(shown):].split()
        check = Check(float(points), float(seconds), SHOWN[shown], kind,
                      *what or [""])
        known = kind in KINDS and check.points >= 0 < check.seconds
    except (ValueError, StopIteration, TypeError):
        known = False
    if not known:
        raise ValueError(f"autograder/checks.py: cannot read '{row.strip()}':"
                         " a row has points, seconds, visible/after due/"
                         "hidden, a kind of check, and what is checked")
    return check


def without_given(checks, given):
    """Return checks in which given functions are worth nothing.

    Their points go to the examples of the others, whole points each.
    """
    for name in given:
        if name not in reference.FUNCTIONS:
            raise ValueError(f"there is no function {name} to give away: "
                             f"name one of {', '.join(reference.FUNCTIONS)}")
    free = sum(check.points for check in checks if is_given(check, given))
    checks = [replace(check, points=0) if is_given(check, given) else check
              for check in checks]
    heirs = [i for i, check in enumerate(checks) if check.points
             and check.kind == "examples"] if free else []
    for number, i in enumerate(heirs):
        share = (free + number) // len(heirs)
        checks[i] = replace(checks[i], points=checks[i].points + share)
    return checks


def is_given(check, given):
    """Return whether a row is about a function that students get."""
    return (check.what in given or check.kind == "main" and "main" in given)
