"""What a check may use, and what came of it.

The reply of a child is a claim, not a fact: here it is read with care and
becomes a record of plain values.

heard     all that was heard from a child        Heard(...)
outcome   what a check concludes from it         Outcome(kind="value", ...)
"""
import dataclasses
import math
import re
import signal

from ..child import codec

MEBIBYTE = 1024 * 1024
MOST_TEXT = 2000   # characters of output that an outcome keeps

# all but new line and tab; and what changes the direction of writing
CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"

# What a child can say of itself; the other kinds are the parent's findings.
CLAIMS = ("exception", "syntax", "missing file", "missing function", "exit",
          "memory", "cannot encode")


class SandboxError(Exception):
    """The sandbox itself does not work: nothing may be graded. For staff."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one check may use.

    seconds: of the clock, from the moment the submission is loaded
    cpu_seconds: of processor time; None for a little more than seconds
    memory_bytes: address space of each process
    file_bytes: size of each file that is written
    processes: at the same time, threads included
    open_files: at the same time, in each process
    reply_bytes: length of the reply
    output_bytes: of standard output, and of standard error
    """
    seconds: float = 10.0
    cpu_seconds: int | None = None
    memory_bytes: int = 512 * MEBIBYTE
    file_bytes: int = MEBIBYTE
    processes: int = 16
    open_files: int = 64
    reply_bytes: int = 4 * MEBIBYTE
    output_bytes: int = 64 * 1024

    def resources(self):
        """Returns the limits that the system keeps, name -> (soft, hard).

        Only for processor time do they differ: at the soft limit the child
        gets a signal that tells a timeout from a crash.
        """
        cpu_seconds = self.cpu_seconds or math.ceil(self.seconds) + 2
        same = {"RLIMIT_AS": self.memory_bytes,
                "RLIMIT_FSIZE": self.file_bytes,
                "RLIMIT_NPROC": self.processes,
                "RLIMIT_NOFILE": self.open_files,
                "RLIMIT_CORE": 0}
        return {"RLIMIT_CPU": (cpu_seconds, cpu_seconds + 1),
                **{name: (limit, limit) for name, limit in same.items()}}


@dataclasses.dataclass
class Heard:
    """All that was heard from a child.

    end: "reply", "exit", "timeout", "flood", or "no start" when nothing
        submitted was loaded yet
    status: exit status, negative for a signal
    """
    reply: bytes
    output: bytes
    errors: bytes
    end: str
    status: int
    seconds: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of one check.

    kind: "value" if all went well; what the child says went wrong:
        "exception", "syntax", "missing file", "missing function", "exit",
        "memory", "cannot encode"; what the parent saw: "timeout", "crash"
        (ended by a signal), "exit" (ended without a reply), "flood" (too
        much output), "unreadable" (no reply in the agreed form)
    value, args: for a call, what was returned, and the arguments as they
        are after it; for "inspect" and "style", what was found
    error_class, message: name and text of the exception
    file, line, text, function: where in the submission it happened
    output, errors: the first 2000 characters written to each
    files: (path, bytes) of the files that were left in the work folder
    """
    kind: str
    value: object = None
    args: tuple = ()
    error_class: str = ""
    message: str = ""
    file: str = ""
    line: int | None = None
    text: str = ""
    function: str = ""
    output: str = ""
    errors: str = ""
    seconds: float = 0.0
    files: tuple = ()


def conclude(heard, args, files):
    """Returns the outcome of what was heard.

    Arguments:
        heard: all that was heard from a child that did start
        args: the arguments that were sent, a tuple
        files: (path, bytes) of the files that are left
    """
    if heard.end == "reply":
        findings = _read_reply(heard.reply, args)
    else:
        findings = _read_end(heard)
    return Outcome(**findings, output=clean(heard.output, MOST_TEXT),
                   errors=clean(heard.errors, MOST_TEXT),
                   seconds=heard.seconds, files=files)


def clean(text, most):
    """Returns text that can be shown: nothing in it controls a terminal.

    Arguments:
        text: bytes or a string
        most: how many characters to keep

    >>> clean(b"a\\x00b\\xff", 10)
    'ab\\ufffd'
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    text = text[:4 * most].decode("utf-8", "replace")
    return re.sub(CONTROL, "", text)[:most]


def _read_end(heard):
    """Returns the findings about a child that gave no reply."""
    if heard.end != "exit":
        return {"kind": heard.end}
    if heard.status >= 0:
        return {"kind": "exit",
                "message": f"ended with exit status {heard.status}"}
    if heard.status == -signal.SIGXCPU:
        return {"kind": "timeout"}
    try:
        name = signal.Signals(-heard.status).name
    except ValueError:
        name = f"signal {-heard.status}"
    return {"kind": "crash", "message": f"ended by {name}"}


def _read_reply(reply, args):
    """Returns the findings in a reply; it may be any bytes at all."""
    try:
        claims = codec.loads(reply)
        if type(claims) is not dict:
            raise codec.CodecError("no object")
        if claims.get("ok") is True:
            return _read_success(claims, args)
        return _read_failure(claims)
    except codec.CodecError as error:
        return {"kind": "unreadable", "message": str(error)}


def _read_success(claims, args):
    after = args
    if "args" in claims:
        after = codec.decode(claims["args"])
        if type(after) is not list:
            raise codec.CodecError("arguments that are no list")
    return {"kind": "value", "value": codec.decode(claims.get("value")),
            "args": tuple(after)}


def _read_failure(claims):
    if claims.get("kind") not in CLAIMS:
        raise codec.CodecError("a kind of failure that does not exist")
    line = claims.get("line")
    texts = {name: clean(claims[name], 500)
             for name in ("message", "file", "text", "function")
             if isinstance(claims.get(name), str)}
    error_class = claims.get("class")
    if isinstance(error_class, str):
        texts["error_class"] = clean(error_class, 100)
    return {"kind": claims["kind"], **texts,
            "line": line if type(line) is int and line > 0 else None}
