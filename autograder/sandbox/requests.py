"""What a child can be asked to do, see ACTIONS in child/runner.py."""
from ..child import codec


def call(module, function, args, replaces_module=False):
    """Return the request to call a function.

    Arguments:
        module, function: their names
        args: a list of plain values
        replaces_module: whether stand-ins take the place of the whole
            module kmeans, so that it is not imported
    Raises:
        codec.CodecError: the arguments are not plain
    """
    return {"do": "call", "module": module, "function": function,
            "args": codec.encode(args), "replaces_module": replaces_module}
