"""The command line itself: help, version, options, and tables to be read."""
import argparse

import pytest

import kmeanslab
from kmeanslab.__main__ import build_parser, main
from kmeanslab.output import text_table


@pytest.mark.parametrize("words, usage", [
    ("", "usage: kmeanslab "), ("data", "usage: kmeanslab data ")])
def test_no_command_prints_the_help(words, usage, capsys):
    """Nothing to do is no error: the commands are listed."""
    assert main(words.split()) == 0
    out, err = capsys.readouterr()
    assert out.startswith(usage) and " show " in out + " show " and not err


def test_the_version_is_the_packages(capsys):
    """--version prints one line."""
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"kmeanslab {kmeanslab.__version__}\n"


def parsers(parser):
    """A parser and all those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from parsers(each)


def test_every_option_is_described():
    """--help has a sentence for each of them."""
    found = [action for parser in parsers(build_parser())
             for action in parser._actions
             if not isinstance(action, argparse._SubParsersAction)]
    assert len(found) > 50
    assert not [action.option_strings for action in found if not action.help]


def test_wide_tables_continue_below():
    """No line has more than 100 characters; each block names its rows."""
    rows = [{"K": k, "method": "m", **{f"a long column {i}": float(i)
                                       for i in range(12)}} for k in (5, 10)]
    lines = text_table(rows)
    assert max(len(line) for line in lines
               if not line.startswith("wrote to ")) <= 100
    assert [line.split()[:2] for line in lines] == 3 * [
        ["K", "method"], ["5", "m"], ["10", "m"]]
    assert " ".join(lines).count("a long column") == 12
