"""What an estimator asks of its parameters and data, in scikit-learn's words.

Its own machinery for parameters is private; this much code is cheaper than to
depend on it.  Data are checked by its public functions, and here only where
there are none.

    X (n, d)  points     C (k, d)  centres     weights (n,)
"""

from numbers import Integral, Real
from typing import Callable, NamedTuple

import numpy as np
from sklearn.utils import check_array


class InvalidParameter(ValueError, TypeError):
    """A parameter of an estimator has a wrong type or value."""


class Rule(NamedTuple):
    """One way to be a right value."""
    words: str
    holds: Callable


def integer_from(minimum):
    """An int of at least this."""
    return Rule(f"an int in the range [{minimum}, inf)",
                lambda value: isinstance(value, Integral) and value >= minimum)


def one_of(*names):
    """One of these words."""
    return Rule(f"a str among {names}",
                lambda value: isinstance(value, str) and value in names)


def is_array(value):
    """Whether this is like an array, and no single value or word."""
    return hasattr(value, "__len__") and not isinstance(value, str)


NON_NEGATIVE = Rule("a float in the range [0, inf)",
                    lambda value: isinstance(value, Real) and value >= 0)
NONE = Rule("None", lambda value: value is None)
BOOLEAN = Rule("a bool", lambda value: isinstance(value, (bool, np.bool_)))
CALLABLE = Rule("a callable", callable)
ARRAY = Rule("an array-like", is_array)
SEED = Rule("an int in the range [0, 2**32 - 1]", lambda value: isinstance(
    value, Integral) and 0 <= value < 2 ** 32)
RANDOM_STATE = Rule("a numpy.random.RandomState", lambda value: isinstance(
    value, np.random.RandomState))


def check_parameters(estimator):
    """Raise InvalidParameter unless each obeys one of its rules."""
    for name, rules in estimator.RULES.items():
        value = getattr(estimator, name)
        if not any(rule.holds(value) for rule in rules):
            words = " or ".join(rule.words for rule in rules)
            raise InvalidParameter(
                f"The {name!r} parameter of {type(estimator).__name__} must "
                f"be {words}. Got {value!r} instead.")


def check_enough_points(n, k):
    """Raise ValueError unless there is a point for each cluster."""
    if n < k:
        raise ValueError(f"n_samples={n} should be >= n_clusters={k}.")


def check_weights(given, n):
    """Weights of n points as float64 (n,); None means all equal."""
    if given is None:
        return np.ones(n)
    if isinstance(given, Real):
        given = np.full(n, given)
    given = check_array(
        given, dtype=np.float64, order="C", ensure_2d=False,
        ensure_non_negative=True, input_name="sample_weight")
    if given.shape != (n,):
        raise ValueError(
            f"sample_weight.shape == {given.shape}, expected {(n,)}!")
    if not given.any():
        raise ValueError(
            "Sample weights must contain at least one non-zero number.")
    return given


def check_centres(given, X, k):
    """Initial centres (k, d), float32 for float32 points and else float64."""
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    C = check_array(given, dtype=dtype, order="C", input_name="init")
    for size, wanted, what in [
            (C.shape[0], k, "number of clusters"),
            (C.shape[1], X.shape[1], "number of features of the data")]:
        if size != wanted:
            raise ValueError(
                f"The shape of the initial centers {C.shape} does not match "
                f"the {what} {wanted}.")
    return C
