"""Which folder of the autograder may import which: arrows point one way."""
import ast
import pathlib
import sys

import pytest

from tests.conftest import ROOT

AUTOGRADER = ROOT / "autograder"
MAY_IMPORT = {
    "child": {"child"},
    "sandbox": {"sandbox", "child.codec", "child.landlock"},
    "": {"", "sandbox", "child.codec"}}
"""Folder -> the folders and modules of the autograder that it may import."""
OTHERS = {"child": {"flake8"}, "sandbox": set(),
          "": {"tqdm", "markdown"}}
"""Folder -> what it may import besides the standard library."""
NEIGHBOURS = {path.stem for path in (AUTOGRADER / "child").glob("*.py")}


def imports_of(path):
    """Return (own, others): what a file imports, as dotted names."""
    own, others = set(), set()
    folder = path.parent.relative_to(AUTOGRADER).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            others |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = folder[:len(folder) - node.level + 1]
            module = [*base, *(node.module or "").split(".")]
            module = [part for part in module if part]
            if AUTOGRADER.joinpath(*module).is_dir():
                own |= {".".join([*module, alias.name])
                        for alias in node.names}
            else:
                own.add(".".join(module))
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
    return own, others


@pytest.mark.parametrize("path", sorted(AUTOGRADER.rglob("*.py")),
                         ids=lambda path: str(path.relative_to(AUTOGRADER)))
def test_arrows(path):
    """A file imports nothing but what its folder may import."""
    folder = "/".join(path.parent.relative_to(AUTOGRADER).parts)
    own, others = imports_of(path)
    for name in own:
        home = name.rpartition(".")[0]
        assert {name, home} & MAY_IMPORT[folder], name
    outside = others - sys.stdlib_module_names - OTHERS[folder]
    if folder == "child":
        outside -= NEIGHBOURS  # as a script, among its neighbours
    assert outside == set()


def test_there_are_three_folders():
    """Every folder has its row in the table."""
    folders = {path.parent.relative_to(AUTOGRADER)
               for path in AUTOGRADER.rglob("*.py")}
    assert folders == {pathlib.Path(name) for name in MAY_IMPORT}


@pytest.mark.parametrize("folder", ["", "sandbox", "child"])
def test_a_folder_says_what_it_is_for(folder):
    """Its first lines name what it may import, and where to begin."""
    text = ast.get_docstring(ast.parse(
        (AUTOGRADER / folder / "__init__.py").read_text()))
    assert 3 <= len(text.splitlines()) <= 6
    assert "import" in text.lower() and "Begin reading in" in text
