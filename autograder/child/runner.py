"""The child: performs one request on submitted code and replies.

1. read      the request, one line of JSON, from standard input
2. confine   limits, no_new_privs, system call filter; then send READY
3. perform   load the submitted module and do what the request says
4. reply     one line of JSON on the pipe whose number is the argument

Submitted code can forge whatever is written after READY, and the grader
does not trust it.

request   what to do, see ACTIONS      {"do": "import", "module": "kmeans"}
reply     the result                   {"ok": true, "value": 2.5}
"""
import functools
import importlib
import importlib.util
import json
import linecache
import os
import sys
import traceback
import types
from importlib.machinery import SourceFileLoader

try:
    from . import codec, confine, static_analysis
    from .questions import Questions
except ImportError:  # as a script, among its neighbours
    import codec
    import confine
    import static_analysis
    from questions import Questions

MODULES = ("kmeans", "analysis")  # found in the submission, nowhere else


class Failure(Exception):
    """A request that cannot be performed, with a kind and a message."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# --- Finding submitted code --------------------------------------------

class SubmissionFinder:
    """An import hook for the submitted modules, before all others."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        """Return the spec of a submitted module, None for all others."""
        path = os.path.join(self.folder, f"{name}.py")
        if name in MODULES and os.path.exists(path):
            return importlib.util.spec_from_file_location(
                name, path, loader=SourceOnlyLoader(name, path))


class SourceOnlyLoader(SourceFileLoader):
    """A loader that ignores bytecode, which may differ from the source."""

    def get_code(self, fullname):
        """Return the compiled source."""
        return static_analysis.compile_file(self.path)


def set_import_path(helpers, submission):
    """Make the helpers importable first and submitted modules last.

    A submitted random.py therefore does not shadow the standard library.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [helpers, *(path for path in sys.path if path != here),
                   submission]
    sys.meta_path.insert(0, SubmissionFinder(submission))


def submitted_path(folder, name):
    """Return the path of a submitted file, or raise Failure."""
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        raise Failure("missing file", f"{name} was not submitted")
    return path


def load(request):
    """Import the module that the request names and return it."""
    name = request["module"]
    submitted_path(request["submission"], f"{name}.py")
    stand_ins = request.get("stand_ins", [])
    if request.get("replaces_module"):
        sys.modules["kmeans"] = types.ModuleType("kmeans")
        put_stand_ins(sys.modules["kmeans"], stand_ins, request["ask"])
    module = importlib.import_module(name)
    put_stand_ins(module, stand_ins, request["ask"])
    if "kmeans" in sys.modules:
        put_stand_ins(sys.modules["kmeans"], stand_ins, request["ask"])
    return module


def put_stand_ins(module, names, ask):
    """Put functions that ask the grader in the place of submitted ones."""
    for name in names:
        setattr(module, name, functools.partial(ask, name))


# --- Actions -----------------------------------------------------------

def do_import(request):
    """Import a module."""
    load(request)
    return {}


def do_call(request):
    """Call a function of a module."""
    module = load(request)
    function = find_function(module, request["function"])
    args = codec.decode(request["args"])
    value = function(*args)
    reply = {"value": codec.encode(value),
             "returns_argument": returns_argument(value, args)}
    after = codec.encode(args)
    # compared as JSON, where 1 and 1.0 and True differ
    if codec.dumps(after) != codec.dumps(request["args"]):
        reply["args"] = after
    return reply


def returns_argument(value, args):
    """Return whether a result is, or holds, a list that was given.

    >>> point = [1, 2]
    >>> returns_argument(point, [[point]]), returns_argument([1, 2], [[point]])
    (True, False)
    """
    inner = [item for arg in args for item in contents(arg)]
    return is_one_of(value, [*args, *inner]) or any(
        is_one_of(item, args) for item in contents(value))


def contents(value):
    """Return what a list or the values of a dictionary hold."""
    if type(value) is dict:
        return list(value.values())
    return value if type(value) is list else []


def is_one_of(value, others):
    """Return whether a list or dictionary is the same object as another."""
    return type(value) in (list, dict) and any(
        value is other for other in others)


