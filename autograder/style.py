"""Style points: flake8, docstrings, the header, and answers.txt.

What there is to know about a Python file is found out by a child; only
answers.txt, which is plain text, is read here.
"""
from . import reference

FILES = ("kmeans", "analysis")
TOLERATED = 10   # problems that flake8 may find before all points are lost
BLANK = "Write your answer here."   # what the starter has in answers.txt
SHOWN = 20_000   # characters of the answers that staff sees


def flake8(grading, seconds):
    """Return a share that falls with every problem that flake8 finds."""
    present = [name for name in FILES if f"{name}.py" in grading.files]
    if not present:
        return 0, "There is no Python file to look at."
    outcome = grading.ask({"do": "style", "modules": present}, seconds)
    if outcome.kind != "value" or not isinstance(outcome.value, list):
        return 0, "flake8 could not read your files."
    found = [f"{row[0]}, line {row[1]}: {row[4]} ({row[3]})"
             for row in outcome.value]
    return max(0, 1 - len(found) / TOLERATED), "\n".join(found[:TOLERATED])


def documented(grading, seconds):
    """Return the share of the homework's functions with a docstring."""
    bare = []
    for name, module in reference.FUNCTIONS.items():
        known = {function["name"]: function["docstring"] for function
                 in grading.facts(module, seconds)["functions"]}
        if not known.get(name):
            bare.append(name)
    share = 1 - len(bare) / len(reference.FUNCTIONS)
    return share, "" if not bare else f"Without a docstring: {', '.join(bare)}"


def header(grading, seconds):
    """Return the share of the header entries that are filled in."""
    empty = [f"{module}.py: {entry}" for module in FILES
             for entry in ("Name", "Collaboration")
             if not filled_in(grading.facts(module, seconds)["header"], entry)]
    share = 1 - len(empty) / (2 * len(FILES))
    return share, "" if not empty else (
        "Not filled in at the top of the file: " + "; ".join(empty))


def filled_in(lines, entry):
    """Return whether a header comment has text behind `entry:`."""
    return any(line.lstrip("# ").lower().startswith(f"{entry.lower()}:")
               and any(map(str.isalpha, line.split(":", 1)[1]))
               for line in lines)


def answered(grading, check):
    """The file of answers is not the one that was handed out."""
    text = answers(grading.files)
    if len(text.split()) < 20:
        return 0, "answers.txt is missing or all but empty."
    if BLANK in text:
        return 0, f"answers.txt still says '{BLANK}'"
    return 1, "A person will read your answers."


def answers(files):
    """Return the text of answers.txt, whatever its bytes."""
    text = files.get("answers.txt", b"").decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n").strip()[:SHOWN]
