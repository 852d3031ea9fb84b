"""The grading of one function, case by case.

case      the arguments of one call, see cases.py
outcome   the result of one child, see sandbox/outcome.py
"""
import collections
from dataclasses import dataclass

from . import feedback, reference

NOT_RUN = ("The other cases were not run, because two calls of the function "
           "used up their time or memory.")
WITH_REPLACED = ("{} gives a wrong result. The details are shown once "
                 "kmeans.py can be imported.")


@dataclass(frozen=True)
class Case:
    """The result of one case.

    share: 1 or 0
    text: what is wrong, empty if nothing is
    reason: the text without the arguments; equal for equal causes
    """
    share: float
    text: str = ""
    reason: str = ""


def grade_cases(grading, check, function, some):
    """Return the share of right results, and texts about the others.

    After two calls of a function that used up their time or memory, its
    other cases count as wrong without being run.
    """
    graded = [grade_case(grading, check, function, args) for args in some]
    right = sum(case.share for case in graded)
    texts = collections.Counter()
    first = {}
    for case in graded:
        if case.text:
            texts[case.reason] += 1
            first.setdefault(case.reason, case.text)
    return right / len(graded), [
        text if text == NOT_RUN else text + more_cases(texts[reason] - 1)
        for reason, text in first.items()]


def more_cases(number):
    """Return how many cases fail in the same way, as text."""
    if number == 0:
        return ""
    return f"\n  The same in {number} more case{'s' * (number > 1)}."


def grade_case(grading, check, function, args):
    """Return the result of a function for one case.

    A wrong result may come from an earlier function that this one calls.
    So it is called again with stand-ins of the solution. The text says
    nothing that a child with stand-ins has written.
    """
    expected = reference.answer(function, args)
    if grading.is_expensive(function):
        case = Case(0, NOT_RUN, NOT_RUN)
    else:
        outcome = grading.call(function, args, check.seconds)
        case = judge(outcome, function, args, expected, check.seconds)
    if case.share == 1 or grading.is_broken(function):
        return case
    if grading.is_replaced(function):
        return Case(0, WITH_REPLACED.format(function), "replaced")
    uses = reference.stand_ins(function)
    if (not uses or function in grading.missing
            or grading.is_expensive(function, uses)):
        return case
    again = grading.call(function, args, check.seconds, uses)
    if judge(again, function, args, expected, check.seconds).share < 1:
        return case
    text = (f"{function} itself is right. It failed because it uses "
            f"{feedback.join(list(uses), 'or')}: correct that first.")
    return Case(1, text, text)


def judge(outcome, function, args, expected, seconds):
    """Return the result of one call, compared with what is expected."""
    if outcome.kind != "value":
        def say(who):
            return feedback.failure(outcome, who, seconds)
        return Case(0, say(feedback.call_text(function, args)), say(""))
    if outcome.value is None:
        text = (f"{function}() returned None; have you implemented it yet? "
                "If so, does every path through it end with return?")
        return Case(0, text, text)
    if reference.is_same(expected, outcome.value):
        return Case(1)
    text = feedback.wrong_value(feedback.call_text(function, args), expected,
                                outcome.value)
    return Case(0, text, text)
