"""The conversation with one child: send a request, receive the reply.

All pipes are served in one loop, so that a large request and a large output
cannot block each other. The loop ends with the reply, the exit of the
child, a timeout or too much output. It never waits for the end of a pipe,
because a grandchild may keep that open. Once the child has sent READY, it
may have loaded submitted code, and nothing it says is trusted. Before its
reply it may ask questions, see answers.py.
"""
import os
import selectors
import time

from ..child.codec import READY
from .answers import Answers, TooManyQuestionsError
from .outcome import Transcript

START_SECONDS = 60   # for the interpreter to start, on a busy machine
EXIT_SECONDS = 0.5   # from the reply to the exit
POLL_SECONDS = 0.02  # how often to check whether the child has ended
WATCH_SECONDS = 0.25  # between two measurements of what is used
CHUNK_BYTES = 65536


class Conversation:
    """The parent's ends of all pipes of one child.

    process: the child, a Popen
    reply_fd, answer_fd: see launch.start
    request: bytes
    limits: Limits
    functions: see Answers
    watch: called now and then; returns why the child has to end, or ""
    """

    def __init__(self, process, reply_fd, answer_fd, request, limits,
                 functions=None, watch=None):
        self.process = process
        self.seconds = limits.seconds
        self.request = bytearray(request)
        self.answers = Answers(functions or {})
        self.answer_fd = answer_fd
        self.unsent = bytearray()
        self.has_asked_too_much = False
        self.received = {"reply": bytearray(), "output": bytearray(),
                         "errors": bytearray()}
        self.max_bytes = {"reply": len(READY) + limits.reply_bytes,
                          "output": limits.output_bytes,
                          "errors": limits.output_bytes}
        self.watch = watch
        self.next_watch = 0.0
        self.has_reply = False
        self.started = None
        self.deadline = time.monotonic() + START_SECONDS
        self.selector = selectors.DefaultSelector()
        os.set_blocking(answer_fd, False)
        self._register(process.stdin, selectors.EVENT_WRITE,
                       self._send_request)
        for name, source in [("reply", reply_fd), ("output", process.stdout),
                             ("errors", process.stderr)]:
            self._register(source, selectors.EVENT_READ,
                           lambda fd, name=name: self._receive(fd, name))

    def _register(self, source, event, serve):
        fd = source if isinstance(source, int) else source.fileno()
        os.set_blocking(fd, False)
        self.selector.register(source, event, serve)

    def listen(self):
        """Send and receive until the conversation is over.

        Returns:
            why it is over: "reply", "exit", "timeout", "flood", "no start",
            or what `watch` returned
        """
        while True:
            self._serve(POLL_SECONDS)
            end = self._end()
            if end:
                return "no start" if self.started is None else end

    def _end(self):
        if self._is_flooded():
            return "flood"
        if self.has_reply:
            self._await_exit()
            return "reply"
        if self.process.poll() is not None:
            self._drain()
            return "reply" if self.has_reply else "exit"
        now = time.monotonic()
        if now > self.deadline:
            return "timeout"
        if self.watch and self.started and now > self.next_watch:
            self.next_watch = now + WATCH_SECONDS
            return self.watch() or None
        return None

    def finish(self, end):
        """Read what is left after all processes were killed.

        Returns:
            the Transcript
        """
        now = time.monotonic()
        self._drain()
        if self._is_flooded():
            end = "flood"
        return Transcript(
            bytes(self.received["reply"]).removesuffix(b"\n"),
            bytes(self.received["output"]), bytes(self.received["errors"]),
            end, self.process.returncode, now - (self.started or now))

    def close(self):
        """Close the parent's ends of the pipes."""
        if self.unsent:
            self.selector.unregister(self.answer_fd)
        for key in list(self.selector.get_map().values()):
            self._close_pipe(key.fileobj)
        self.selector.close()
        os.close(self.answer_fd)

    def _serve(self, timeout):
        events = self.selector.select(timeout)
        for key, _ in events:
            key.data(key.fileobj)
        return events

    def _send_request(self, stdin):
        _write(stdin.fileno(), self.request)
        if not self.request:
            self._close_pipe(stdin)

    def _send_answers(self, fd):
        _write(fd, self.unsent)
        if not self.unsent:
            self.selector.unregister(fd)

    def _receive(self, source, name):
        fd = source if isinstance(source, int) else source.fileno()
        try:
            chunk = os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            return
        self.received[name] += chunk
        if name == "reply" and b"\n" in chunk:
            self._read_lines()
        if not chunk or self._is_flooded():
            self._close_pipe(source)

    def _read_lines(self):
        """Note that the child is ready, answer questions, see the reply."""
        buffer = self.received["reply"]
        while b"\n" in buffer and not self._is_flooded():
            line, _, rest = buffer.partition(b"\n")
            if self.started is None:
                self.started = time.monotonic()
                self.deadline = self.started + self.seconds
            elif not self._answer(line):
                self.has_reply = True
                return
            buffer[:] = rest

    def _answer(self, line):
        """Answer a line if it is a question; return whether it was one."""
        try:
            answer = self.answers.answer(bytes(line))
        except TooManyQuestionsError:
            self.has_asked_too_much = True
            return True
        if answer:
            if not self.unsent:
                self._register(self.answer_fd, selectors.EVENT_WRITE,
                               self._send_answers)
            self.unsent += answer
        return bool(answer)

    def _close_pipe(self, source):
        self.selector.unregister(source)
        if isinstance(source, int):
            os.close(source)
        else:
            source.close()

    def _is_flooded(self):
        return self.has_asked_too_much or any(
            len(self.received[name]) > self.max_bytes[name]
            for name in self.received)

    def _await_exit(self):
        deadline = time.monotonic() + EXIT_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self._serve(0.001)

    def _drain(self):
        """Read what is in the pipes, without waiting for more."""
        while not self._is_flooded() and self.selector.get_map():
            if not self._serve(0):
                return


def _write(fd, unsent):
    """Write as much as fits, and remove it from a bytearray."""
    try:
        sent = os.write(fd, unsent[:CHUNK_BYTES])
    except BlockingIOError:
        return
    except BrokenPipeError:
        sent = len(unsent)
    del unsent[:sent]
