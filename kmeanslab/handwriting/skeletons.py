"""Skeletons: the strokes of an allograph as smooth paths of the pen.

The table of strokes.py gives a few points per stroke.  A spline leads through
them in small steps.  Every step is a weighted sum of control points, so moving
the points moves the whole path.

    k  control points of a skeleton
    s  steps of the pen along all its strokes
    m  points of one smooth run between two corners
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kmeanslab.handwriting.strokes import (
    MAX_POINTS, MAX_STROKES, Allograph, allographs)

STEP_HALF_HEIGHTS = 0.065  # longest step of the pen; a letter is 2 high
CORNER_STEPS = 4  # over which a hurried hand cuts a corner


class Skeleton(NamedTuple):
    """An allograph prepared for the pen.

    points    (k, 2) control points
    tips      first and last control point of each stroke
    weights   (s, k) spline weights: steps = weights @ points
    before    (s,) an earlier step of the same stroke
    after     (s,) the step equally far behind
    """

    points: np.ndarray
    tips: list
    weights: np.ndarray
    before: np.ndarray
    after: np.ndarray


def runs(stroke: tuple) -> Iterator[np.ndarray]:
    """Yield the smooth runs of a stroke, (m, 2) points corner to corner.

    A straight run of two points gets a third in its middle, so that it can
    bend and does not look ruled.
    """
    run = []
    for number, (x, y, is_corner) in enumerate(stroke, 1):
        run.append((x, y))
        if len(run) > 1 and (is_corner or number == len(stroke)):
            if len(run) == 2:
                (x0, y0), (x1, y1) = run
                run.insert(1, ((x0 + x1) / 2, (y0 + y1) / 2))
            yield np.array(run) / 50
            run = [(x, y)]


def tangents(values: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Return the slope at each of the values (m, d), gaps (m - 1,) apart.

    The slope is that of the parabola through a value and its neighbours.
    """
    gaps = gaps[:, None]
    slopes = (values[1:] - values[:-1]) / gaps
    inner = ((slopes[:-1] * gaps[1:] + slopes[1:] * gaps[:-1])
             / (gaps[1:] + gaps[:-1]))
    return np.concatenate([2 * slopes[:1] - inner[:1], inner,
                           2 * slopes[-1:] - inner[-1:]])


def spline_weights(run: np.ndarray) -> np.ndarray:
    """Return the (s, m) weights of a spline through the run's m points.

    The spline is centripetal Catmull-Rom, which makes no loops between two
    points, however unevenly they are spaced.
    """
    dx, dy = (run[1:] - run[:-1]).T
    chords = np.sqrt(dx * dx + dy * dy)
    gaps = np.sqrt(chords)
    values = np.eye(len(run))
    slopes = tangents(values, gaps)
    spans = []
    for i, chord in enumerate(chords):
        count = int(chord / STEP_HALF_HEIGHTS) + 1
        t = (np.arange(count) / count)[:, None]
        back = 1 - t
        spans.append(back * back * (1 + 2 * t) * values[i]
                     + t * t * (3 - 2 * t) * values[i + 1]
                     + back * t * gaps[i] * (back * slopes[i]
                                             - t * slopes[i + 1]))
    return np.concatenate(spans + [values[-1:]])


def build(allograph: Allograph) -> Skeleton:
    """Return the Skeleton of an allograph.

    ValueError: it has more than MAX_STROKES strokes or MAX_POINTS points.
    """
    points: list = []
    tips, blocks, strokes = [], [], []
    for number, stroke in enumerate(allograph.strokes):
        first = len(points)
        for run in runs(stroke):
            blocks.append((len(points), spline_weights(run)))
            strokes += [number] * len(blocks[-1][1])
            points.extend(run[:-1])
        points.append(run[-1])
        tips.append((first, len(points) - 1))
    if len(tips) > MAX_STROKES or len(points) > MAX_POINTS:
        raise ValueError(f"{len(tips)} strokes with {len(points)} points are "
                         f"too many: use up to {MAX_STROKES} strokes and "
                         f"{MAX_POINTS} points, counting one more for each "
                         "straight line")
    centred = np.array(points)
    centred -= (centred.min(axis=0) + centred.max(axis=0)) / 2
    return Skeleton(centred, tips, stack(blocks, len(points)),
                    *neighbours(np.array(strokes)))


def stack(blocks: list[tuple[int, np.ndarray]], k: int) -> np.ndarray:
    """Return (s, k) weights from blocks of (first column, weights)."""
    rows = []
    for column, block in blocks:
        row = np.zeros((len(block), k))
        row[:, column:column + block.shape[1]] = block
        rows.append(row)
    return np.concatenate(rows)


def neighbours(stroke: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the steps CORNER_STEPS before and after each step of a stroke.

    Near an end of the stroke both are closer, so that the ends do not move.
    """
    step = np.arange(len(stroke))
    first = np.searchsorted(stroke, stroke, side="left")
    last = np.searchsorted(stroke, stroke, side="right") - 1
    offset = np.minimum(CORNER_STEPS, np.minimum(step - first, last - step))
    return step - offset, step + offset


@lru_cache(maxsize=None)
def skeletons_of(character: str) -> tuple[list[Skeleton], np.ndarray]:
    """Return [Skeleton, ...] and the running sum of their shares."""
    choices = allographs()[character]
    weights = np.cumsum([choice.weight for choice in choices])
    return [build(choice) for choice in choices], weights / weights[-1]
