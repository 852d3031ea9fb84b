"""From skeletons to ink: vary the strokes of a letter and paint them.

Random numbers move the few control points of a skeleton.  A spline then leads
the pen through them in small steps, and the ink of each pixel depends on its
distance to the nearest step.  Many images of one allograph are drawn at once.
Only exactly rounded arithmetic is used (+ - * / sqrt and comparisons), in a
fixed order, so every machine draws the same bytes.

    n  images drawn together, always the last axis (it is contiguous)
    k  control points of a skeleton
    s  steps of the pen along all its strokes
    u  uniform random numbers in [0, 1), one row of ROW per image
    x, y  plane coordinates, y down: half the height of a letter is 1
          before `fit`, one pixel is 1 after it
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kmeanslab.handwriting.skeletons import Skeleton, skeletons_of
from kmeanslab.handwriting.strokes import MAX_POINTS, MAX_STROKES

SIDE = 28  # pixels along a side of an image
CHUNK_IMAGES = 128  # painted together: their pixels fit the cache

# Standard deviations over hands, except where a comment says otherwise.
SLANT, SLANT_SPREAD = 0.17, 0.24  # mean and spread of -dx / dy
ROTATION = 0.08  # of a letter, in radians
BREADTH, BREADTH_SPREAD = 1.12, 0.2  # of a letter, relative to the table
WARP = 0.08  # of the whole plane, in half heights at its edge
WOBBLE = 0.04  # of a control point, in half heights
SHIFT, TURN = 0.03, 0.06  # of a stroke, in half heights and radians
OVERSHOOT = 0.08  # of its ends, relative to the last control point
PRESSURE = 0.12  # of a control point, relative to the typical width
PLACE = 0.25  # of the ink in the image, in pixels

CONTRAST = 0.06  # ink below this share becomes 0, above 1 - CONTRAST full

# A bell is a random number in [-3, 3] with mean 0 and standard deviation 1.
TRAITS = ("slant", "turn", "breadth", "width", "curve", "tone", "size",
          "right", "down")
WARPS = 10  # coefficients of the smooth deformation
SWINGS = 5  # ways to misplace a stroke: right, down, turn, start, end
SHARES = (len(TRAITS), WARPS, SWINGS * MAX_STROKES, 3 * MAX_POINTS)
BELLS = sum(SHARES)
ROW = 1 + 3 * BELLS  # numbers per image; the first chooses the allograph


class Look(NamedTuple):
    """The conventions of a data set; lengths in pixels.

    box     longest side of the ink
    mass    True centres the mass, False the box
    width   typical width of a stroke
    spread  relative standard deviation of that width
    edge    width of the grey edge of a stroke
    blur    share of ink that each pixel gives to each neighbour
    fade    standard deviation of how far full ink is below grey level 255
    """

    box: float
    mass: bool
    width: float
    spread: float
    edge: float
    blur: float
    fade: float


LOOKS = {
    "emnist": Look(box=24.5, mass=False, width=3.1, spread=0.2,
                   edge=1.4, blur=0.16, fade=6),
    "mnist": Look(box=20, mass=True, width=2.6, spread=0.25,
                  edge=1.0, blur=0.06, fade=1),
}


def bells(u: np.ndarray) -> np.ndarray:
    """Return the bells of random rows u (n, ROW), as (BELLS, n)."""
    a, b, c = u[:, 1:].reshape(len(u), 3, BELLS).transpose(1, 2, 0)
    return 2 * (a + b + c - 1.5)


def deform(x: np.ndarray, y: np.ndarray, warp: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray]:
    """Return x, y moved by a smooth random field of the plane."""
    field = (x * x, x * y, y * y, x * x * y, x * y * y)
    for weight, bend in zip(warp, field):
        x = x + WARP * weight * bend
    for weight, bend in zip(warp[len(field):], field):
        y = y + WARP * weight * bend
    return x, y


def rotate(x: np.ndarray, y: np.ndarray, turn: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray]:
    """Return x, y rotated by about `turn` radians, without sin and cos."""
    half = turn / 2
    scale = 1 / (1 + half * half)
    cosine, sine = (1 - half * half) * scale, 2 * half * scale
    return cosine * x - sine * y, sine * x + cosine * y


def misplace(x: np.ndarray, y: np.ndarray, skeleton: Skeleton,
             swings: np.ndarray) -> None:
    """Shift, turn and extend each stroke a little, in place."""
    for (first, last), swing in zip(skeleton.tips, swings):
        right, down, turn, start, end = swing
        part = slice(first, last + 1)
        x[part], y[part] = (x[part] + SHIFT * right - TURN * turn * y[part],
                            y[part] + SHIFT * down + TURN * turn * x[part])
        for tip, inner, length in ((first, first + 1, start),
                                   (last, last - 1, end)):
            x[tip] += OVERSHOOT * length * (x[tip] - x[inner])
            y[tip] += OVERSHOOT * length * (y[tip] - y[inner])


def vary(skeleton: Skeleton, bell: np.ndarray
         ) -> tuple[tuple[np.ndarray, ...], dict[str, np.ndarray]]:
    """Return x, y and pressures (k, n) of control points, and the traits."""
    n = bell.shape[1]
    traits, warp, swings, wobble = np.split(bell, np.cumsum(SHARES)[:-1])
    trait = dict(zip(TRAITS, traits))
    wobble = wobble.reshape(3, MAX_POINTS, n)[:, :len(skeleton.points)]
    x = skeleton.points[:, :1] + WOBBLE * wobble[0]
    y = skeleton.points[:, 1:] + WOBBLE * wobble[1]
    misplace(x, y, skeleton, swings.reshape(MAX_STROKES, SWINGS, n))
    x, y = deform(x, y, warp)
    x = x * (BREADTH + BREADTH_SPREAD * trait["breadth"])
    x = x - (SLANT + SLANT_SPREAD * trait["slant"]) * y
    x, y = rotate(x, y, ROTATION * trait["turn"])
    return (x, y, 1 + PRESSURE * wobble[2]), trait


def trace(skeleton: Skeleton, values: np.ndarray, curve: np.ndarray
          ) -> np.ndarray:
    """Return values (k, n) of control points at all steps, as (s, n).

    curve: (n,) in [0, 1], how much the hand cuts the corners
    """
    path = np.zeros((len(skeleton.weights), values.shape[1]))
    for column, value in zip(skeleton.weights.T, values):
        inked = np.flatnonzero(column)
        part = slice(inked[0], inked[-1] + 1)
        path[part] += column[part, None] * value
    middle = (path[skeleton.before] + path[skeleton.after]) / 2
    return path + curve * (middle - path)


def fit(x: np.ndarray, y: np.ndarray, radius: np.ndarray, look: Look,
        trait: dict[str, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Return x, y and radii in pixels; the ink fills its box."""
    width = look.width * (1 + look.spread / 2 * trait["width"]) ** 2
    radius = radius * (width / 2)
    longest = np.maximum(x.max(0) - x.min(0), y.max(0) - y.min(0))
    scale = (look.box - width - look.edge - 0.1 * trait["size"]) / longest
    return (centred(scale * x, radius) + PLACE * trait["right"],
            centred(scale * y, radius) + PLACE * trait["down"], radius)


