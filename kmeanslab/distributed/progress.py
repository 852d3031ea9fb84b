"""What accompanies the iterations: a progress bar, checkpoints, advice."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from kmeanslab.distributed import checkpoints
from kmeanslab.distributed.clients import ClusterError
from kmeanslab.engine.lloyd import Iteration, State

if TYPE_CHECKING:
    from kmeanslab.distributed.estimator import DistributedKMeans


class Progress:
    """A callback that shows the iterations, and saves checkpoints.

    Parameters
    ----------
    bar : tqdm
    state : State
        What is saved.
    model : DistributedKMeans
        Its parameters say where and how often to save.
    run : dict
        The fingerprint of the run.
    saved : list of path
        Each checkpoint written is appended to it.
    """

    def __init__(self, bar: tqdm, state: State, model: "DistributedKMeans",
                 run: dict[str, Any], saved: list) -> None:
        self.bar, self.state, self.run, self.saved = bar, state, run, saved
        self.path, self.every = model.checkpoint, model.checkpoint_every

    def __call__(self, number: int, step: Iteration) -> None:
        """Handle an iteration after which the run continues."""
        self.bar.set_postfix(inertia=f"{step.inertia:.6g}",
                             shift=f"{step.shift:.3g}", refresh=False)
        self.bar.update()
        if self.path is not None and (number + 1) % self.every == 0:
            checkpoints.save(self.path, self.state, self.run)
            self.saved.append(self.path)


@contextmanager
def resume_advice(resume_from: checkpoints.Path | None) -> Iterator[list]:
    """Add to a ClusterError from which checkpoint the fit can be resumed.

    Yields a list to which the checkpoints that are written are appended.
    """
    saved = [] if resume_from is None else [resume_from]
    try:
        yield saved
    except ClusterError as error:
        advice = (f"resume with fit(..., resume_from={os.fspath(saved[-1])!r})"
                  if saved else "fit again: no checkpoint was written")
        raise ClusterError(f"{error}; then {advice}") from error
