"""The zips around the assignment, all of them built from the solution.

autograder.zip   what a teacher uploads to Gradescope
starter.zip      what students begin with: the solution without its bodies
submission.zip   what a student uploads

The same files always give the same bytes: sorted names, one date, and no
compression, which differs between versions of Python.

contents   path in a zip -> bytes
given      names of functions that students get with their bodies
"""
import ast
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

from . import checks, handout, handout_page, reference
from .reference import DATA, FUNCTIONS, HELPERS, SOLUTION
from .style import BLANK
from .submission import WANTED

HERE = pathlib.Path(__file__).parent
TESTS = ["test_kmeans.py", "test_analysis.py"]
HANDOUT, PAGE = "HANDOUT.md", "HANDOUT.html"
TOP_FOLDER = "kmeans"   # of starter.zip
PLACE = "    # Write your code here, in place of the next line.\n" \
        "    return None\n"
FIRST_DATASET = next(iter(reference.DATASETS))
DATASET = re.compile(r'^( +dataset = )"\w+"', re.MULTILINE)
PERSONAL = ("Name", "Date", "Collaboration")
CODE_BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


class BuildError(Exception):
    """A zip cannot be built. The text says what to do."""


def autograder_contents(given=()):
    """Return what goes into autograder.zip.

    Raises:
        BuildError: a file is missing, or the handout is wrong
        handout.HandoutError: the handout cannot be checked
    """
    text, replaced = filled_in_handout(given)
    if replaced and not given:
        raise BuildError(f"{HANDOUT} is wrong; correct it: "
                         + "; ".join(replaced))
    contents = {name: read(HERE / name) for name in
                ["setup.sh", "run_autograder", "requirements.txt"]}
    for path in sorted(HERE.rglob("*.py")):
        name = path.relative_to(HERE).as_posix()
        contents[f"autograder/{name}"] = read(path)
    for name in [*WANTED, *HELPERS, *DATA]:
        contents[name] = read(SOLUTION / name)
    contents[HANDOUT] = text.encode()
    if given:
        contents[reference.GIVEN_FILE] = "\n".join(given).encode()
    return contents


def check(contents):
    """Grade the solution as it is packed.

    Raises:
        BuildError: it does not get full marks
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, data in contents.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        run = subprocess.run(
            [sys.executable, "-s", "-B", "-m", "autograder", "selftest",
             "--local"], cwd=folder, capture_output=True, text=True)
    if run.returncode:
        raise BuildError("the solution does not get full marks with the "
                         "files that would be packed, so nothing was "
                         f"written:\n{run.stderr.strip()}")


def starter_contents(given=()):
    """Return what goes into the folder kmeans of starter.zip.

    Raises:
        BuildError: a file is missing
        handout.HandoutError: the handout cannot be filled in
    """
    text = handout.give(filled_in_handout(given)[0], given)
    pictures = {name: read(SOLUTION / name)
                for name in handout_page.find_pictures(text)}
    contents = {name: read(SOLUTION / name)
                for name in [*HELPERS, *TESTS, *DATA]}
    contents |= pictures | {
        HANDOUT: text.encode(), PAGE: page_of(text, pictures).encode()}
    for module in sorted(set(FUNCTIONS.values())):
        contents[f"{module}.py"] = starter_module(module, given).encode()
    answers = read(SOLUTION / "answers.txt").decode()
    contents["answers.txt"] = without_answers(answers).encode()
    return contents


def page_of(text, pictures):
    """Return the handout as a page of HTML.

    Raises:
        BuildError: the package that converts it is missing
    """
    try:
        return handout_page.make_page(text, pictures)
    except ModuleNotFoundError as error:
        raise BuildError(f"{error.name} is missing: type `python -m pip "
                         f"install {error.name}`") from error


def filled_in_handout(given=()):
    """Return the handout with right numbers, and what was replaced."""
    return handout.fill_in(read(SOLUTION / HANDOUT).decode(),
                           checks.table(given))


def starter_module(module, given=()):
    """Return the source of a module as students get it.

    It begins with the data set that is easier to look at.
    """
    source = without_bodies(read(SOLUTION / f"{module}.py").decode(), given)
    return DATASET.sub(rf'\1"{FIRST_DATASET}"', source)


def starter_code():
    """Return all code that students get for the files that they hand in.

    These are the modules of the starter and the code in the handout.
    """
    blocks = CODE_BLOCK.findall(read(SOLUTION / HANDOUT).decode())
    modules = [starter_module(module, reference.given())
               for module in sorted(set(FUNCTIONS.values()))]
    return "\n".join([*modules, *blocks])


def submission_contents():
    """Return what goes into submission.zip."""
    return {name: read(SOLUTION / name) for name in WANTED}


def without_bodies(source, given=()):
    """Return source with a place to write in each function of the homework.

    Arguments:
        given: names of functions that keep their bodies
    """
    lines = source.splitlines(keepends=True)
    nodes = [node for node in ast.parse(source).body
             if isinstance(node, ast.FunctionDef)
             and node.name in FUNCTIONS and node.name not in given]
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


def write_zip(path, contents, top_folder=""):
    """Write a zip atomically, always with the same bytes.

    Arguments:
        contents: path -> bytes
        top_folder: the folder in the zip that everything is in
    """
    temporary = f"{path}.part"
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            for name in sorted(contents):
                # dated 1980-01-01
                entry = zipfile.ZipInfo(os.path.join(top_folder, name))
                entry.create_system = 3  # Unix, wherever it is built
                runs = name in ("setup.sh", "run_autograder")
                entry.external_attr = (0o755 if runs else 0o644) << 16
                archive.writestr(entry, contents[name])
        os.replace(temporary, path)
    except OSError as error:
        raise BuildError(f"cannot write {path} ({error.strerror})") from error
    finally:
        pathlib.Path(temporary).unlink(missing_ok=True)
