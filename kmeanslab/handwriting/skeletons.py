"""Skeletons: the strokes of an allograph as smooth paths of the pen.

The table of strokes.py gives a few points for each stroke.  A spline leads
through them in small steps; since every step is a weighted sum of control
points, whoever moves the points moves the whole path along.

    k  control points of a skeleton
    s  steps of the pen along all its strokes
    m  points of one smooth run between two corners
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from kmeanslab.handwriting.strokes import MAX_POINTS, MAX_STROKES, allographs

STEP = 0.065  # longest step of the pen, in half heights of a letter
ROUND = 4  # steps over which a hand in a hurry cuts a corner


class Skeleton(NamedTuple):
    """An allograph made ready for the pen.

    points    (k, 2) control points
    tips      for each stroke its first and last control point
    weights   (s, k) spline weights: steps = weights @ points
    before    (s,) an earlier step of the same stroke
    after     (s,) the step as far behind
    """

    points: np.ndarray
    tips: list
    weights: np.ndarray
    before: np.ndarray
    after: np.ndarray


def runs(stroke):
    """Yield the smooth runs of a stroke, (m, 2) points corner to corner.

    A straight run of two points gets a third in its middle: it could not
    bend otherwise, and would look ruled.
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


def tangents(values, gaps):
    """Return the slope at each of the values (m, d), gaps (m - 1,) apart.

    The slope is that of the parabola through a value and its neighbours.
    """
    gaps = gaps[:, None]
    slopes = (values[1:] - values[:-1]) / gaps
    inner = ((slopes[:-1] * gaps[1:] + slopes[1:] * gaps[:-1])
             / (gaps[1:] + gaps[:-1]))
    return np.concatenate([2 * slopes[:1] - inner[:1], inner,
                           2 * slopes[-1:] - inner[-1:]])


def spline_weights(run):
    """Return the (s, m) weights of a spline through the run's m points.

    The spline is centripetal Catmull-Rom, which makes no loops of its
    own between two points, however unevenly they are spaced.
    """
    dx, dy = (run[1:] - run[:-1]).T
    chords = np.sqrt(dx * dx + dy * dy)
    gaps = np.sqrt(chords)
    values = np.eye(len(run))
    slopes = tangents(values, gaps)
    spans = []
    for i, chord in enumerate(chords):
        count = int(chord / STEP) + 1
        t = (np.arange(count) / count)[:, None]
        back = 1 - t
        spans.append(back * back * (1 + 2 * t) * values[i]
                     + t * t * (3 - 2 * t) * values[i + 1]
                     + back * t * gaps[i] * (back * slopes[i]
                                             - t * slopes[i + 1]))
    return np.concatenate(spans + [values[-1:]])


def build(allograph):
    """Return the Skeleton of an allograph.

    Raises ValueError if it has more strokes or points than MAX_ allows.
    """
    points, tips, blocks, strokes = [], [], [], []
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
    points = np.array(points)
    points -= (points.min(axis=0) + points.max(axis=0)) / 2
    return Skeleton(points, tips, stack(blocks, len(points)),
                    *neighbours(np.array(strokes)))


def stack(blocks, k):
    """Return (s, k) weights from blocks of (first column, weights)."""
    rows = []
    for column, block in blocks:
        row = np.zeros((len(block), k))
        row[:, column:column + block.shape[1]] = block
        rows.append(row)
    return np.concatenate(rows)


def neighbours(stroke):
    """Return the steps ROUND before and after each step of its stroke.

    Near an end of the stroke both come closer, so that ends stay put.
    """
    step = np.arange(len(stroke))
    first = np.searchsorted(stroke, stroke, side="left")
    last = np.searchsorted(stroke, stroke, side="right") - 1
    reach = np.minimum(ROUND, np.minimum(step - first, last - step))
    return step - reach, step + reach


@lru_cache(maxsize=None)
def skeletons_of(character):
    """Return [Skeleton, ...] and the running sum of their shares."""
    habits = allographs()[character]
    weights = np.cumsum([habit.weight for habit in habits])
    return [build(habit) for habit in habits], weights / weights[-1]
