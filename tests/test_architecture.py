"""What may import what, and where a reader begins.

A wing is a package below `kmeanslab/` or `autograder/`, or a file that stands
alone there.  Imports are read from the source, also those inside functions.
"""

import ast
from collections import defaultdict
import sys

import pytest

from tests.conftest import ROOT

ENGINE = {"kmeanslab.engine", "kmeanslab.engine.assign"}
LAB = {                                     # wing: the wings it may import
    "kmeanslab": {"kmeanslab.estimators", "kmeanslab.distributed"},
    "kmeanslab.__main__": {"kmeanslab.cli", "kmeanslab.data",
                           "kmeanslab.distributed"},
    "kmeanslab.output": set(),
    "kmeanslab.engine.assign": set(),
    "kmeanslab.engine": {"kmeanslab.engine.assign"},
    "kmeanslab.estimators": ENGINE,
    "kmeanslab.handwriting": set(),
    "kmeanslab.data": {"kmeanslab.handwriting"},
    "kmeanslab.distributed": {"kmeanslab.data", "kmeanslab.estimators",
                              *ENGINE},
    "kmeanslab.studies": {"kmeanslab.distributed", "kmeanslab.data",
                          "kmeanslab.estimators", *ENGINE},
    "kmeanslab.report": {"kmeanslab.studies", "kmeanslab.data"},
    "kmeanslab.cli": {"kmeanslab.report", "kmeanslab.studies",
                      "kmeanslab.distributed", "kmeanslab.data",
                      "kmeanslab.estimators", "kmeanslab.handwriting",
                      *ENGINE},
}
# what all wings write with; the version is written into files
WRITING = {"kmeanslab", "kmeanslab.output"}
WITHOUT_WRITING = {"kmeanslab.output", "kmeanslab.estimators", *ENGINE}

COURSE = {                                  # file: the files it may import
    "files": set(),
    "pictures": {"files"},
    "mistakes": {"files"},
    "utils": {"files", "mistakes", "pictures"},
    "kmeans": {"utils"},
    "analysis": {"kmeans", "utils"},
    "test_kmeans": {"kmeans", "utils"},
    "test_analysis": {"analysis", "kmeans", "utils"},
}


