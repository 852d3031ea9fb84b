"""What a fit reports to the callbacks that are set on an estimator.

scikit-learn 1.9 introduced callbacks: a progress bar, for example, or a rule
for when to stop.  They see a fit as a tree of tasks, which here are the fit,
its runs and their iterations.  An older scikit-learn has no callbacks, and
nothing is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:
    class CallbackSupportMixin:          # type: ignore[no-redef]
        """Replaces scikit-learn's class of this name before version 1.9."""

    def with_callbacks(method: Callable) -> Callable:
        """Return the method unchanged."""
        return method

if TYPE_CHECKING:
    from kmeanslab.estimators.base import BaseKMeans


def has_callbacks(estimator: BaseKMeans) -> bool:
    """Return whether callbacks are set; reporting without any costs time."""
    return bool(getattr(estimator, "_skl_callbacks", ()))


class NoTask:
    """A task of a fit without callbacks: nothing is reported."""

    def subtask(self, name: str, max_subtasks: int = 0) -> NoTask:
        """Return a part of this task."""
        return self

    def end(self, **fitted: Any) -> bool:
        """Return False: nothing asks to stop."""
        return False


class Task(NoTask):
    """A task that is reported to the callbacks when it begins and ends.

    Parameters
    ----------
    context : sklearn.callback.CallbackContext
    details : dict
        What the callbacks may ask for: the estimator, X and metadata.
    """

    def __init__(self, context: Any, details: dict[str, Any]) -> None:
        self.context, self.details = context, details
        context.call_on_fit_task_begin(**details)

    def subtask(self, name: str, max_subtasks: int = 0) -> Task:
        """Begin a part of this task, which has at most `max_subtasks` parts.
        """
        return Task(self.context.subcontext(name, max_subtasks=max_subtasks),
                    self.details)

    def end(self, **fitted: Any) -> bool:
        """End the task; return whether a callback asks to stop.

        `fitted` are the attributes that a fitted estimator has at this point.
        """
        return bool(self.context.call_on_fit_task_end(
            **self.details, reconstruction_attributes=fitted or None))


def fit_task(estimator: BaseKMeans, max_subtasks: int, X: Any,
             sample_weight: Any) -> NoTask:
    """Begin the task of a fit."""
    if not has_callbacks(estimator):
        return NoTask()
    metadata = {} if sample_weight is None else {
        "sample_weight": sample_weight}
    return Task(estimator._init_callback_context(max_subtasks=max_subtasks),
                {"estimator": estimator, "X": X, "metadata": metadata})


class IterationTasks:
    """The iterations of a run, a task each; a callback for the engine.

    The engine calls it after each iteration except one that converged.

    Parameters
    ----------
    run : Task
    max_iter : int
    """

    def __init__(self, run: NoTask, max_iter: int) -> None:
        self.run, self.max_iter = run, max_iter
        self.current = run.subtask("iteration")

    def __call__(self, number: int) -> bool:
        """End iteration `number` and begin the next, unless asked to stop."""
        stop = self.current.end()
        if number + 1 < self.max_iter and not stop:
            self.current = self.run.subtask("iteration")
        return stop

    def finish(self, converged: str) -> None:
        """End the last iteration, if the run converged in it."""
        if converged:
            self.current.end()
