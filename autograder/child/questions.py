"""Questions of a child to the grader: what would the solution return?

A later function of the homework can so be judged on its own, although an
earlier one is wrong. No code crosses, only the arguments of a call and the
value that it returns.

question   {"ask": "mean_of_points", "args": [[[1], [3]]], "named": {}}
answer     {"value": [2.0]}, or {"error": "ValueError"}
"""
import json
import os

try:
    from . import codec
except ImportError:  # as a script, among its neighbours
    import codec


class Questions:
    """The child's end of the conversation after it was sent a request.

    reply_fd, answer_fd: the file descriptors to write to and to read from
    """

    def __init__(self, reply_fd, answer_fd):
        self.reply_fd = reply_fd
        self.answer_fd = answer_fd
        self.unread = b""

    def ask(self, name, *args, **named):
        """Return what a function of the solution returns.

        Raises:
            ValueError: the solution's function raised an exception
        """
        question = {"ask": name, "args": codec.encode(list(args)),
                    "named": {key: codec.encode(value)
                              for key, value in named.items()}}
        line = codec.dumps(question) + b"\n"
        while line:
            line = line[os.write(self.reply_fd, line):]
        answer = json.loads(self._read_line())
        if "error" in answer:
            raise ValueError(f"{name}: {answer['error']}")
        return codec.decode(answer["value"])

    def _read_line(self):
        while b"\n" not in self.unread:
            chunk = os.read(self.answer_fd, 65536)
            if not chunk:
                raise EOFError("the grader does not answer")
            self.unread += chunk
        line, _, self.unread = self.unread.partition(b"\n")
        return line
