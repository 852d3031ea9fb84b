"""The command line of the generator: `python -m kmeanslab.handwriting`."""

import sys

from kmeanslab.handwriting.generator import main

if __name__ == "__main__":
    sys.exit(main())
