"""A sentence for everything that can go wrong in a submission.

outcome   the result of one check, see sandbox/outcome.py
call      "mean_of_points([[1, 10], [3, 20]])"
"""
import re
import reprlib

MAX_CHARACTERS = 300   # of a value that is shown


def shorten(value):
    """Return a value as text, without the middle if it is long.

    Sets are sorted, so that equal values always give equal texts.
    """
    short = reprlib.Repr()
    short.maxlist = short.maxtuple = short.maxset = short.maxdict = 12
    short.maxstring = MAX_CHARACTERS
    text = short.repr(value)
    if len(text) <= MAX_CHARACTERS:
        return text
    return f"{text[:MAX_CHARACTERS - 80]} ... {text[-60:]}"


def call_text(function, args):
    """Return a call as Python code, with long values shortened."""
    return f"{function}({', '.join(map(shorten, args))})"


def wrong_value(call, expected, received):
    """Return a text with the call, the expected and the received value."""
    text = (f"{call}\n  expected: {shorten(expected)}\n"
            f"  received: {shorten(received)}")
    if type_of(expected) != type_of(received):
        text += (f"\n  That is {type_of(received)}, but it should be "
                 f"{type_of(expected)}.")
    return text


def join(names, word="and"):
    """Return names as text, with a word before the last.

    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = names or [""]
    return f"{', '.join(first)} {word} {last}" if first else last


def type_of(value):
    """Return the type of a value in plain words."""
    if isinstance(value, bool):
        return "True or False"
    for types, words in [((int, float), "a number"), (str, "a string"),
                         ((list, tuple), "a list"), (dict, "a dictionary"),
                         (set, "a set"), (type(None), "None")]:
        if isinstance(value, types):
            return words
    return f"a {type(value).__name__}"


def failure(outcome, who, seconds):
    """Return the sentence for an outcome that is not a value.

    Arguments:
        who: what was run, "mean_of_points()" or "kmeans.py"
        seconds: the time limit
    """
    return without_addresses(FAILURES[outcome.kind](outcome, who, seconds))


def without_addresses(text):
    """Return text without memory addresses, which differ in every run."""
    return re.sub(r"0x[0-9a-fA-F]{4,}", "0x...", text)


def _exception(outcome, call, _):
    if outcome.error_class == "EOFError" and "input(" in outcome.text:
        return (f"{call} asks for input, and there is none during grading: "
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
    return (f"{call} did not finish within {seconds:g} seconds and was "
            "stopped. Is there a loop that never ends?")


def _exit(_, call, __):
    return (f"{call} ended the whole program: remove exit(), quit() and "
            "sys.exit(), and use return to leave a function.")


def _flood(_, call, __):
    return (f"{call} printed or returned too much and was stopped. Is "
            "there a print() in a loop?")


def _crash(outcome, call, _):
    if "SIGKILL" in outcome.message:   # nothing in Python ends like this
        return (f"{call} was ended by the system, because it used too much "
                "memory or time. Is there a loop that never ends?")
    return f"{call} crashed Python. Does a function call itself without end?"


def _cannot_encode(outcome, call, _):
    return (f"{call} returned something that cannot be checked: "
            f"{outcome.message}.")


FAILURES = {
    "exception": _exception,
    "syntax": _syntax,
    "timeout": _timeout,
    "exit": _exit,
    "flood": _flood,
    "cannot encode": _cannot_encode,
    "missing file": lambda outcome, *_: f"{outcome.message}.",
    "missing function": lambda outcome, *_: (
        f"{outcome.message}: was it renamed, moved or deleted?"),
    "memory": lambda _, call, __: (
        f"{call} ran out of memory. Does a list grow in a loop that never "
        "ends?"),
    "files": lambda _, call, __: (
        f"{call} wrote too many or too large files and was stopped. Is there "
        "an open() in a loop?"),
    "crash": _crash,
    "unreadable": lambda _, call, __: (
        f"{call} gave no readable answer.")}
"""The kind of an outcome -> the function that makes its sentence."""