def do_run(request):
    """Run a file as `python FILE ARGUMENTS` would."""
    path = submitted_path(request["submission"], request["script"])
    code = static_analysis.compile_file(path)
    sys.argv = [request["script"], *request.get("argv", [])]
    sys.modules["__main__"] = main_module = types.ModuleType("__main__")
    main_module.__file__ = path
    try:
        exec(code, vars(main_module))
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    return {}


def do_inspect(request):
    """Analyse a module without running it."""
    path = submitted_path(request["submission"], f"{request['module']}.py")
    return {"value": codec.encode(static_analysis.inspect_file(path))}


def do_style(request):
    """Check the style of modules."""
    paths = [submitted_path(request["submission"], f"{name}.py")
             for name in request["modules"]]
    return {"value": codec.encode(static_analysis.check_style(paths))}


ACTIONS = {"import": do_import, "call": do_call, "run": do_run,
           "inspect": do_inspect, "style": do_style}


def find_function(module, name):
    """Return a function of the submitted module, or raise Failure."""
    where = f"{module.__name__}.py"
    if not hasattr(module, name):
        raise Failure("missing function", f"{where} has no function {name}")
    function = getattr(module, name)
    if not callable(function):
        raise Failure("missing function", f"{name} in {where} is not a "
                      f"function but a {codec.type_name(function)}")
    return function


# --- The reply ---------------------------------------------------------

def perform(request):
    """Perform the request and return the reply; never raise."""
    try:
        return {"ok": True, **ACTIONS[request["do"]](request)}
    except BaseException as error:
        confine.use_reserve("RLIMIT_AS")
        return {"ok": False, **describe(error, request["submission"])}


def describe(error, folder):
    """Return a description of an error and its place in the submission."""
    if isinstance(error, (Failure, codec.CodecError)):
        return {"kind": kind_of(error), "message": message_of(error)}
    if isinstance(error, SyntaxError) and is_in(error.filename, folder):
        return {"kind": "syntax", "class": codec.type_name(error),
                "file": os.path.basename(error.filename),
                **static_analysis.describe_syntax(error)}
    place = {"file": "", "line": None, "text": "", "function": ""}
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if is_in(path, folder):
            place = {"file": os.path.basename(path), "line": line,
                     "text": linecache.getline(path, line).strip()[:200],
                     "function": frame.f_code.co_name}
    return {"kind": kind_of(error), "class": codec.type_name(error),
            "message": message_of(error), **place}


def is_in(path, folder):
    """Return whether a path (which may not be a string) is in a folder."""
    return isinstance(path, str) and path.startswith(folder + os.sep)


def kind_of(error):
    """Return the kind of failure that an exception is."""
    if isinstance(error, Failure):
        return error.kind
    kinds = [(SystemExit, "exit"), (MemoryError, "memory"),
             (codec.CodecError, "cannot encode")]
    return next((kind for base, kind in kinds if isinstance(error, base)),
                "exception")


def message_of(error):
    """Return the text of an exception, or "" if that raises."""
    try:
        return str.__str__(str(error))[:500]
    except BaseException:
        return ""


def send(reply_fd, reply, max_bytes):
    """Write a reply as one line, or a failure if it is too long."""
    line = codec.dumps(reply) + b"\n"
    if len(line) > max_bytes:
        message = f"the reply has {len(line)} bytes, more than {max_bytes}"
        line = codec.dumps({"ok": False, "kind": "cannot encode",
                            "message": message}) + b"\n"
    while line:
        line = line[os.write(reply_fd, line):]


def main():
    """Answer the one request on standard input."""
    reply_fd, answer_fd = map(int, sys.argv[1:])
    request = json.loads(sys.stdin.buffer.read())
    confine.confine(request["limits"], request["paths"], request["filter"])
    set_import_path(request["helpers"], request["submission"])
    request["ask"] = Questions(reply_fd, answer_fd).ask
    os.write(reply_fd, codec.READY)
    send(reply_fd, perform(request), request["reply_bytes"])
    # do not run the submission's atexit functions or wait for its threads
    os._exit(0)


if __name__ == "__main__":
    main()
