"""The limits and the result of one check.

The reply of a child is a claim, not a fact. This module parses it without
trust and turns it into a record of plain values.

transcript   everything that a child wrote     Transcript(...)
outcome      what the parent concludes from it  Outcome(kind="value", ...)
"""
import dataclasses
import math
import re
import signal

from ..child import codec

MEBIBYTE = 1024 * 1024
RESERVE_BYTES = 64 * MEBIBYTE
MAX_TEXT = 2000   # characters of output that an outcome keeps

# control characters except newline and tab; changes of writing direction
CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"

# What a child can claim; the parent itself observes the other kinds.
CLAIMS = ("exception", "syntax", "missing file", "missing function", "exit",
          "memory", "cannot encode")


class SandboxError(Exception):
    """The sandbox does not work, so nothing may be graded. For staff."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """The resources that one check may use.

    seconds: wall-clock time from the moment the submission is loaded
    cpu_seconds: processor time; default: slightly more than seconds
    memory_bytes: address space per process
    file_bytes: size of each file that is written
    processes: number at the same time, including threads
    open_files: number at the same time, per process
    reply_bytes: length of the reply
    output_bytes: length of standard output, and of standard error
    total_memory_bytes: of all processes and files of the check together
    total_file_bytes: of all files together
    total_files: number of files and folders
    """
    seconds: float = 10.0
    cpu_seconds: int | None = None
    memory_bytes: int = 512 * MEBIBYTE
    file_bytes: int = MEBIBYTE
    processes: int = 16
    open_files: int = 64
    reply_bytes: int = 4 * MEBIBYTE
    output_bytes: int = 64 * 1024
    total_memory_bytes: int = 640 * MEBIBYTE
    total_file_bytes: int = 64 * MEBIBYTE
    total_files: int = 4000

    def resources(self):
        """Return the limits that the system enforces, name -> (soft, hard).

        At the soft limit of processor time the child gets a signal that
        distinguishes a timeout from a crash. At the soft limit of memory
        it has a reserve left, to say that it ran out of memory.
        """
        cpu_seconds = self.cpu_seconds or math.ceil(self.seconds) + 2
        same = {"RLIMIT_FSIZE": self.file_bytes,
                "RLIMIT_NPROC": self.processes,
                "RLIMIT_NOFILE": self.open_files,
                "RLIMIT_CORE": 0}
        return {"RLIMIT_CPU": (cpu_seconds, cpu_seconds + 1),
                "RLIMIT_AS": (self.memory_bytes,
                              self.memory_bytes + RESERVE_BYTES),
                **{name: (limit, limit) for name, limit in same.items()}}


@dataclasses.dataclass
class Transcript:
    """Everything that a child wrote, and how it ended.

    reply, output, errors: bytes
    end: "reply", "exit", "timeout", "flood", or "no start" if it ended
        before it loaded anything submitted
    status: exit status, negative for a signal
    seconds: wall-clock time from the start signal to the end
    has_run_out: whether the system ended a process for lack of memory
    """
    reply: bytes
    output: bytes
    errors: bytes
    end: str
    status: int
    seconds: float
    has_run_out: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of one check.

    kind: "value" if it succeeded; what the child claims went wrong:
        "exception", "syntax", "missing file", "missing function", "exit",
        "memory", "cannot encode"; what the parent observed: "timeout",
        "crash" (ended by a signal), "exit" (ended without a reply),
        "flood" (too much output), "files" (too many or too large files),
        "memory" (all processes together), "unreadable" (a malformed reply)
    value, args: for a call, the returned value, and the arguments after
        the call; for "inspect" and "style", the findings
    returns_argument: whether the value is, or holds, a list that was given;
        as the child claims
    error_class, message: name and text of the exception
    file, line, text, function: the place in the submission
    output, errors: the first 2000 characters written to each
    seconds: wall-clock time
    files: (path, bytes) of the files that were left in the work folder
    """
    kind: str
    value: object = None
    args: tuple = ()
    returns_argument: bool = False
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


def conclude(transcript, args, files):
    """Return the outcome of a check.

    Arguments:
        transcript: the Transcript of a child that did start
        args: the arguments that were sent, a tuple
        files: (path, bytes) of the files that are left
    """
    if transcript.end == "reply":
        findings = _read_reply(transcript.reply, args)
    else:
        findings = _read_end(transcript)
    return Outcome(**findings, output=clean(transcript.output, MAX_TEXT),
                   errors=clean(transcript.errors, MAX_TEXT),
                   seconds=transcript.seconds, files=files)


def clean(text, max_characters):
    """Return text without anything that controls a terminal.

    Arguments:
        text: bytes or a string
        max_characters: how many characters to keep

    >>> clean(b"a\\x00b\\xff", 10)
    'ab\\ufffd'
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "replace")
    text = text[:4 * max_characters].decode("utf-8", "replace")
    return re.sub(CONTROL, "", text)[:max_characters]


def _read_end(transcript):
    """Return the findings about a child that gave no reply."""
    if transcript.end != "exit":
        return {"kind": transcript.end}
    status = transcript.status
    if status == -signal.SIGXCPU:
        return {"kind": "timeout"}
    if transcript.has_run_out or (
            status and b"MemoryError" in transcript.errors[-MAX_TEXT:]):
        return {"kind": "memory"}
    if status >= 0:
        return {"kind": "exit", "message": f"ended with exit status {status}"}
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return {"kind": "crash", "message": f"ended by {name}"}


def _read_reply(reply, args):
    """Return the findings in a reply, which may be arbitrary bytes."""
    try:
        claims = codec.loads(reply)
        if type(claims) is not dict:
            raise codec.CodecError("not an object")
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
            raise codec.CodecError("arguments that are not a list")
    return {"kind": "value", "value": codec.decode(claims.get("value")),
            "args": tuple(after),
            "returns_argument": claims.get("returns_argument") is True}


def _read_failure(claims):
    if claims.get("kind") not in CLAIMS:
        raise codec.CodecError("an unknown kind of failure")
    line = claims.get("line")
    texts = {name: clean(claims[name], 500)
             for name in ("message", "file", "text", "function")
             if isinstance(claims.get(name), str)}
    error_class = claims.get("class")
    if isinstance(error_class, str):
        texts["error_class"] = clean(error_class, 100)
    return {"kind": claims["kind"], **texts,
            "line": line if type(line) is int and line > 0 else None}
