"""Values across the boundary between grader and child, as plain JSON.

Only data crosses, never an object. Numbers, strings and lists are plain
JSON; any other type is a JSON object with one key, its tag:

(1, 2)          {"tuple": [1, 2]}
{3}             {"set": [3]}
{"a": [0.5]}    {"dict": [["a", [0.5]]]}
float("nan")    {"float": "nan"}
a generator     {"type": "generator"}, which arrives as Unknown("generator")

A value of a subclass (a defaultdict, a numpy float64) crosses as the
built-in that it holds. None of its own methods is called.
"""
import itertools
import json
import math

READY = b"ready\n"     # what a child sends before it loads submitted code
MAX_DEPTH = 50         # containers within containers
MAX_VALUES = 1_000_000  # in one message, including containers
MAX_KEYS = 1000        # in one dictionary or set, because hashes can collide
MAX_TEXT = 100_000     # characters
MAX_DIGITS = 1000      # of an integer


class CodecError(ValueError):
    """A value or message that may not cross. The text says why."""


class Unknown:
    """A placeholder for a value that cannot cross.

    type: the name of the value's type, a string

    >>> decode(encode([1, iter([])]))
    [1, Unknown('list_iterator')]
    """

    def __init__(self, type):
        self.type = type

    def __repr__(self):
        return f"Unknown({self.type!r})"

    def __eq__(self, other):
        return isinstance(other, Unknown) and self.type == other.type

    def __hash__(self):
        return hash(self.type)


def encode(value):
    """Convert a value to what JSON can represent.

    Raises:
        CodecError: the value is nested too deeply or is too large, or a
            dictionary key or set element is not a plain value

    >>> encode({"a": (1, float("inf"))})
    {'dict': [['a', {'tuple': [1, {'float': 'inf'}]}]]}
    """
    return _encode(value, 0, itertools.count(1))


def decode(jsonable):
    """Convert the output of `encode` back to plain values of exact types.

    Raises:
        CodecError: `encode` cannot have produced this

    >>> decode({"dict": [["a", {"tuple": [1, {"float": "inf"}]}]]})
    {'a': (1, inf)}
    """
    return _decode(jsonable, 0, itertools.count(1))


def dumps(jsonable):
    """Return one line of JSON as bytes, without the newline."""
    return json.dumps(jsonable, separators=(",", ":"),
                      allow_nan=False).encode("ascii")


def loads(message):
    """Parse one line of JSON; the bytes may be anything.

    Raises:
        CodecError: it is not strict JSON, or an object repeats a key
    """
    try:
        return json.loads(message.decode("utf-8"), parse_int=_parse_int,
                          parse_constant=_refuse_constant,
                          object_pairs_hook=_unique_keys)
    except CodecError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodecError(f"not JSON: {type(error).__name__}") from None


def type_name(value):
    """Return the name of a value's type, ignoring what its class claims."""
    return type.__dict__["__name__"].__get__(type(value))[:100]


# --- encode: one function per type, calling methods of the built-in only --

def _encode(value, depth, count):
    _check_size(depth, count)
    for kind, encoder in _ENCODERS:
        if issubclass(type(value), kind):
            return encoder(value, depth + 1, count)
    return {"type": _clean(type_name(value))}


def _encode_float(value, depth, count):
    number = float.__float__(value)
    return number if math.isfinite(number) else {"float": repr(number)}


def _encode_as_is(value, depth, count):
    return value


def _encode_int(value, depth, count):
    number = int.__int__(value)
    # a digit takes more than 3 bits, so this is short enough to parse again
    if number.bit_length() > MAX_DIGITS * 3:
        raise CodecError(f"an integer has more than {MAX_DIGITS} digits")
    return number


def _encode_str(value, depth, count):
    return _check_text(str.__str__(value))


def _encode_list(value, depth, count):
    return [_encode(item, depth, count) for item in list.__iter__(value)]


def _encode_tuple(value, depth, count):
    items = tuple.__iter__(value)
    return {"tuple": [_encode(item, depth, count) for item in items]}


def _encode_set(value, depth, count):
    _check_keys(set.__len__(value))
    items = set.__iter__(value)
    return {"set": [_encode_key(item, depth, count) for item in items]}


