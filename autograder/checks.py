"""What is graded: the table of points, and how each row is checked.

A check asks children (see sandbox.py) and compares their answers with the
solution's. It returns a share of its points, from 0 to 1, and a text for
the student. Whatever a child does is a result, never an error.

grading   what all checks of one submission share, see grade.py
outcome   what came of one child
share     how much of the points is earned
"""
from dataclasses import dataclass

from . import cases, feedback, reference, style
from .main_run import grade_main
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
"""One row a check. Change points as you like: 0 makes a row information."""

SHOWN = {"visible": VISIBLE, "after due": AFTER_DUE, "hidden": HIDDEN}
TITLES = {
    "files": "Your three files are there",
    "imports": "{}.py can be imported",
    "examples": "{}: examples",
    "special": "Ties, and centroids without points",
    "fresh": "{}: fresh cases",
    "main": "main on the {} data",
    "letters": "{} on the letters",
    "unchanged": "Your functions leave what they are given as it is",
    "quiet": "Nothing is printed but what the handout wants",
    "style": "Style: flake8",
    "documented": "Style: every function has a docstring",
    "header": "Header with your name and a collaboration statement",
    "answered": "answers.txt is answered"}


@dataclass(frozen=True)
class Check:
    """One row of the table."""

    points: float
    seconds: float
    visibility: str
    kind: str
    what: str

    @property
    def title(self):
        """The title that students see."""
        return TITLES[self.kind].format(self.what)


def table():
    """Return the checks, in order.

    Raises:
        ValueError: a row cannot be read, or all points are 0
    """
    checks = [_read_row(row) for row in TABLE.splitlines()[2:] if row.strip()]
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
                         "hidden, a kind of check, and what it is about")
    return check


# --- Files -------------------------------------------------------------

def files(grading, check):
    """All three files were handed in."""
    submission = grading.submission
    texts = [*submission.problems.values(), *submission.notes]
    return (1 - len(submission.problems) / 3,
            "\n".join(texts) or "kmeans.py, analysis.py and answers.txt.")


def imports(grading, check):
    """A file can be imported."""
    outcome = grading.ask({"do": "import", "module": check.what},
                          check.seconds)
    if outcome.kind == "value":
        return 1, ""
    grading.broken[check.what] = (
        f"{check.what}.py cannot be imported, see above.")
    return 0, feedback.failure(outcome, f"{check.what}.py", check.seconds)


# --- Functions ---------------------------------------------------------

def examples(grading, check):
    """A function gives the right answers to cases that are shown."""
    share, texts = grade_cases(grading, check, check.what,
                               cases.EXAMPLES[check.what])
    if share > 0:
        grading.working.add(check.what)
    return share, "\n".join(dict.fromkeys(texts))


def fresh(grading, check):
    """A function gives the right answers to cases that are not shown."""
    share, _ = grade_cases(grading, check, check.what,
                           cases.fresh(check.what))
    return share, "" if share == 1 else f"Hint: {HINTS[check.what]}"


def special(grading, check):
    """Ties go to the first centroid; empty centroids are left out."""
    shares = [grade_cases(grading, check, function, some)[0]
              for function, some in cases.SPECIAL.items()]
    share = sum(shares) / len(shares)
    return share, "" if share == 1 else (
        "Hint: of equally close centroids, which one does the handout want? "
        "And what becomes of a centroid that no point has joined?")


def grade_cases(grading, check, function, some):
    """Return the share of right answers, and a text for each other."""
    graded = [grade_case(grading, check, function, args) for args in some]
    right = sum(share for share, _ in graded)
    return right / len(graded), [text for _, text in graded if text]


