"""Checks of an estimator's parameters and data, in scikit-learn's words.

scikit-learn checks parameters by private code, so they are checked here.  Data
are checked by its public functions, and here only where there are none.

    X (n, d)  points     C (k, d)  centres     weights (n,)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
import math
from numbers import Integral, Real
import sys
from typing import Any, NamedTuple
import warnings

import numpy as np
from sklearn.utils import check_array

from kmeanslab.engine.threads import share

PART_VALUES = 2 ** 20    # that a thread adds up at a time
OUR_FRAMES = ("kmeanslab.", "sklearn.")


class InvalidParameter(ValueError, TypeError):
    """A parameter of an estimator has a wrong type or value."""


class Rule(NamedTuple):
    """One kind of valid value: its description and a test for it."""
    description: str
    holds: Callable[[Any], bool]


Rules = Mapping[str, Sequence[Rule]]


def is_number(value: Any, kind: type) -> bool:
    """Return whether a value is a number of this kind; a bool is none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def integer_from(minimum: int) -> Rule:
    """Return the rule for an integer of at least `minimum`."""
    return Rule(f"an int in the range [{minimum}, inf)",
                lambda value: is_number(value, Integral) and value >= minimum)


def one_of(*names: str) -> Rule:
    """Return the rule for one of these strings."""
    return Rule(f"a str among {names}",
                lambda value: isinstance(value, str) and value in names)


def is_array(value: Any) -> bool:
    """Return whether a value is array-like, and neither number nor string."""
    return hasattr(value, "__len__") and not isinstance(value, str)


NON_NEGATIVE = Rule("a float in the range [0, inf)", lambda value: (
    is_number(value, Real) and 0 <= value < math.inf))
NONE = Rule("None", lambda value: value is None)
BOOLEAN = Rule("a bool", lambda value: isinstance(value, (bool, np.bool_)))
CALLABLE = Rule("a callable", callable)
ARRAY = Rule("an array-like", is_array)
SEED = Rule("an int in the range [0, 2**32 - 1]", lambda value: isinstance(
    value, Integral) and 0 <= int(value) < 2 ** 32)
RANDOM_STATE = Rule("a numpy.random.RandomState", lambda value: isinstance(
    value, np.random.RandomState))
ANY_SEED = [SEED, RANDOM_STATE, NONE]


def check_parameters(estimator: Any) -> None:
    """Raise InvalidParameter unless each parameter obeys one of its rules."""
    check_values(type(estimator).__name__, estimator.RULES, vars(estimator))


def check_values(owner: str, rules: Rules, values: Mapping[str, Any]) -> None:
    """Raise InvalidParameter unless each value obeys one of its rules.

    `owner` is the class or function that has the parameters.
    """
    for name, choices in rules.items():
        value = values[name]
        if not any(rule.holds(value) for rule in choices):
            expected = " or ".join(rule.description for rule in choices)
            raise InvalidParameter(
                f"The {name!r} parameter of {owner} must be {expected}. Got "
                f"{value!r} instead.")


def check_enough_points(n: int, k: int) -> None:
    """Raise ValueError if there are fewer points than clusters."""
    if n < k:
        raise ValueError(f"n_samples={n} should be >= n_clusters={k}.")


def check_weights(given: Any, n: int) -> np.ndarray:
    """Return the weights of n points as float64 (n,); None means all 1."""
    if given is None:
        return np.ones(n)
    if isinstance(given, Real):
        given = np.full(n, given)
    weights = check_array(
        given, dtype=np.float64, order="C", ensure_2d=False,
        ensure_non_negative=True, input_name="sample_weight")
    if weights.shape != (n,):
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected {(n,)}!")
    if not weights.any():
        raise ValueError(
            "Sample weights must contain at least one non-zero number.")
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not math.isfinite(total):
        raise ValueError(
            f"The sum of sample_weight overflows: the largest is "
            f"{weights.max()}. Divide all weights by it.")
    return weights


def check_centres(given: Any, X: Any, k: int) -> np.ndarray:
    """Return initial centres (k, d): float32 for float32 points, or float64.

    Raises ValueError for another shape, NaN and infinity.
    """
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    if is_checked(given) and given.dtype == dtype:
        C = given
    else:
        C = check_array(given, dtype=dtype, order="C", input_name="init")
    for size, expected, what in [
            (C.shape[0], k, "number of clusters"),
            (C.shape[1], X.shape[1], "number of features of the data")]:
        if size != expected:
            raise ValueError(
                f"The shape of the initial centers {C.shape} does not match "
                f"the {what} {expected}.")
    return C


def warn(message: str, category: type[Warning]) -> None:
    """Issue a warning that names the line which called the estimator."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(
            OUR_FRAMES):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def is_checked(X: Any, finite: bool = False) -> bool:
    """Return whether scikit-learn's checks would return X itself.

    They take longer than `predict` on a few points.  This says True for the
    most common input only: a finite array of a type that the engine takes.
    `finite` says that nobody need look whether it is finite.
    """
    return (type(X) is np.ndarray and X.ndim == 2 and X.flags.c_contiguous
            and X.dtype.char in "dfB" and X.dtype.isnative and X.size > 0
            and (finite or X.dtype == np.uint8 or math.isfinite(total(X))))


def total(X: np.ndarray) -> float:
    """Return the sum of an array, by several threads if it is large."""
    if X.size <= PART_VALUES:
        return float(X.sum())
    parts = np.array_split(X.reshape(-1), -(-X.size // PART_VALUES))
    return float(sum(share(np.sum, parts)))
