"""The command line of the generator: `python -m kmeanslab.handwriting`."""

import argparse
from collections.abc import Sequence
import sys

from kmeanslab.handwriting import generator, pen
from kmeanslab.output import at_least, nonempty


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m kmeanslab.handwriting",
        description="Draw handwritten letters and digits on a sheet, or "
                    "rebuild the data of the assignment.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--sheet", metavar="FILE", type=nonempty,
                        help="draw a sheet: the PNG file to write")
    action.add_argument("--rebuild", metavar="FOLDER", type=nonempty,
                        help="write the four CSV files of data/ to a folder")
    parser.add_argument("--characters", type=nonempty,
                        default=generator.DIGITS + generator.LETTERS,
                        help="one column per character (default: all)")
    parser.add_argument("--rows", type=at_least(1), default=12,
                        help="images per character (default: 12)")
    parser.add_argument("--seed", type=at_least(0), default=0,
                        help="seed of the random numbers (default: 0)")
    parser.add_argument("--look", choices=list(pen.LOOKS), default="emnist",
                        help="the data set whose conventions to follow "
                             "(default: emnist)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        if options.rebuild is not None:
            generator.rebuild(options.rebuild)
        else:
            sheet = generator.contact_sheet(options.characters, options.rows,
                                            options.seed, options.look)
            generator.save_png(sheet, options.sheet)
    except OSError as error:
        return fail(f"cannot write {error.filename}: {error.strerror}")
    except ImportError:
        return fail("a sheet needs Pillow: python -m pip install pillow")
    except ValueError as error:
        return fail(error)
    return 0


def fail(message: object) -> int:
    """Print the message as an error and return exit status 1."""
    print(f"handwriting: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
