"""What is graded: the table of points, and how each row is checked.

A check has children call submitted functions and compares the results with
the solution's. It returns a share of its points, from 0 to 1, and a text
for the student. Whatever a child does is a result, never an error.

grading   what all checks of one submission share, see grade.py
outcome   the result of one child, see sandbox/outcome.py
share     the part of the points that is earned
"""
from dataclasses import dataclass, replace

from . import cases, feedback, reference, style
from .case_grading import grade_case, grade_cases
from .main_run import check_main
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


# --- Files -------------------------------------------------------------

def files(grading, check):
    """Check that all three files were handed in."""
    submission = grading.submission
    texts = [*submission.problems.values(), *submission.notes]
    return (1 - len(submission.problems) / 3,
            "\n".join(texts) or "kmeans.py, analysis.py and answers.txt.")


def imports(grading, check):
    """Check that a file can be imported.

    If analysis.py can be imported only with the solution's functions in the
    place of kmeans.py, it is graded with them from then on.
    """
    request = {"do": "import", "module": check.what}
    outcome = grading.ask(request, check.seconds)
    if outcome.kind == "value":
        return 1, ""
    if check.what == "analysis":
        again = grading.ask({**request, "replaces_module": True},
                            check.seconds, reference.stand_ins_for_kmeans())
        if again.kind == "value":
            grading.replaces_kmeans = True
            return 1, ("analysis.py itself is right, but it imports "
                       "kmeans.py. It is graded with the functions of the "
                       "solution in its place.")
    grading.broken[check.what] = (
        f"{check.what}.py cannot be imported, see above.")
    return 0, feedback.failure(outcome, f"{check.what}.py", check.seconds)


# --- Functions ---------------------------------------------------------

def examples(grading, check):
    """Check the results of a function for cases that are shown."""
    share, texts = grade_cases(grading, check, check.what,
                               cases.EXAMPLES[check.what])
    if share > 0:
        grading.working.add(check.what)
    return share, "\n".join(texts)


def fresh(grading, check):
    """Check the results of a function for cases that are not shown."""
    share, _ = grade_cases(grading, check, check.what,
                           cases.fresh(check.what))
    return share, "" if share == 1 else f"Hint: {HINTS[check.what]}"


def special(grading, check):
    """Check that ties go to the first centroid, and none stays empty."""
    shares = {}
    for function, some in cases.SPECIAL.items():
        module = reference.FUNCTIONS[function]
        shares[function] = 0 if module in grading.broken else grade_cases(
            grading, check, function, some)[0]
    share = sum(shares.values()) / len(shares)
    wrong = [function for function in shares if shares[function] < 1]
    return share, "\n".join(why_special(grading, wrong))


def why_special(grading, wrong):
    """Return sentences about functions that get ties or empty ones wrong."""
    broken = {reference.FUNCTIONS[function] for function in wrong
              if grading.is_broken(function)}
    rest = [function for function in wrong if not grading.is_broken(function)]
    silent = [function for function in rest
              if function not in grading.working]
    hinted = [function for function in rest if function in grading.working]
    texts = [f"{module}.py cannot be imported." for module in sorted(broken)]
    if silent:
        texts.append(f"Not right in the examples yet: "
                     f"{feedback.join(silent)}.")
    if hinted:
        texts.append(f"Hint: {feedback.join(hinted)}: {SPECIAL_HINT}")
    return texts


def unchanged(grading, check):
    """Check that functions that work do not change their arguments."""
    return grade_habit(grading, grading.changed, (
        "an argument was changed, or returned as it is. Build a new list or "
        "dictionary."))


def quiet(grading, check):
    """Check that functions that work print nothing."""
    return grade_habit(grading, grading.printing, (
        "something was printed. Remove print() that you used for testing."))


def grade_habit(grading, functions, text):
    """Return the share of functions that work without a bad habit.

    A function that only uses another one with the habit does not have it.

    Arguments:
        functions: those that show the habit, a set of names
        text: what they do
    """
    guilty = {name for name in functions
              if not functions.intersection(reference.USES.get(name, []))}
    share = len(grading.working - guilty) / len(reference.GRADED)
    if guilty:
        return share, f"{feedback.join(sorted(guilty))}: {text}"
    return share, only_working(grading, share)


def only_working(grading, share):
    """Return why a share is less than 1, if it is."""
    return "" if share == 1 else (
        f"Counted for the {len(grading.working)} of "
        f"{len(reference.GRADED)} functions that give right results.")


def letters(grading, check):
    """Check a function on the letters and the solution's centroids."""
    data, labels, _, _, final = reference.walk_through(reference.LETTERS)
    case = grade_case(grading, check, check.what, [data, labels, final])
    return case.share, case.text


# --- Style -------------------------------------------------------------

def from_style(grade):
    """Return a check that style.py makes, for functions that work."""
    def check_style(grading, check):
        share, text = grade(grading, check.seconds)
        working = len(grading.working) / len(reference.GRADED)
        if share * working < share:
            text = "\n".join(filter(None, [
                text, only_working(grading, working)]))
        return share * working, text
    return check_style


SPECIAL_HINT = ("of equally close centroids, which one should be chosen? And "
                "what should happen to a centroid that no point has joined?")
HINTS = {
    "euclidean_distance": "does it work for any number of coordinates, and "
                          "for negative ones?",
    "get_closest_centroid": "does it work for any names, for points far "
                            "away, and for a point on a centroid?",
    "assign_points_to_centroids": "is every point in exactly one list, in "
                                  "the original order?",
    "mean_of_points": "does it work for any number of points and of "
                      "coordinates?",
    "update_centroids": "are all the names still there, each with the mean "
                        "of its points?",
    "assign_labels": "does the first label belong to the first point, and so "
                     "on, also if two points are equal?",
    "majority_count": "does it return how often the most common label "
                      "occurs, not which one it is?",
    "accuracy": "is it a share of all points?"}

KINDS = {
    "files": files, "imports": imports, "examples": examples, "fresh": fresh,
    "special": special, "main": check_main, "letters": letters,
    "unchanged": unchanged, "quiet": quiet,
    "style": from_style(style.flake8), "header": from_style(style.header),
    "documented": from_style(style.documented),
    "answered": style.answered}
"""The kind of a check -> the function that performs it."""
