"""A web server on this machine that serves files well or badly.

The first folder in the address says how: BASE/good/, BASE/cut/ ...
"""
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import re
import threading

CUT = 20_000  # bytes, after which a connection breaks


class Mirror(ThreadingHTTPServer):
    """Serves `files`, name -> bytes, and remembers what was asked for."""

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked = files, []
        self.over = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,)).start()

    def address(self, manner):
        """The address of a folder whose files are served in this manner."""
        return f"http://127.0.0.1:{self.server_port}/{manner}/"

    def close(self):
        """Stops, and lets go who was kept waiting."""
        self.over.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers in the manner that the address asks for."""

    def do_GET(self):
        """Looks for the file and calls the method named by the address."""
        manner, name = self.path.strip("/").split("/")
        span = self.headers["Range"]
        self.server.asked.append((manner, name, span))
        start = int(re.fullmatch(r"bytes=(\d+)-", span)[1]) if span else 0
        data = self.server.files.get(name)
        getattr(self, "missing" if data is None else manner)(data, start)

    def log_message(self, *_):
        """Keeps quiet."""

    def head(self, status, length=None, **more):
        """Sends the head of an answer."""
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def begin(self, data, start, more=0):
        """Sends the head for the bytes from `start`, and returns them."""
        self.head(206 if start else 200, len(data) - start + more)
        return data[start:]

    def good(self, data, start):
        """All bytes, or those asked for."""
        if start >= len(data):
            self.head(416, 0)
        else:
            self.wfile.write(self.begin(data, start))

    def no_range(self, data, start):
        """Always all bytes."""
        self.wfile.write(self.begin(data, 0))

    def no_length(self, data, start):
        """All bytes, until the connection ends."""
        self.head(200)
        self.wfile.write(data)

    def cut(self, data, start):
        """Fewer bytes than announced."""
        self.wfile.write(self.begin(data, start)[:CUT])

    def too_long(self, data, start):
        """Announces ten bytes more than there are."""
        self.wfile.write(self.begin(data, start, 10))

    def too_short(self, data, start):
        """Announces ten bytes less than there are."""
        self.wfile.write(self.begin(data, start, -10))

    def garbage(self, data, start):
        """A page for people instead of the file."""
        self.wfile.write(self.begin(b"<html>Please log in</html>", 0))

    def unpacked(self, data, start):
        """Plain bytes under the name of a gzip file."""
        self.wfile.write(self.begin(self.server.files["plain"], 0))

    def stall(self, data, start):
        """The first bytes, then nothing."""
        self.cut(data, start)
        self.wfile.flush()
        self.server.over.wait(30)

    def silent(self, data, start):
        """Not even an answer."""
        self.server.over.wait(30)

    def missing(self, data, start):
        """404."""
        self.head(404, 0)

    def endless(self, data, start):
        """Zeros, until nobody wants more."""
        self.head(200)
        try:
            while True:
                self.wfile.write(bytes(2 ** 16))
        except OSError:
            self.close_connection = True

    def no_http(self, data, start):
        """Something else than HTTP."""
        self.wfile.write(b"\x1b[31mHELLO\r\n\r\n")

    def bad_chunks(self, data, start):
        """Chunks that end too early."""
        self.protocol_version = "HTTP/1.1"
        self.head(200, Transfer_Encoding="chunked")
        self.wfile.write(b"64\r\nabc")
        self.close_connection = True