def grade_case(grading, check, function, args):
    """Return 1 or 0 for one case, and a text if there is something to say.

    A wrong answer may come from an earlier function that this one calls:
    then it is asked again with the solution's in their place.
    """
    expected = reference.answer(function, args)
    outcome = grading.call(function, args, check.seconds)
    text = judge(outcome, function, args, expected, check.seconds)
    if not text:
        return 1, ""
    uses = reference.substitutes(function)
    if not uses or grading.is_broken(function):
        return 0, text
    again = grading.call(function, args, check.seconds, uses)
    if judge(again, function, args, expected, check.seconds):
        return 0, text
    return 1, (f"{function} is right by itself. It went wrong only because "
               f"it uses {_either(uses)}, which must be mended.")


def judge(outcome, function, args, expected, seconds):
    """Return a text that says what is wrong; an empty one if nothing is."""
    if outcome.kind != "value":
        return feedback.failure(outcome, f"{function}()", seconds)
    if outcome.value is None:
        return (f"{function}() returned None; have you implemented it yet? "
                "If so, does every way through it end with return?")
    if not reference.is_same(expected, outcome.value):
        return feedback.wrong_value(feedback.call_text(function, args),
                                    expected, outcome.value)
    return ""


def _either(names):
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def unchanged(grading, check):
    """Functions that work do not change their arguments."""
    return grade_habit(grading, grading.changed, (
        "what is given to a function was changed. Build a new list or "
        "dictionary."))


def quiet(grading, check):
    """Functions that work print nothing."""
    return grade_habit(grading, grading.noisy, (
        "something was printed. Remove print() that you used for testing."))


def grade_habit(grading, seen, text):
    """Return the share of functions that work without a bad habit.

    Whoever only uses a function with the habit does not have it.
    """
    guilty = {name for name in seen
              if not seen.intersection(reference.USES.get(name, []))}
    share = len(grading.working - guilty) / len(reference.GRADED)
    if guilty:
        return share, f"{', '.join(sorted(guilty))}: {text}"
    return share, only_working(grading, share)


def only_working(grading, share):
    """Return why a share is not the whole, if it is not."""
    return "" if share == 1 else (
        f"Counted for the {len(grading.working)} of "
        f"{len(reference.GRADED)} functions that give right answers.")


# --- main and the letters ----------------------------------------------

def main(grading, check):
    """main finds the centroids, says how many steps, and draws."""
    data, _, start, steps, final = reference.walk_through(check.what)
    args = [data, start, check.what]
    outcome = grading.call("main", args, check.seconds)
    share, texts = grade_main(outcome, check, steps, final, start)
    if share < 1 and not grading.is_broken("main"):
        uses = reference.substitutes("main")
        again = grading.call("main", args, check.seconds, uses)
        better, rest = grade_main(again, check, steps, final, start)
        if better > share:
            return better, "\n".join(
                ["main is better by itself. It went wrong because it uses "
                 f"{_either(uses)}, of which one must be mended.", *rest])
    return share, "\n".join(texts)


def letters(grading, check):
    """The accuracy of the solution's centroids comes out right."""
    data, labels, _, _, final = reference.walk_through("mnist")
    return grade_case(grading, check, check.what, [data, labels, final])


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


HINTS = {
    "euclidean_distance": "does it work for any number of coordinates, and "
                          "for negative ones?",
    "get_closest_centroid": "does it work for any names, and for points far "
                            "away?",
    "assign_points_to_centroids": "is every point in exactly one list, in "
                                  "the order in which they came?",
    "mean_of_points": "does it work for any number of points and of "
                      "coordinates?",
    "update_centroids": "are all the names still there, each with the mean "
                        "of its points?",
    "assign_labels": "does the first label go with the first point, and so "
                     "on?",
    "majority_count": "is it how often the most common label occurs, not "
                      "which one it is?",
    "accuracy": "is it a share of all points?"}

KINDS = {
    "files": files, "imports": imports, "examples": examples, "fresh": fresh,
    "special": special, "main": main, "letters": letters,
    "unchanged": unchanged, "quiet": quiet,
    "style": from_style(style.flake8), "header": from_style(style.header),
    "documented": from_style(style.documented),
    "answered": style.answered}
"""The kind of a check -> the function that makes it."""
