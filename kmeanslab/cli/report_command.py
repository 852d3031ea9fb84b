"""The command `kmeanslab report`: all studies, and one page that shows them.

It runs the commands that the page shows, each with a folder of its own, and
puts their results together.
"""

import argparse
from collections.abc import Callable, Iterator
import io
import json
from pathlib import Path
import shlex
import sys
from typing import Any

import numpy as np

from kmeanslab.cli.study_commands import (
    DPI, STUDIES, add_common, command, data_record, gather, given, load,
    versions)
from kmeanslab.data.datasets import Data, DataError
from kmeanslab.output import atomic_write

PAGE = "report.html"
DATA_GRID = 3, 10            # rows and columns of images


def add_parser(subparsers: Any, parse: Callable) -> None:
    """Add the command; `parse` turns the words of a command into options."""
    text = "all studies, and one page that shows them"
    parser = subparsers.add_parser(
        "report", help=text, description="Run all studies and write one HTML "
        "page with their tables and pictures, and a run to play.")
    add_common(parser, "report")
    parser.set_defaults(func=lambda options: run(options, parse))


def run(options: argparse.Namespace, parse: Callable) -> int:
    """Run the studies, write the page, and return the exit status."""
    from kmeanslab.report import page
    options.out.mkdir(parents=True, exist_ok=True)
    data = load(options)
    sections, stopped = gather(make_sections(options, data, parse))
    path = options.out / PAGE
    title = f"K-means on {data.name.partition(', ')[0]}"
    atomic_write(page.page(title, sections), path)
    print(f"\nwrote {path}")
    if stopped:
        print("kmeanslab: stopped: the page shows what was finished",
              file=sys.stderr)
    return 130 if stopped else 0


def make_sections(options: argparse.Namespace, data: Data, parse: Callable
                  ) -> Iterator[tuple[str, str]]:
    """Yield titles and sections of the page as soon as they are finished."""
    from kmeanslab.report import page
    picture = draw_data(data)
    yield "", page.opening(command("report", given(options)),
                           data_record(data), versions())
    if picture:
        yield "Data: what is clustered", picture
    if data.shape:
        yield "Steps: one run, iteration by iteration", animation(
            data, options.seed)
    for name, text in STUDIES.items():
        print(f"\n{name}", flush=True)
        title = f"{name.capitalize()}: {text}"
        folder = options.out / name
        try:
            status = run_study(name, options, folder, parse)
        except DataError as error:
            print(f"skipped: {error}")
            yield title, page.skipped(str(error))
            continue
        record = json.loads((folder / "record.json").read_bytes())
        yield title, page.study(folder, record)
        if status:
            raise KeyboardInterrupt


def run_study(name: str, options: argparse.Namespace, folder: Path,
              parse: Callable) -> int:
    """Run a study as its own command does, and return the exit status."""
    same = given(options) | {"out": str(folder)}
    study_options = parse(shlex.split(command(name, same))[1:])
    return study_options.func(study_options)


def draw_data(data: Data) -> str:
    """Return a picture of the first images or points, if any."""
    from kmeanslab.report import image_grids, page
    figure = image_grids.draw(data, *DATA_GRID)
    if figure is None:
        return ""
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI)
    names = [] if data.labels is None else [
        data.classes[label] for label in data.labels[:np.prod(DATA_GRID)]]
    if data.shape is None:
        return page.figure(png.getvalue(), "All points, coloured by label.",
                           f"A scatter plot of {len(data.X):,} points.")
    return page.figure(
        png.getvalue(), "The first images and their labels.",
        "Images titled " + ", ".join(names) + ".")


def animation(data: Data, seed: int) -> str:
    """Return the animation of a run."""
    from kmeanslab.report import page
    from kmeanslab.studies import steps
    pictures = [(draw_centres(step, data), describe(step))
                for step in steps.run(data, seed=seed)]
    return page.animation(pictures, (
        f"Ten centres that start as ten of the first {steps.IMAGES:,} images, "
        "after each assign and update step. They are the means of their "
        "images. The run stops when no image changes its cluster."))


def draw_centres(step: Any, data: Data) -> bytes:
    """Return the centres of a step as a PNG picture, five in a row."""
    from kmeanslab.report import image_grids, page
    low, high = image_grids.value_range(data.X)
    grey = (step.centres - low) * (255 / max(high - low, 1e-30))
    return page.png(image_grids.montage(
        np.clip(grey, 0, 255).round().astype(np.uint8), data.shape, 5))


def describe(step: Any) -> str:
    """Return a description of a step."""
    if step.number == 0:
        return "The start: images drawn at random."
    return (f"Iteration {step.number}: {step.moved:,} images changed their "
            f"cluster, inertia {step.inertia:,.0f} for values from 0 to 1.")
