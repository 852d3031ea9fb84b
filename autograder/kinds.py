"""How each kind of check is performed.

A check has children call submitted functions and compares the results with
the solution's. It returns a share of its points, from 0 to 1, and a text
for the student. Whatever a child does is a result, never an error.

grading   what all checks of one submission share, see grade.py
check     a row of the table in checks.py
outcome   the result of one child, see sandbox/outcome.py
share     the part of the points that is earned
"""
from . import cases, feedback, reference, style
from .case_grading import grade_case, grade_cases
from .main_run import check_main


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