def module_name(path):
    """The dotted name of a source file; a package's is that of its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(folder):
    """The name of each module in a folder of the repository, and its path."""
    return {module_name(path): path
            for path in sorted((ROOT / folder).rglob("*.py"))}


MODULES = {**modules("kmeanslab"), **modules("autograder"),
           **{name: ROOT / f"{name}.py" for name in COURSE}}


def imports(path, for_types=True):
    """The names that a file imports, relative ones made absolute.

    Without those that only type checkers read, if not `for_types`.
    """
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [node for node in tree.body
                     if not (isinstance(node, ast.If)
                             and ast.unparse(node.test) == "TYPE_CHECKING")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[:len(package) + 1 - node.level or None]
            base = [*(start if node.level else []),
                    *(node.module or "").split(".")]
            base = ".".join(filter(None, base))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def wing(name):
    """The wing of a module, or of what is imported from one."""
    while name not in MODULES and "." in name:
        name = name.rpartition(".")[0]
    parts = name.split(".")
    deep = parts[:3] == ["kmeanslab", "engine", "assign"]
    return ".".join(parts[:3 if deep else 2])


def imported_wings(names, top):
    """The other wings under `top` that the modules of a wing import."""
    found = {wing(name) for module in names
             for name in imports(MODULES[module])
             if name.split(".")[0] == top}
    return found - {wing(module) for module in names}


def by_wing(top):
    """The modules of each wing."""
    wings = defaultdict(list)
    for name in MODULES:
        if name.split(".")[0] == top:
            wings[wing(name)].append(name)
    return wings


@pytest.mark.parametrize("name", by_wing("kmeanslab"))
def test_a_wing_of_the_lab_imports_what_the_table_allows(name):
    allowed = LAB[name] | (set() if name in WITHOUT_WRITING else WRITING)
    assert imported_wings(by_wing("kmeanslab")[name], "kmeanslab") <= allowed


def test_the_table_has_no_cycle_and_no_wing_that_is_gone():
    assert set(LAB) == set(by_wing("kmeanslab"))
    left = dict(LAB)
    while left:
        lowest = {name for name in left if not left[name] & left.keys()}
        assert lowest, f"a cycle among {sorted(left)}"
        for name in lowest:
            del left[name]


def test_the_modules_of_a_wing_import_each_other_without_a_cycle():
    """Except for what only type checkers read."""
    graph = {name: {nearest_module(imported)
                    for imported in imports(path, for_types=False)} - {name}
             for name, path in modules("kmeanslab").items()}
    while graph:
        lowest = {name for name in graph if not graph[name] & graph.keys()}
        assert lowest, f"a cycle among {sorted(graph)}"
        for name in lowest:
            del graph[name]


def nearest_module(name):
    """The module that an imported name is, or is in."""
    while name not in MODULES and "." in name:
        name = name.rpartition(".")[0]
    return name


def test_the_assign_steps_need_no_other_library_than_for_numbers():
    allowed = {"kmeanslab", "numba", "numpy", "scipy",
               *sys.stdlib_module_names}
    for module in by_wing("kmeanslab")["kmeanslab.engine.assign"]:
        assert {name.split(".")[0]
                for name in imports(MODULES[module])} <= allowed, module


def test_at_most_four_files_lie_beside_the_wings():
    assert len(list((ROOT / "kmeanslab").glob("*.py"))) <= 4


@pytest.mark.parametrize("name", COURSE)
def test_the_files_of_the_course_import_each_other_in_one_order(name):
    """So they never import the lab or the autograder."""
    own = {imported.split(".")[0] for imported in imports(MODULES[name])}
    assert own & {*COURSE, "kmeanslab", "autograder"} <= COURSE[name]


@pytest.mark.parametrize("top, others", [
    ("kmeanslab", {*COURSE, "autograder"}),
    ("autograder", {*COURSE, "kmeanslab"})])
def test_neither_house_imports_another(top, others):
    """The autograder loads the reference solution by name, in one place."""
    for module in MODULES:
        if module.split(".")[0] == top:
            found = {name.split(".")[0] for name in imports(MODULES[module])}
            assert not found & others, module


def test_one_file_of_the_autograder_loads_the_reference_solution():
    """Beside it only `child/` loads modules by name: the submitted ones."""
    found = {name.rpartition(".")[2] for name in modules("autograder")
             if ".child." not in name
             and "import_module" in MODULES[name].read_text(encoding="utf-8")}
    assert found - {"runner"} == {"reference"}


CHILD = {path.stem for path in (ROOT / "autograder" / "child").glob("*.py")}


@pytest.mark.parametrize("name", sorted(CHILD - {"__init__"}))
def test_the_child_imports_the_standard_library_and_its_neighbours(name):
    """And flake8, for the points of style."""
    for imported in imports(ROOT / "autograder" / "child" / f"{name}.py"):
        parts = imported.split(".")
        if parts[:2] == ["autograder", "child"]:
            parts = parts[2:]
        assert parts[0] in {"flake8", *CHILD, *sys.stdlib_module_names}


@pytest.mark.skipif(not CHILD, reason="the autograder is in one folder yet")
def test_the_sandbox_imports_the_child_and_nothing_of_the_grading():
    wings = by_wing("autograder")
    assert imported_wings(wings["autograder.sandbox"], "autograder") <= {
        "autograder.child"}


def packages():
    """The folders that are wings."""
    tops = ["kmeanslab", "autograder"] if CHILD else ["kmeanslab"]
    return sorted(name.replace(".", "/") for top in tops
                  for name, path in modules(top).items()
                  if path.name == "__init__.py" and name != "kmeanslab")


@pytest.mark.parametrize("folder", packages())
def test_a_wing_says_what_it_is_for_and_where_to_begin(folder):
    """In three to five lines, besides lists and examples."""
    source = (ROOT / folder / "__init__.py").read_text(encoding="utf-8")
    text = ast.get_docstring(ast.parse(source))
    lines = [line for line in text.splitlines()
             if line and not line.startswith(" ")]
    assert 3 <= len(lines) <= 5
    for words in ("import", "Begin reading"):
        assert words.lower() in text.lower()
