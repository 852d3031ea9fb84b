"""What all figures of the studies share."""
import io

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need matplotlib")

from kmeanslab.report.style import new_figure  # noqa: E402


@pytest.mark.parametrize("values", [
    [2_370_432, 1_496_205], [94.27e6, 94.28e6], [1e-7, 2e-7],
    [1e9 + 0.1, 1e9 + 0.2]])
def test_numbers_of_an_axis_are_written_out(values):
    """No factor such as 1e6 stands over an axis, nor a number to add."""
    figure, axes = new_figure(4, 3)
    axes[0, 0].plot(values)
    figure.savefig(io.BytesIO())
    assert axes[0, 0].yaxis.get_offset_text().get_text() == ""
    low, high = axes[0, 0].get_ylim()
    ticks = [float(label.get_text().replace("\N{MINUS SIGN}", "-"))
             for label in axes[0, 0].get_yticklabels()]
    assert all(low - (high - low) <= tick <= high + (high - low)
               for tick in ticks)
    assert np.unique(ticks).size == len(ticks)
