"""Pictures of data as they are: images with their labels, or points.

    data  a kmeanslab.datasets.Data
"""

import numpy as np

MOST_NAMES = 20  # in a legend


def draw(data, rows, columns):
    """Return a matplotlib figure of the data, None if none can be drawn.

    The first rows x columns images, titled with their labels; or points of
    the plane, coloured by label.
    """
    if data.shape is not None:
        return images(data, rows, columns)
    return points(data) if data.X.shape[1] == 2 else None


def images(data, rows, columns):
    """Return a figure of the first images, titled with their labels."""
    titles = None
    if data.labels is not None:
        titles = [data.classes[label] for label in data.labels]
    return mosaic(data.X[:rows * columns], data.shape, titles, columns,
                  limits(data.X))


def mosaic(X, shape, titles, columns, ends=None):
    """Return a figure of images (n, d), each under its title (or None).

    Black and white are the two ends, by default of the images' values.
    """
    from matplotlib.figure import Figure  # only pictures need it
    rows = -(-len(X) // columns)
    low, high = ends or (X.min(), X.max())
    figure = Figure(figsize=(1.3 * columns, 1.6 * rows), layout="tight")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, title in zip(grid, X, titles or [""] * len(X)):
        axes.imshow(image.reshape(shape), "gray", vmin=low, vmax=high)
        axes.set_title(plain(title))
    return figure


def montage(X, shape, columns):
    """Return images (n, d) side by side as one picture, a pixel apart."""
    (height, width), rows = shape, -(-len(X) // columns)
    picture = np.zeros((rows * columns, height + 1, width + 1), X.dtype)
    picture[:len(X), :-1, :-1] = X.reshape(-1, height, width)
    grid = picture.reshape(rows, columns, height + 1, width + 1)
    return grid.transpose(0, 2, 1, 3).reshape(
        rows * (height + 1), -1)[:-1, :-1]


def limits(X):
    """Return the values that are black and white."""
    return (0, 255) if X.dtype == np.uint8 else (X.min(), X.max())


def plain(text):
    """Return a text for matplotlib, to which dollars mean formulas."""
    return text.replace("$", r"\$")


def points(data):
    """Return a figure of points in the plane, a colour for each label."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(6, 6), layout="tight")
    axes = figure.add_subplot(aspect="equal", title=plain(data.name))
    if data.labels is None:
        axes.scatter(*data.X.T, s=12)
        return figure
    for i, name in enumerate(data.classes):
        axes.scatter(*data.X[data.labels == i].T, s=12, label=plain(name))
    if len(data.classes) <= MOST_NAMES:
        axes.legend()
    return figure
