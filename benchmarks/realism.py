"""Measure how closely the generated digits resemble real ones.

Train a 3-nearest-neighbour classifier on digits drawn by
`kmeanslab.handwriting`, and score it on the 10,000 test images of MNIST.
The closer the drawings are to real handwriting, the higher the accuracy.

    n       number of images
    images  (n, 784) uint8
    labels  (n,) the digits

Needs scikit-learn, and MNIST: `kmeanslab data get mnist`.

    python -m benchmarks.realism [--train 20000] [--seed 0] [--limit 10000]
"""

import argparse
import sys
import time

import numpy as np

from kmeanslab.data.datasets import DataError, load, require_labels
from kmeanslab.handwriting import DIGITS, draw, draw_labelled
from kmeanslab.output import at_least


def generate(n, seed):
    """Return n generated images, their labels and the seconds it took."""
    draw(DIGITS, seed, look="mnist")  # skeletons are built only once
    start = time.perf_counter()
    images, labels = draw_labelled(n, seed, DIGITS, look="mnist")
    seconds = time.perf_counter() - start
    return images.reshape(n, -1), labels.astype(np.uint8), seconds


def classify(images, labels, queries):
    """Return the labels that 3-nearest neighbours gives to the queries."""
    from sklearn.neighbors import KNeighborsClassifier
    model = KNeighborsClassifier(n_neighbors=3)
    model.fit(images.astype(np.float32), labels)
    return model.predict(queries.astype(np.float32))


def confusion(truth, guesses):
    """Return (10, 10) counts: row = true digit, column = guess."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (truth, guesses), 1)
    return counts


def report(counts, max_confusions=10):
    """Print accuracy, recall per digit and the most common confusions."""
    print(f"accuracy {np.trace(counts) / counts.sum():.4f} "
          f"on {counts.sum()} real digits")
    for digit, row in enumerate(counts):
        print(f"  recall of {digit}: {row[digit] / max(1, row.sum()):.3f}")
    errors = counts - np.diag(np.diag(counts))
    for cell in np.argsort(-errors, axis=None, kind="stable")[:max_confusions]:
        truth, guess = divmod(int(cell), 10)
        print(f"  {truth} taken for {guess}: {errors[truth, guess]}")


def build_parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.realism",
        description="Train on generated digits, score on real ones.")
    parser.add_argument("--train", type=at_least(10), default=20000,
                        help="generated digits (default: 20000)")
    parser.add_argument("--seed", type=at_least(0), default=0,
                        help="seed of the generator (default: 0)")
    parser.add_argument("--limit", type=at_least(1), default=10000,
                        help="real digits to score on (default: 10000)")
    return parser


def main(argv=None):
    """Run the benchmark and return its exit status."""
    options = build_parser().parse_args(argv)
    try:
        real = load("mnist", "test", options.limit)
        require_labels(real, "the accuracy")
    except (DataError, OSError) as error:
        print(f"realism: {error}", file=sys.stderr)
        return 1
    images, labels, seconds = generate(options.train, options.seed)
    print(f"{options.train / seconds:.0f} generated images per second "
          "on one core")
    report(confusion(real.labels, classify(images, labels, real.X)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
