"""The command line of the lab: `kmeanslab`, or `python -m kmeanslab`."""

import argparse
from collections.abc import Sequence
import sys

from kmeanslab import __version__
from kmeanslab.cli import data_command, report_command, study_commands
from kmeanslab.cli.data_command import print_help
from kmeanslab.data.errors import DataError
from kmeanslab.distributed.clients import ClusterError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="kmeanslab", description="K-means on arrays: the lab.")
    parser.add_argument("--version", action="version",
                        version=f"kmeanslab {__version__}")
    parser.set_defaults(func=print_help(parser))
    subparsers = parser.add_subparsers(metavar="COMMAND")
    study_commands.add_parsers(subparsers)
    report_command.add_parser(subparsers, parser.parse_args)
    data_command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        return options.func(options)
    except KeyboardInterrupt:
        print("kmeanslab: stopped", file=sys.stderr)
        return 130
    except (DataError, ClusterError, OSError, ImportError) as error:
        print(f"kmeanslab: {friendly(error)}", file=sys.stderr)
        return 1


def friendly(error: Exception) -> str:
    """Return one sentence for an error."""
    if isinstance(error, ImportError) and "install" not in str(error):
        return f"{error}: python -m pip install --editable '.[lab]'"
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return place + error.strerror
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
