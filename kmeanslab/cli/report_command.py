"""The command `kmeanslab report`: all studies, and one page that shows them.

It runs the commands that the page then tells to type, each into a folder of
its own, and puts together what they wrote.
"""

import json
import shlex
import sys

import numpy as np

from kmeanslab.cli.study_commands import (
    STUDIES, about, add_common, command, gather, load, told, versions)
from kmeanslab.data.datasets import DataError
from kmeanslab.output import atomic_write
from kmeanslab.report import image_grids, page

PAGE = "report.html"


def add_parser(subparsers, parse):
    """Add the command; `parse` makes options of a command's words."""
    text = "all studies, and one page that shows them"
    parser = subparsers.add_parser(
        "report", help=text, description="Run all studies and write one HTML "
        "page with their tables and pictures, and a run to be played.")
    add_common(parser, "report")
    parser.set_defaults(func=lambda options: run(options, parse))


def run(options, parse):
    """Run the studies, write the page; the exit status."""
    options.out.mkdir(parents=True, exist_ok=True)
    data = load(options)
    sections, stopped = gather(parts(options, data, parse))
    path = options.out / PAGE
    atomic_write(page.page(f"K-means on {data.name}", sections), path)
    print(f"\nwrote {path}")
    if stopped:
        print("kmeanslab: stopped: the page shows what was finished until "
              "then", file=sys.stderr)
    return 130 if stopped else 0


def parts(options, data, parse):
    """The sections of the page, as soon as each is finished."""
    yield page.opening(command("report", told(options)), about(data),
                       versions())
    if data.shape:
        yield played(data, options.seed)
    for name, text in STUDIES.items():
        print(f"\n{name}", flush=True)
        folder = options.out / name
        try:
            status = study(name, options, folder, parse)
        except DataError as error:
            print(f"left out: {error}")
            yield page.refused(name, text, str(error))
            continue
        record = json.loads((folder / "record.json").read_bytes())
        yield page.study(folder, record, text)
        if status:
            raise KeyboardInterrupt


def study(name, options, folder, parse):
    """Run a study as its own command would; the exit status."""
    same = told(options) | {"out": str(folder)}
    chosen = parse(shlex.split(command(name, same))[1:])
    return chosen.func(chosen)


def played(data, seed):
    """The animation of a run."""
    from kmeanslab.studies import steps  # loads what only runs need
    pictures = [(drawn(step, data), words(step))
                for step in steps.run(data, seed=seed)]
    return page.animation(pictures, (
        f"Ten centres that begin as ten of the first {steps.IMAGES:,} images, "
        "after each assign and update. They are the means of their images, "
        "until no image changes its cluster."))


def drawn(step, data):
    """The centres as a picture, five in a row."""
    low, high = image_grids.limits(data.X)
    grey = (step.centres - low) * (255 / max(high - low, 1e-30))
    return page.png(image_grids.montage(
        np.clip(grey, 0, 255).round().astype(np.uint8), data.shape, 5))


def words(step):
    """What an iteration did."""
    if step.number == 0:
        return "The start: images drawn at random."
    return (f"Iteration {step.number}: {step.moved:,} images changed their "
            f"cluster, inertia {step.inertia:,.0f}.")
