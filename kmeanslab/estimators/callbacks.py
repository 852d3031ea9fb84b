"""What a fit tells the callbacks that are set on an estimator.

scikit-learn 1.9 brought callbacks: a progress bar, for one, or a rule when to
stop.  They see a fit as a tree of tasks: here the fit, its runs, their
iterations.  With an older scikit-learn there are none, and nothing is told.
"""

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:
    class CallbackSupportMixin:
        """Stands in where scikit-learn is older than 1.9."""

    def with_callbacks(method):
        """The method as it is."""
        return method


def has_callbacks(estimator):
    """Whether there is anyone to tell; asked first, for telling takes time."""
    return bool(getattr(estimator, "_skl_callbacks", ()))


class Silent:
    """A task that no one wants to know of."""

    def task(self, name, parts=0):
        """A part of this task."""
        return self

    def end(self, **fitted):
        """Nobody asks to stop."""
        return False


class Task:
    """A task that callbacks are told of: from now on, until its end."""

    def __init__(self, context, told):
        self.context, self.told = context, told
        context.call_on_fit_task_begin(**told)

    def task(self, name, parts=0):
        """A part of this task, of `parts` parts at most itself."""
        return Task(self.context.subcontext(name, max_subtasks=parts),
                    self.told)

    def end(self, **fitted):
        """The end; returns whether a callback asks to stop here.

        `fitted` are attributes that make the estimator a fitted one.
        """
        return self.context.call_on_fit_task_end(
            **self.told, reconstruction_attributes=fitted or None)


def fit_task(estimator, parts, X, weights):
    """The task of a fit, of `parts` parts at most."""
    if not has_callbacks(estimator):
        return Silent()
    metadata = {} if weights is None else {"sample_weight": weights}
    return Task(estimator._init_callback_context(max_subtasks=parts),
                {"estimator": estimator, "X": X, "metadata": metadata})


class Watch:
    """Tells of the iterations of a run: callbacks, and who reads along."""

    def __init__(self, run, verbose, max_iter):
        self.run, self.verbose, self.max_iter = run, verbose, max_iter
        self.iteration = run.task("iteration")

    def __bool__(self):
        return bool(self.verbose) or isinstance(self.run, Task)

    def __call__(self, number, step):
        """After each iteration but one that converged."""
        if self.verbose:
            print(f"Iteration {number}, inertia {step.inertia}.")
        stop = self.iteration.end()
        if number + 1 < self.max_iter and not stop:
            self.iteration = self.run.task("iteration")
        return stop

    def end(self, result, tol):
        """After the last, which the engine does not call if it converged."""
        if not result.converged:
            return
        number, step = result.n_iter - 1, result.history[-1]
        self.iteration.end()
        if self.verbose:
            why = (f"center shift {step.shift ** 2} within tolerance {tol}"
                   if result.converged == "tolerance" else result.converged)
            print(f"Iteration {number}, inertia {step.inertia}.\n"
                  f"Converged at iteration {number}: {why}.")