def _encode_dict(value, depth, count):
    _check_keys(dict.__len__(value))
    return {"dict": [
        [_encode_key(key, depth, count), _encode(item, depth, count)]
        for key, item in dict.items(value)]}


def _encode_key(value, depth, count):
    if not _is_plain_key(value, depth):
        raise CodecError(f"a {type_name(value)} is used as a key or in a set")
    return _encode(value, depth, count)


def _is_plain_key(value, depth):
    if issubclass(type(value), tuple):
        return depth > MAX_DEPTH or all(_is_plain_key(item, depth + 1)
                                        for item in tuple.__iter__(value))
    return issubclass(type(value), (str, int, float, type(None)))


_ENCODERS = [
    (float, _encode_float), (bool, _encode_as_is), (int, _encode_int),
    (list, _encode_list), (str, _encode_str), (dict, _encode_dict),
    (tuple, _encode_tuple), (set, _encode_set), (type(None), _encode_as_is)]


# --- decode: the input is untrusted ------------------------------------

def _decode(jsonable, depth, count):
    _check_size(depth, count)
    kind = type(jsonable)
    if kind is list:
        return [_decode(item, depth + 1, count) for item in jsonable]
    if kind is dict:
        return _decode_tagged(jsonable, depth + 1, count)
    if kind is str:
        return _check_text(jsonable)
    if kind in (float, int, bool, type(None)):
        return jsonable
    raise CodecError(f"JSON has no {kind.__name__}")


def _decode_tagged(jsonable, depth, count):
    if len(jsonable) != 1:
        raise CodecError(f"{len(jsonable)} tags instead of 1")
    [(tag, content)] = jsonable.items()
    if tag not in _DECODERS:
        raise CodecError("a tag that does not exist")
    kind, decoder = _DECODERS[tag]
    if type(content) is not kind:
        raise CodecError(f"the content of tag {tag} is not a {kind.__name__}")
    return decoder(content, depth, count)


def _decode_tuple(content, depth, count):
    return tuple(_decode(item, depth, count) for item in content)


def _decode_set(content, depth, count):
    items = [_decode(item, depth, count) for item in content]
    return _without_clash(set, items, items)


def _decode_dict(content, depth, count):
    if any(type(pair) is not list or len(pair) != 2 for pair in content):
        raise CodecError("a dictionary whose entries are not pairs")
    pairs = [(_decode(key, depth, count), _decode(item, depth, count))
             for key, item in content]
    return _without_clash(dict, pairs, [key for key, _ in pairs])


def _decode_float(content, depth, count):
    if content not in ("nan", "inf", "-inf"):
        raise CodecError("a tagged float that is not nan or infinite")
    return float(content)


def _decode_unknown(content, depth, count):
    return Unknown(_check_text(content)[:100])


def _without_clash(kind, items, keys):
    _check_keys(len(keys))
    try:
        result = kind(items)
    except TypeError:
        raise CodecError("a key that is not hashable") from None
    if len(result) != len(keys):
        raise CodecError("a key occurs twice")
    return result


_DECODERS = {"tuple": (list, _decode_tuple), "set": (list, _decode_set),
             "dict": (list, _decode_dict), "float": (str, _decode_float),
             "type": (str, _decode_unknown)}


# --- limits that both directions share ---------------------------------

def _check_size(depth, count):
    if depth > MAX_DEPTH:
        raise CodecError(f"nested more than {MAX_DEPTH} deep")
    if next(count) > MAX_VALUES:
        raise CodecError(f"more than {MAX_VALUES} values")


def _check_keys(number):
    if number > MAX_KEYS:
        raise CodecError(f"{number} keys, which is more than {MAX_KEYS}")


def _check_text(text):
    if len(text) > MAX_TEXT:
        raise CodecError(f"a text has more than {MAX_TEXT} characters")
    if _clean(text) != text:
        raise CodecError("a text contains half a character (a surrogate)")
    return text


def _clean(text):
    return text.encode("utf-8", "replace").decode("utf-8")


def _parse_int(digits):
    if len(digits) > MAX_DIGITS:
        raise CodecError(f"an integer has more than {MAX_DIGITS} digits")
    return int(digits)


def _refuse_constant(name):
    raise CodecError(f"{name} is not JSON")


def _unique_keys(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise CodecError("an object repeats a key")
    return result
