"""What can be found out about a submitted file without running it.

Runs in the child, because a hostile file can crash a parser, too.

source    the bytes of a file                 b"print(1)"
tree      the syntax tree of a file           ast.Module
"""
import ast
import io
import linecache
import os
import tokenize

MAX_ENTRIES = 200    # in each list that is returned
HEADER_LINES = 40
STYLE = ["--isolated", "--disable-noqa", "--jobs", "1",
         "--max-line-length", "79"]


def compile_file(path, flags=0):
    """Compile a Python file, or parse it with flags=ast.PyCF_ONLY_AST.

    Raises:
        SyntaxError: the file cannot be parsed, for whatever reason; has
            the line number if there is one
    """
    with open(path, "rb") as file:
        source = file.read()
    _check_text(source, path)
    try:
        return compile(source, path, "exec", flags, dont_inherit=True)
    except (ValueError, MemoryError, RecursionError) as error:
        reason = f"too complicated to be read ({type(error).__name__})"
        raise SyntaxError(reason, (path, None, None, None)) from None


def inspect_file(path):
    """Return what is known about a Python file, as plain data.

    functions   [{"name", "args", "docstring", "line"}], top level only
    calls       [{"name", "line", "text"}]: calls that are made at import
    prints      [{"function", "line", "text"}]: prints in functions
    header      the first 40 lines
    syntax      None, or {"line", "text", "message"} of the syntax error;
                then only the header is known
    """
    with open(path, "rb") as file:
        text = file.read().decode("utf-8-sig", "replace")
    lines = text.splitlines()
    found = {"functions": [], "calls": [], "prints": [], "syntax": None,
             "header": [line[:200] for line in lines[:HEADER_LINES]]}
    try:
        tree = compile_file(path, ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        return found | {"syntax": describe_syntax(error)}
    return found | {"functions": _functions(tree)[:MAX_ENTRIES],
                    "calls": _calls_at_import(tree, lines)[:MAX_ENTRIES],
                    "prints": _prints(tree, lines)[:MAX_ENTRIES]}


def describe_syntax(error):
    """Return {"line", "text", "message"} of a SyntaxError."""
    line = error.lineno if isinstance(error.lineno, int) else None
    text = error.text if isinstance(error.text, str) else ""
    return {"line": line, "text": text.strip()[:200],
            "message": str(error.msg)[:500]}


def check_style(paths):
    """Run flake8, ignoring configuration and `noqa` in the submission.

    Returns:
        a list of [file name, line, column, code, text, source], max 200,
        where source is the line without the spaces around it
    Raises:
        ImportError: flake8 is not installed for this Python
    """
    from flake8.main.cli import main
    report = "style.txt"
    main([*STYLE, "--format", "%(path)s\t%(row)d\t%(col)d\t%(code)s\t%(text)s",
          "--output-file", report, *paths])
    with open(report, encoding="utf-8", errors="replace") as file:
        rows = [line.rstrip("\n").split("\t", 4) for line in file]
    os.remove(report)
    return [[os.path.basename(path), int(line), int(column), code, text[:200],
             linecache.getline(path, int(line)).strip()[:500]]
            for path, line, column, code, text in rows[:MAX_ENTRIES]]


def _check_text(source, path):
    """Raise SyntaxError with a line number where Python gives none."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        source.decode(encoding)
        position = source.index(b"\0")
        reason = "a NUL byte: save the file as plain text (UTF-8)"
    except SyntaxError as error:
        position, reason = 0, f"{error.msg}: save the file as UTF-8"
    except UnicodeDecodeError as error:
        position = error.start
        reason = (f"byte {source[position]:#04x} is not {encoding}: save "
                  "the file as UTF-8")
    except ValueError:  # there is no NUL byte
        return
    line = source.count(b"\n", 0, position) + 1
    raise SyntaxError(reason, (path, line, None, None))


def _functions(tree):
    return [{"name": node.name, "args": _argument_names(node.args),
             "docstring": ast.get_docstring(node) is not None,
             "line": node.lineno}
            for node in tree.body if _is_function(node)]


def _argument_names(args):
    every = args.posonlyargs + args.args + args.kwonlyargs
    return [arg.arg for arg in every]


def _is_function(node):
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))


def _calls_at_import(tree, lines):
    return [_place(call, lines, "name", _name(call.func))
            for statement in _statements_at_import(tree.body)
            for call in ast.walk(statement) if isinstance(call, ast.Call)]


def _statements_at_import(body):
    """Yield the statements, except definitions, that run at import."""
    for node in body:
        if _is_main_guard(node):
            yield from _statements_at_import(node.orelse)
        elif not (_is_function(node) or isinstance(node, ast.ClassDef)):
            yield node


def _is_main_guard(node):
    """Return whether a statement is `if __name__ == "__main__":`."""
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)
            and isinstance(node.test.ops[0], ast.Eq)):
        return False
    sides = [node.test.left, *node.test.comparators]
    return (any(_name(side) == "__name__" for side in sides) and any(
        isinstance(side, ast.Constant) and side.value == "__main__"
        for side in sides))


def _prints(tree, lines):
    return [_place(call, lines, "function", function.name)
            for function in tree.body if _is_function(function)
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and _name(call.func) == "print"]


def _place(node, lines, key, name):
    return {key: name, "line": node.lineno,
            "text": lines[node.lineno - 1].strip()[:200]}


def _name(node):
    """Return the dotted name that an expression is, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return ""
