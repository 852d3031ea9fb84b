"""Correct programs in different styles, as students write them.

Each is put together from the .txt files here: a header and functions for
kmeans.py, which all end with the same main, and the same for analysis.py.
"""
import pathlib

FOLDER = pathlib.Path(__file__).parent

STYLES = {
    "powers, docstring header": ("docstring powers", "docstring counter"),
    "powers, Counter": ("docstring powers", "dashes counter"),
    "min with key, dashes": ("dashes minimum", "dashes count"),
    "min with key, star imports": ("dashes minimum", "below star"),
    "infinity, author": ("author infinity", "author star"),
    "infinity, count": ("author infinity", "author count"),
    "sorted pairs, entries below": ("below sorted", "below counter"),
    "sorted pairs, star imports": ("below sorted", "docstring star")}
"""What is particular -> header and functions of kmeans.py and analysis.py."""


def programs(style):
    """Return the kmeans.py and the analysis.py of a style."""
    (header, functions), (other_header, analysis) = map(
        str.split, STYLES[style])
    return (read(f"header_{header}") + read(f"kmeans_{functions}")
            + "\n\n" + read("main"),
            read(f"header_{other_header}") + "\n"
            + read(f"analysis_{analysis}"))


def read(name):
    """Return the text of a file in this folder."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
