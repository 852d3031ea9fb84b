"""The numbers in HANDOUT.md, which come from the data and the table.

Each fact is found by the words around it. The handout in the repository has
to agree with the data and the table of points. The handout for students is
filled in, so that it cannot be wrong.

fact   what a text says, and what it should say    Fact("...", ["13"])
"""
import re
from dataclasses import dataclass

from . import reference, style

WORDS = ("zero one two three four five six seven eight nine ten eleven "
         "twelve thirteen fourteen fifteen sixteen seventeen eighteen "
         "nineteen twenty").split()
NUMBER = rf"(?i:\b({'|'.join(WORDS[1:])}|\d+))\b"
FRACTIONS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth",
             6: "a sixth", 8: "an eighth", 10: "a tenth", 20: "a twentieth"}
POINTS = ["examples", "fresh", "special", "main", "letters",
          "unchanged quiet", "imports", "style documented header"]
"""The kinds of checks in each row of the handout's table of points."""


class HandoutError(Exception):
    """The handout is wrong, or cannot be filled in. Says what to do."""


@dataclass(frozen=True)
class Fact:
    """One or more numbers, and the words around them.

    pattern: a regular expression with a group for each value
    values: what the groups should be, strings
    name: what the values are, for messages
    """
    pattern: str
    values: tuple
    name: str


def facts(table):
    """Return all facts that the handout states.

    Arguments:
        table: a list of Check
    """
    data, labels, start, steps, final = reference.walk_through("mnist")
    points, _, _, steps_2d, _ = reference.walk_through("2d")
    letters = sorted(set(labels))
    sums = points_of_kinds(table)
    style_sum, habit_sum = sums[-1], sums[5]
    accuracy = reference.answer("accuracy", [data, labels, final])
    return [
        Fact(r"python kmeans\.py 2d\nK-means converged after (\d+) steps",
             (steps_2d,), "the steps on 2d"),
        Fact(r"python kmeans\.py\nK-means converged after (\d+) steps",
             (steps,), "the steps on the letters"),
        Fact(r"python analysis\.py\n([\d.]+)\n", (accuracy,), "the accuracy"),
        Fact(r"[Tt]he letters are ((?:\S )*\S)(?=\.)", (" ".join(letters),),
             "the letters"),
        Fact(NUMBER + r"(?=\s+(?:first centroids|centroids\s+(?:turn|are left)"
             r"|pictures of pure))",
             (in_words(len(start)),), "the number of first centroids"),
        Fact(r"(\d+)(?= small pictures)", (len(data),),
             "the number of pictures"),
        Fact(r"(\d+) points in the plane, (\d+) letters",
             (len(points), len(data)), "the number of points and letters"),
        Fact(r"Of (\d+) points,? (\d+) are for style and (\d+) for good",
             (sum(sums), style_sum, habit_sum), "the points for style"),
        Fact(r"finds\s+costs (\w+ ?\w*?)(?= of)",
             (FRACTIONS.get(style.MAX_FINDINGS,
                            f"1/{style.MAX_FINDINGS}"),),
             "what a finding of flake8 costs"),
        Fact(r"\| what \| points \|\n\|[-| ]+\|\n" + "".join(
            r"\|[^|\n]*\| ([\d.]+) \|\n" for _ in sums), tuple(sums),
            "the table of points")]


def points_of_kinds(table):
    """Return the points of each row of the handout's table of points."""
    points = {}
    for check in table:
        points[check.kind] = points.get(check.kind, 0) + check.points
    return [sum(points[kind] for kind in kinds.split()) for kinds in POINTS]


def in_words(number):
    """Return a number as a word, or in digits if it is large."""
    return WORDS[number] if number < len(WORDS) else str(number)


def fill_in(text, table):
    """Return the handout with right numbers, and what was replaced.

    Arguments:
        text: the handout
        table: a list of Check
    Raises:
        HandoutError: a fact is not found
    """
    replaced = []
    for fact in facts(table):
        values = [f"{value:g}" if isinstance(value, (int, float)) else value
                  for value in fact.values]
        text, count = re.subn(
            fact.pattern,
            lambda match: _correct(match, values, fact.name, replaced), text)
        if not count:
            raise HandoutError(
                f"HANDOUT.md does not state {fact.name} where it is expected:"
                f" write it as /{fact.pattern}/, or change that pattern in "
                "autograder/handout.py")
    return text, replaced


def _correct(match, values, name, replaced):
    """Return the text of a match with the right values in its groups."""
    text, offset = match[0], match.start()
    for i in range(len(values), 0, -1):
        old, new = match[i], values[i - 1]
        if old.lower() != new.lower():
            replaced.append(f"{name}: {old} should be {new}")
            new = new[:1].upper() + new[1:] if old[:1].isupper() else new
            text = (text[:match.start(i) - offset] + new
                    + text[match.end(i) - offset:])
    return text


def give(text, functions):
    """Return the handout with a note on functions that are given.

    Raises:
        HandoutError: it has no section about one of them
    """
    for name in functions:
        text, count = re.subn(
            rf"^(#+ .*`{name}\(.*)$",
            r"\1\n\n*This function is given: it is already written.*",
            text, flags=re.MULTILINE)
        if not count:
            raise HandoutError(f"HANDOUT.md has no section about {name}")
    return text
