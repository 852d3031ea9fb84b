"""Style points: flake8, docstrings, the header, and answers.txt.

A child finds out what is to know about a Python file. Only answers.txt,
which is plain text, is read here.
"""
import re

from . import feedback, reference

MODULES = ("kmeans", "analysis")
MAX_FINDINGS = 10   # of flake8, before all points are lost
BLANK = "Write your answer here."   # what the starter has in answers.txt
MIN_WORDS = 20      # in answers.txt, to count as answered
MAX_SHOWN = 20_000  # characters of the answers that staff sees

ENTRIES = {"Name": r"(?:full |your |student |student's )?names?|authors?|by",
           "Collaboration": r"collaborat\w*(?: statement| with)?|help"}
DECORATION = " \t#*-=>|/~_.@`'\"\u2022"
LABEL = re.compile(r"(?P<label>[A-Za-z][\w' ]{0,40}?)\s*"
                   r"(?::|\s[-\u2013\u2014=]+(?=\s)|[-\u2013\u2014=]+$)"
                   r"\s*(?P<value>.*)")


def flake8(grading, seconds):
    """Return a share that falls with every finding of flake8."""
    present = [name for name in MODULES if f"{name}.py" in grading.files]
    if not present:
        return 0, "There is no Python file to check."
    outcome = grading.ask({"do": "style", "modules": present}, seconds)
    if outcome.kind != "value" or not isinstance(outcome.value, list):
        return 0, "flake8 could not read your files."
    handed_out = handed_out_lines()
    found = [f"{file}, line {line}: {text} ({code})"
             for file, line, _, code, text, source in outcome.value
             if source not in handed_out]
    return max(0, 1 - len(found) / MAX_FINDINGS), shown(found)


def shown(found):
    """Return findings as text, and how many more there are."""
    lines = found[:MAX_FINDINGS]
    if len(found) > MAX_FINDINGS:
        lines.append(f"... and {len(found) - MAX_FINDINGS} more.")
    return "\n".join(lines)


def handed_out_lines():
    """Return the lines of code, without indentation, that students got.

    What flake8 finds in them costs nothing: they are those of the starter's
    files, and of the code in the handout.
    """
    from .build import starter_code   # build imports this module
    return {line.strip() for line in starter_code().splitlines()
            if line.strip()}


def documented(grading, seconds):
    """Return the share of the graded functions with a docstring.

    main does not count, because some starters give it no docstring.
    """
    bare, unread = [], set()
    for name in reference.GRADED:
        module = reference.FUNCTIONS[name]
        analysis = grading.analysis(module, seconds)
        if analysis is None or analysis["syntax"]:
            unread.add(f"{module}.py cannot be read.")
        documented = analysis and name in {
            function["name"] for function in analysis["functions"]
            if function["docstring"]}
        if not documented:
            bare.append(name)
    if not bare:
        return 1, ""
    text = "\n".join(sorted(unread)) or (
        f"Without a docstring: {feedback.join(bare)}.")
    return 1 - len(bare) / len(reference.GRADED), text


def header(grading, seconds):
    """Return the share of the header entries that are filled in."""
    empty, unread = [], []
    for module in MODULES:
        analysis = grading.analysis(module, seconds)
        if analysis is None:
            unread.append(f"{module}.py cannot be read.")
        empty += [f"{entry} in {module}.py" for entry in ENTRIES
                  if analysis and not filled_in(analysis["header"], entry)]
    share = 1 - len(empty) / (2 * len(MODULES)) - len(unread) / len(MODULES)
    if empty:
        unread.insert(0, "Not filled in at the top of the file: "
                      f"{feedback.join(empty)}.")
    return share, "\n".join(unread)


def filled_in(lines, entry):
    """Return whether a header has text for an entry, in any plain form.

    Accepted are `# Name: Ada`, `* Name - Ada`, `Author: Ada` in a
    docstring, and the text on the line below.

    >>> filled_in(["# Name -", "#   Ada Lovelace", "# Date: today"], "Name")
    True
    >>> filled_in(["# Name:", "# Date: today"], "Name")
    False
    """
    for i, line in enumerate(lines):
        match = label_of(line)
        if match and re.fullmatch(ENTRIES[entry], match["label"],
                                  re.IGNORECASE):
            text = match["value"] or text_below(lines[i + 1:])
            if any(map(str.isalpha, text)):
                return True
    return False


def text_below(lines):
    """Return the first line of text, unless another entry comes before."""
    for line in lines:
        if line.strip(" \t#*"):
            ends = line.lstrip().startswith(("\"\"\"", "'''", "import "))
            return "" if ends or label_of(line) else line.strip(DECORATION)
    return ""


def label_of(line):
    """Return the match of a line that is an entry of a header, or None."""
    line = line.strip(DECORATION)
    if any(re.fullmatch(pattern, line, re.IGNORECASE)
           for pattern in ENTRIES.values()):
        line += ":"
    return LABEL.fullmatch(line)


def answered(grading, check):
    """Return whether answers.txt is not the one that was handed out."""
    text = answers(grading.files)
    if len(text.split()) < MIN_WORDS:
        return 0, "answers.txt is missing or almost empty."
    if BLANK in text:
        return 0, f"answers.txt still says '{BLANK}'"
    return 1, "Your answers will be graded by a person."


def answers(files):
    """Return the text of answers.txt; its bytes may be anything."""
    text = files.get("answers.txt", b"").decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n").strip()[:MAX_SHOWN]
