"""Values cross the boundary unchanged, or not at all."""
import collections
import enum
import math
import sys

import hypothesis
import pytest
from hypothesis import strategies as st

from autograder.child import codec
from autograder.child.codec import CodecError, Unknown

KEYS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(
        allow_nan=False), lambda inner: st.lists(inner, max_size=3).map(tuple))
VALUES = st.recursive(
    KEYS | st.floats(), lambda inner: st.lists(inner) | st.lists(
        inner).map(tuple) | st.dictionaries(KEYS, inner) | st.sets(KEYS))


def cross(value):
    """Send a value over the boundary; return what arrives."""
    return codec.decode(codec.loads(codec.dumps(codec.encode(value))))


def same(one, other):
    """Return whether two values are the same, down to types and signs."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, set):
        return same(sorted(map(repr, one)), sorted(map(repr, other)))
    return one == other


@hypothesis.given(VALUES)
def test_plain_values_arrive_unchanged(value):
    """Types, the order of keys and the sign of zero stay as they are."""
    assert same(cross(value), value)


@pytest.mark.parametrize("value", [
    -0.0, 0.0, math.nan, math.inf, -math.inf, 5e-324, 0, False, None, "", [],
    (), {}, set(), {(1, "a"): {None: [True]}}, {"b": 1, "a": 2}, "\0\u20ac",
    {math.nan: 1}, 10 ** 900, -10 ** 900])
def test_edge_values_arrive_unchanged(value):
    """The values at the edges, one by one."""
    assert same(cross(value), value)


class Hostile:
    """Has methods that no encoder may call."""

    def fail(self, *arguments):
        """Say that it was called."""
        raise AssertionError("a method of a hostile value was called")

    __iter__ = __len__ = __repr__ = __str__ = __float__ = __int__ = fail
    __eq__ = __getitem__ = items = keys = __bool__ = __index__ = fail
    __hash__ = object.__hash__


@pytest.mark.parametrize("base, content", [
    (list, [1, 2]), (tuple, (1, 2)), (dict, {"a": 1}), (set, {1}),
    (str, "text"), (int, 7), (float, 7.5)])
def test_a_subclass_arrives_as_what_it_holds(base, content):
    """The data of the built-in counts, none of the overridden methods."""
    liar = type("Liar", (Hostile, base), {})(content)
    assert same(cross([liar]), [content])


def test_honest_subclasses_arrive_as_the_builtin():
    """A defaultdict and the like are as good as a dictionary."""
    assert same(cross(collections.defaultdict(list, a=[1])), {"a": [1]})
    assert same(cross(collections.Counter("aab")), {"a": 2, "b": 1})
    assert same(cross(enum.IntEnum("Colour", "RED").RED), 1)
    assert same(cross(collections.namedtuple("P", "x y")(1, 2)), (1, 2))


def make_liar():
    """Return a value whose class claims to be list, of a lying type."""
    meta = type("Meta", (type,), {
        "__name__": property(Hostile.fail), "__hash__": type.__hash__,
        **dict.fromkeys(["__instancecheck__", "__subclasscheck__", "__eq__"],
                        Hostile.fail)})
    return meta("Liar", (Hostile,), {"__class__": list})()


@pytest.mark.parametrize("make, name", [
    (make_liar, "Liar"), (lambda: iter([]), "list_iterator"),
    (lambda: len, "builtin_function_or_method"), (lambda: 1j, "complex"),
    (lambda: b"", "bytes"), (lambda: range(3), "range"),
    (lambda: int, "type"), (frozenset, "frozenset"),
    (lambda: (i for i in ()), "generator")])
def test_other_values_arrive_as_the_name_of_their_type(make, name):
    """They are not looked into, and nothing of theirs is called."""
    assert cross([make()]) == [Unknown(name)]


def test_unknown_values_are_no_tuple_and_no_text():
    """No comparison with a plain value can take one for it."""
    assert Unknown("int") not in (0, "int", ("int",))
    assert not callable(Unknown("int"))


def nest(depth, kind=list):
    """Return containers in containers."""
    value = kind()
    for _ in range(depth):
        value = kind([value])
    return value


@pytest.mark.parametrize("make, reason", [
    (lambda: nest(codec.MAX_DEPTH + 1), "deep"),
    (lambda: nest(100_000), "deep"),
    (lambda: nest(codec.MAX_DEPTH + 1, tuple), "deep"),
    (lambda: {nest(codec.MAX_DEPTH + 1, tuple): 1}, "deep"),
    (lambda: [0] * (codec.MAX_VALUES + 1), "values"),
    (lambda: "x" * (codec.MAX_TEXT + 1), "characters"),
    (lambda: dict.fromkeys(range(codec.MAX_KEYS + 1)), "keys"),
    (lambda: set(range(codec.MAX_KEYS + 1)), "keys"),
    (lambda: 10 ** 5000, "digits"), (lambda: "\udc80", "character"),
    (lambda: {len: 1}, "key"), (lambda: {frozenset(): 1}, "key"),
    (lambda: {(1, (len,)): 1}, "key"), (lambda: {1j}, "set")])
def test_values_beyond_measure_are_refused(make, reason):
    """One error class, and a text that says which measure."""
    with pytest.raises(CodecError, match=reason):
        codec.encode(make())


def test_a_value_may_be_as_large_as_the_limits():
    """The limits themselves are allowed, on both sides."""
    for value in [nest(codec.MAX_DEPTH), "x" * codec.MAX_TEXT,
                  dict.fromkeys(range(codec.MAX_KEYS)),
                  [0] * (codec.MAX_VALUES - 1)]:
        assert cross(value) == value


@pytest.mark.parametrize("message", [
    b"", b"\xff", b"NaN", b"[Infinity]", b"-Infinity", b'{"a":1,"a":1}',
    b"[" * 1_000_000, b'{"a":' * 1_000_000, b"9" * 4_000_000, b"1 2",
    b"\x80\x04K\x01.", b"'a'", "[1]".encode("utf-16"), b"\xef\xbb\xbf1"])
def test_bytes_that_are_no_strict_json_are_refused(message):
    """Whatever arrives, there is one error class."""
    with pytest.raises(CodecError):
        codec.loads(message)


@pytest.mark.parametrize("jsonable", [
    {}, {"a": 1}, {"list": []}, {"tuple": 1}, {"tuple": [], "set": []},
    {"set": [[]]}, {"set": [1, 1]}, {"set": [1, True]}, {"dict": [[1]]},
    {"dict": [[[], 1]]}, {"dict": [[1, 1], [1, 2]]}, {"dict": ["ab"]},
    {"dict": {}}, {"float": "1"}, {"float": 1}, {"type": 1}, {"type": None},
    "\ud800", ["x" * (codec.MAX_TEXT + 1)], nest(codec.MAX_DEPTH + 1),
    {"set": list(range(codec.MAX_KEYS + 1))}, {"type": "\ud800"},
    {"tuple": {"tuple": []}}, (1,), len])
def test_what_encode_never_makes_is_not_decoded(jsonable):
    """No tag, shape or key is trusted."""
    with pytest.raises(CodecError):
        codec.decode(jsonable)


@hypothesis.given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["tuple", "set", "dict", "float", "type", "x"]),
        inner, max_size=2)))
def test_any_json_is_decoded_or_refused(jsonable):
    """Whatever is decoded can be encoded again: it is plain."""
    try:
        value = codec.decode(jsonable)
    except CodecError:
        return
    assert not callable(value)
    hypothesis.assume("type" not in repr(jsonable))
    assert same(cross(value), value)


@hypothesis.given(st.binary())
def test_any_bytes_are_read_or_refused(message):
    """No bytes raise anything else."""
    try:
        codec.decode(codec.loads(message))
    except CodecError:
        pass


def test_the_decoder_does_not_depend_on_the_recursion_limit():
    """Depth is counted, so a low limit of Python's is not reached."""
    limit = sys.getrecursionlimit()
    deep = nest(codec.MAX_DEPTH)
    message = codec.dumps(codec.encode(deep))
    try:
        sys.setrecursionlimit(400)
        assert codec.decode(codec.loads(message)) == deep
    finally:
        sys.setrecursionlimit(limit)
