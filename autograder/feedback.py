"""What students are told: a sentence for everything that can go wrong.

outcome   what came of one check, see outcome.py
call      "mean_of_points([[1, 10], [3, 20]])"
"""
import re
import reprlib

SHORT = 300   # characters of a value that are shown


def shorten(value):
    """Returns a value as text, the end of long lists left out.

    Sets are sorted, so that the same value always gives the same text.
    """
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxset = short.maxdict = 12
    short.maxstring = SHORT
    text = short.repr(value)
    if len(text) <= SHORT:
        return text
    return f"{text[:SHORT - 80]} ... {text[-60:]}"


def call_text(function, args):
    """Returns a call as a student would type it, long values shortened."""
    return f"{function}({', '.join(map(shorten, args))})"


def wrong_value(call, expected, received):
    """Returns what was called, what was expected and what was received."""
    text = (f"{call}\n  expected: {shorten(expected)}\n"
            f"  received: {shorten(received)}")
    if type_of(expected) != type_of(received):
        text += (f"\n  That is {type_of(received)} where {type_of(expected)} "
                 "is wanted.")
    return text


def type_of(value):
    """Returns the type of a value in plain words."""
    if isinstance(value, bool):
        return "True or False"
    for types, words in [((int, float), "a number"), (str, "a text"),
                         ((list, tuple), "a list"), (dict, "a dictionary"),
                         (set, "a set"), (type(None), "None")]:
        if isinstance(value, types):
            return words
    return f"a {type(value).__name__}"


def failure(outcome, who, seconds):
    """Returns the sentence for an outcome that is no value.

    Arguments:
        who: "mean_of_points()" or "kmeans.py", what was run
    """
    return without_addresses(FAILURES[outcome.kind](outcome, who, seconds))


def without_addresses(text):
    """Returns text without addresses in memory: they change each time."""
    return re.sub(r"0x[0-9a-fA-F]{4,}", "0x...", text)


def _exception(outcome, call, _):
    if outcome.error_class == "EOFError" and "input(" in outcome.text:
        return (f"{call} asks for input, and nobody answers while grading: "
                f"remove input() from line {outcome.line} of {outcome.file}.")
    text = f"{call} stopped with {outcome.error_class}: {outcome.message}"
    if outcome.line:
        text += (f"\n  in line {outcome.line} of {outcome.file}: "
                 f"{outcome.text}")
    return text


def _syntax(outcome, _, __):
    where = outcome.file or "the file"
    text = f"Python cannot read {where}"
    if outcome.line:
        text += f", line {outcome.line}"
    if outcome.text:
        text += f":\n  {outcome.text}"
    return f"{text}\n  {outcome.message}"


def _timeout(_, call, seconds):
    return (f"{call} had not finished after {seconds:g} seconds and was "
            "stopped. Is there a loop that never ends?")


def _exit(_, call, __):
    return (f"{call} ended the whole program: remove exit(), quit() and "
            "sys.exit(), and use return to leave a function.")


def _flood(_, call, __):
    return (f"{call} wrote or returned far too much and was stopped. Is "
            "there a print() in a loop?")


def _cannot_encode(outcome, call, _):
    return (f"{call} returned something that is no number, text, list or "
            f"dictionary: {outcome.message}")


FAILURES = {
    "exception": _exception,
    "syntax": _syntax,
    "timeout": _timeout,
    "exit": _exit,
    "flood": _flood,
    "cannot encode": _cannot_encode,
    "missing file": lambda outcome, *_: f"{outcome.message}.",
    "missing function": lambda outcome, *_: (
        f"{outcome.message}: has it been renamed, moved or deleted?"),
    "memory": lambda _, call, __: (
        f"{call} used more memory than there is. Does a list grow without "
        "end?"),
    "crash": lambda _, call, __: (
        f"{call} brought Python down. Does a function call itself without "
        "end?"),
    "unreadable": lambda _, call, __: (
        f"{call} gave no answer that could be read.")}
"""The kind of an outcome -> the function that makes its sentence."""
