"""Builds the zips around the assignment, all of them from the solution.

autograder.zip   what a teacher uploads to Gradescope
starter.zip      what students begin with: the solution without its bodies
submission.zip   what a student uploads

The same files always give the same bytes: sorted names, one date, and no
compression, which differs from one Python to the next.

contents   path in a zip -> bytes
"""
import ast
import os
import pathlib
import re
import zipfile

from . import checks
from .reference import DATA, FUNCTIONS, HELPERS, SOLUTION
from .style import BLANK
from .submission import WANTED

HERE = pathlib.Path(__file__).parent
TESTS = ["test_kmeans.py", "test_analysis.py"]
HANDOUT = "HANDOUT.md"
PLACE = "    # Write your code here, in place of the next line.\n" \
        "    return None\n"
PERSONAL = ("Name", "Date", "Collaboration")


class BuildError(Exception):
    """A zip cannot be built; the text says what to do."""


def autograder_contents():
    """Return what goes into autograder.zip."""
    checks.table()
    contents = {name: read(HERE / name) for name in
                ["setup.sh", "run_autograder", "requirements.txt"]}
    for path in sorted(HERE.rglob("*.py")):
        name = path.relative_to(HERE).as_posix()
        contents[f"autograder/{name}"] = read(path)
    for name in [*WANTED, *HELPERS, *DATA]:
        contents[name] = read(SOLUTION / name)
    return contents


def starter_contents():
    """Return what goes into starter.zip."""
    handout = read(SOLUTION / HANDOUT).decode()
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", handout)
    contents = {name: read(SOLUTION / name) for name in
                [*HELPERS, *TESTS, *DATA, HANDOUT, *pictures]}
    for module in set(FUNCTIONS.values()):
        source = read(SOLUTION / f"{module}.py").decode()
        contents[f"{module}.py"] = without_bodies(source).encode()
    answers = read(SOLUTION / "answers.txt").decode()
    contents["answers.txt"] = without_answers(answers).encode()
    return contents


def submission_contents():
    """Return what goes into submission.zip."""
    return {name: read(SOLUTION / name) for name in WANTED}


def without_bodies(source):
    """Return source with a place to write in each homework function."""
    lines = source.splitlines(keepends=True)
    nodes = [node for node in ast.parse(source).body
             if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS]
    for node in reversed(nodes):
        docstring = node.body[0]
        lines[docstring.end_lineno:node.end_lineno] = [PLACE]
    return without_person("".join(lines))


def without_person(source):
    """Return source with empty personal entries in its header."""
    header, rest = source.split('"""', 1)
    kept, skipping = [], False
    for line in header.splitlines():
        entry = re.match(r"# (\w+):", line)
        if entry:
            skipping = entry[1] in PERSONAL
            kept.append(entry[0] if skipping else line)
        elif line.startswith("# -") or not skipping:
            kept.append(line)
    return "\n".join(kept) + '\n"""' + rest


def without_answers(text):
    """Return the questions of answers.txt, each with an empty answer."""
    questions = [part for part in re.split(r"\n{2,}", text)
                 if part.startswith("Question")]
    return "\n\n".join(["Name:", *(f"{question}\n\n{BLANK}"
                                   for question in questions)]) + "\n"


def read(path):
    """Return the bytes of a file.

    Raises:
        BuildError: it is missing
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise BuildError(f"cannot read {path} ({error.strerror}): build in a "
                         "complete repository") from error


def write_zip(path, contents):
    """Write a zip, whole or not at all, always with the same bytes."""
    temporary = f"{path}.part"
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name in sorted(contents):
                entry = zipfile.ZipInfo(name)  # dated 1980-01-01
                entry.create_system = 3  # Unix, wherever it is built
                runs = not name.endswith((".py", ".txt", ".csv", ".md"))
                entry.external_attr = (0o755 if runs else 0o644) << 16
                archive.writestr(entry, contents[name])
        os.replace(temporary, path)
    except OSError as error:
        raise BuildError(f"cannot write {path} ({error.strerror})") from error
    finally:
        pathlib.Path(temporary).unlink(missing_ok=True)