def centred(values: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return values (s, n) shifted so that their ink is centred."""
    low, high = (values - radius).min(axis=0), (values + radius).max(axis=0)
    return values + ((SIDE - 1) / 2 - (low + high) / 2)


def paint(x: np.ndarray, y: np.ndarray, radius: np.ndarray, edge: float
          ) -> np.ndarray:
    """Return the ink (SIDE, SIDE, n) in [0, 1] of a pen at (s, n) steps.

    A step inks a disc of its radius with an edge that fades over `edge`
    pixels at the mean pressure.  `near` keeps the squared distance to the
    nearest step, in units of its radius; each step inks only the window of
    pixels around it.
    """
    mean = np.cumsum(radius, axis=0)[-1] / len(radius)
    extent = (1 + edge / 2 / mean) * radius
    grid = np.arange(SIDE, dtype=np.float32)[:, None]
    rows, columns = windows(y, extent), windows(x, extent)
    x, y, unit = (a.astype(np.float32) for a in (x, y, 1 / radius))
    near = np.full((SIDE, SIDE, x.shape[1]), 1e6, np.float32)
    for s, (row, column) in enumerate(zip(rows, columns)):
        dx = (grid[column] - x[s]) * unit[s]
        dy = (grid[row] - y[s]) * unit[s]
        window = near[row, column]
        np.minimum(window, (dy * dy)[:, None] + dx * dx, out=window)
    sharp = (mean / edge).astype(np.float32)
    return np.clip((1 - np.sqrt(near)) * sharp + np.float32(0.5), 0, 1)


def windows(centres: np.ndarray, extent: np.ndarray) -> list[slice]:
    """Return the pixels that each step inks in any image, as slices."""
    low = np.clip(np.floor((centres - extent).min(axis=1)), 0, SIDE)
    high = np.clip(np.ceil((centres + extent).max(axis=1)) + 1, 0, SIDE)
    return [slice(int(a), int(b)) for a, b in zip(low, high)]


def smear(ink: np.ndarray, share: float) -> np.ndarray:
    """Return the ink, a share of each pixel given to its neighbours.

    The neighbours are those along the first axis.
    """
    kept = ink * np.float32(1 - 2 * share)
    given = ink * np.float32(share)
    kept[1:] += given[:-1]
    kept[:-1] += given[1:]
    return kept


def balance(images: np.ndarray) -> np.ndarray:
    """Return images (n, SIDE, SIDE) with their centres of mass in the middle.

    Each image is moved by whole pixels.
    """
    grid, half = np.arange(SIDE), SIDE // 2
    ink = images.sum(axis=(1, 2), dtype=int)
    down, right = (
        np.clip(np.rint(half - lines @ grid / ink), -4, 4).astype(int)
        for lines in (images.sum(axis=2, dtype=int),
                      images.sum(axis=1, dtype=int)))
    return images[np.arange(len(images))[:, None, None],
                  (grid - down[:, None])[:, :, None] % SIDE,
                  (grid - right[:, None])[:, None] % SIDE]


def draw_skeleton(skeleton: Skeleton, bell: np.ndarray, look: Look
                  ) -> np.ndarray:
    """Return (n, SIDE, SIDE) uint8 images of one skeleton."""
    values, trait = vary(skeleton, bell)
    curve = np.clip(0.5 + 0.35 * trait["curve"], 0, 1)
    x, y, radius = (trace(skeleton, value, curve) for value in values)
    x, y, radius = fit(x, y, radius, look, trait)
    ink = paint(x, y, radius, look.edge)
    ink = smear(ink, look.blur)
    ink = smear(ink.swapaxes(0, 1), look.blur).swapaxes(0, 1)
    ink = np.clip(ink * np.float32(1 + 2 * CONTRAST)
                  - np.float32(CONTRAST), 0, 1)
    tone = 255 - look.fade * np.abs(trait["tone"])
    grey = ink * tone.astype(np.float32) + np.float32(0.5)
    images = grey.astype(np.uint8).transpose(2, 0, 1)
    return balance(images) if look.mass else images


def choose(characters: Sequence[str], u: np.ndarray
           ) -> dict[tuple[str, int], list[int]]:
    """Return {(character, number of its allograph): rows of u}."""
    groups: dict[tuple[str, int], list[int]] = {}
    for row, (character, chance) in enumerate(zip(characters, u)):
        number = np.searchsorted(skeletons_of(character)[1], chance, "right")
        groups.setdefault((character, int(number)), []).append(row)
    return groups


def write(characters: Sequence[str], u: np.ndarray, look: str) -> np.ndarray:
    """Return (n, SIDE, SIDE) uint8 images of n characters.

    characters: n of them, each a key of `allographs()`
    u: (n, ROW) random numbers, one row per image
    look: a key of LOOKS
    """
    images = np.empty((len(characters), SIDE, SIDE), np.uint8)
    groups = choose(characters, u[:, 0])
    for (character, number), rows in groups.items():
        skeleton = skeletons_of(character)[0][number]
        for start in range(0, len(rows), CHUNK_IMAGES):
            part = rows[start:start + CHUNK_IMAGES]
            images[part] = draw_skeleton(skeleton, bells(u[part]), LOOKS[look])
    return images
