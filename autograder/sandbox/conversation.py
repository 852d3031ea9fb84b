"""The conversation with one child: send a request, receive the reply.

All pipes are served in one loop, so that a large request and a large output
cannot block each other. The loop ends with the reply, the exit of the
child, a timeout or too much output. It never waits for the end of a pipe,
because a grandchild may keep that open. Once the child has sent READY, it
may have loaded submitted code, and nothing it says is trusted.
"""
import os
import selectors
import time

from ..child.codec import READY
from .outcome import Transcript

START_SECONDS = 60   # for the interpreter to start, on a busy machine
EXIT_SECONDS = 0.5   # from the reply to the exit
POLL_SECONDS = 0.02  # how often to check whether the child has ended
CHUNK_BYTES = 65536


class Conversation:
    """The parent's ends of all pipes of one child."""

    def __init__(self, process, reply_fd, request, limits):
        self.process = process
        self.seconds = limits.seconds
        self.unsent = memoryview(request)
        self.received = {"reply": bytearray(), "output": bytearray(),
                         "errors": bytearray()}
        self.max_bytes = {"reply": len(READY) + limits.reply_bytes,
                          "output": limits.output_bytes,
                          "errors": limits.output_bytes}
        self.lines = 0
        self.started = None
        self.deadline = time.monotonic() + START_SECONDS
        self.selector = selectors.DefaultSelector()
        self._register(process.stdin, selectors.EVENT_WRITE, self._send)
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
            why it is over: "reply", "exit", "timeout", "flood" or
            "no start"
        """
        while True:
            self._serve(POLL_SECONDS)
            end = self._end()
            if end:
                return "no start" if self.started is None else end

    def _end(self):
        if self._is_flooded():
            return "flood"
        if self.lines > 1:
            self._await_exit()
            return "reply"
        if self.process.poll() is not None:
            self._drain()
            return "reply" if self.lines > 1 else "exit"
        return "timeout" if time.monotonic() > self.deadline else None

    def finish(self, end):
        """Read what is left after all processes were killed.

        Returns:
            the Transcript
        """
        now = time.monotonic()
        self._drain()
        if self._is_flooded():
            end = "flood"
        reply = bytes(self.received["reply"])[len(READY):]
        return Transcript(
            reply.removesuffix(b"\n"), bytes(self.received["output"]),
            bytes(self.received["errors"]), end, self.process.returncode,
            now - (self.started or now))

    def close(self):
        """Close the parent's ends of the pipes."""
        for key in list(self.selector.get_map().values()):
            self._close_pipe(key.fileobj)
        self.selector.close()

    def _serve(self, timeout):
        events = self.selector.select(timeout)
        for key, _ in events:
            key.data(key.fileobj)
        return events

    def _send(self, stdin):
        try:
            sent = os.write(stdin.fileno(), self.unsent[:CHUNK_BYTES])
        except BlockingIOError:
            return
        except BrokenPipeError:
            sent = len(self.unsent)
        self.unsent = self.unsent[sent:]
        if not self.unsent:
            self._close_pipe(stdin)

    def _receive(self, source, name):
        fd = source if isinstance(source, int) else source.fileno()
        try:
            chunk = os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            return
        self.received[name] += chunk
        if name == "reply":
            self.lines += chunk.count(b"\n")
            self._note_start()
        if not chunk or self._is_flooded():
            self._close_pipe(source)

    def _note_start(self):
        """Start the clock once the child is ready."""
        if self.started is None and self.lines:
            self.started = time.monotonic()
            self.deadline = self.started + self.seconds

    def _close_pipe(self, source):
        self.selector.unregister(source)
        if isinstance(source, int):
            os.close(source)
        else:
            source.close()

    def _is_flooded(self):
        return any(len(self.received[name]) > self.max_bytes[name]
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
