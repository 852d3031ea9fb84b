"""Downloads of MNIST: resumed, checked, moved into place if correct.

The mirrors are tried in turn.  The bytes are written to NAME.gz.partial, which
stays when a connection breaks, so that the next mirror or the next run resumes
there.  A file is correct if it unpacks to the known SHA-256.

    name    of a file, without .gz
    mirror  the URL of a folder, http or https
"""

from collections.abc import Callable, Iterator, Sequence
import contextlib
import gzip
import hashlib
from http.client import HTTPException, HTTPResponse
import os
from pathlib import Path, PurePosixPath
import re
from typing import Any
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen
import zlib

from kmeanslab import __version__
from kmeanslab.data.errors import DataError
from kmeanslab.data.idx import CHUNK_BYTES, gzipped_or_not

MNIST = {  # SHA-256 of the files, unpacked
    "train-images-idx3-ubyte":
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte":
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte":
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte":
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/",
           "https://storage.googleapis.com/cvdf-datasets/mnist/",
           "http://yann.lecun.com/exdb/mnist/")
TIMEOUT_SECONDS = 20  # in which a server must send something
MAX_MNIST_BYTES = 2 ** 26    # of a file, whatever a server sends
MAX_URL_BYTES = 2 ** 33
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416  # HTTP statuses


class MirrorError(Exception):
    """A mirror did not deliver the file; the message says why."""


def fetch(name: str, sha256: str, folder: str | os.PathLike,
          mirrors: Sequence[str] = MIRRORS,
          timeout: float = TIMEOUT_SECONDS) -> str | None:
    """Download a file and return its mirror, or None if it exists already.

    folder: where to put NAME.gz; created if needed
    timeout: seconds in which a mirror must send something
    DataError: no mirror delivered it; says what each of them did.
    OSError: the folder or the file cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    existing = gzipped_or_not(folder / name)
    if existing and unpacked_sha256(existing) == sha256:
        return None
    target, failures = folder / f"{name}.gz", []
    partial = folder / f"{name}.gz.partial"
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{target.name}"
        try:
            fetch_from(url, partial, sha256, timeout, unpacked_sha256,
                       MAX_MNIST_BYTES)
        except MirrorError as error:
            failures.append(f"{mirror} {error}")
        else:
            os.replace(partial, target)
            return mirror
    raise DataError(
        f"{target.name} could not be downloaded ({'; '.join(failures)}): "
        f"{size(partial):,} bytes of it are kept, so try again later, or put "
        f"it into {folder} yourself")


def fetch_url(source: str, folder: str | os.PathLike,
              timeout: float = TIMEOUT_SECONDS) -> Path:
    """Download a URL with a checksum, and return the path of the file.

    source: URL#sha256=CHECKSUM, the SHA-256 of the file as it is sent
    folder: for downloads, in which a folder named by the checksum is created
    DataError: there is no checksum, or the file cannot be downloaded.
    """
    url, _, fragment = source.partition("#")
    sha256 = fragment.removeprefix("sha256=").lower()
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise DataError(f"{url} needs a checksum: add #sha256= and the 64 "
                        "digits that sha256sum prints for the file")
    name = PurePosixPath(unquote(urlsplit(url).path)).name or "download"
    place = Path(folder) / "downloads" / sha256[:16]
    place.mkdir(parents=True, exist_ok=True)
    target, partial = place / name, place / f"{name}.partial"
    if not (target.exists() and sha256_of(target) == sha256):
        try:
            fetch_from(url, partial, sha256, timeout, sha256_of,
                       MAX_URL_BYTES)
        except MirrorError as error:
            raise DataError(f"{url} could not be downloaded: it {error}: "
                            "check the URL and its checksum") from error
        os.replace(partial, target)
    return target


def fetch_from(url: str, partial: Path, sha256: str, timeout: float,
               digest: Callable[[Path], str | None], max_bytes: int) -> None:
    """Complete a partial file from one mirror, and check it.

    A beginning from another mirror may not fit; then all is fetched again.
    digest: a function that returns the SHA-256 of a file to compare
    MirrorError: the mirror does not deliver the file.
    """
    while True:
        resumed = transfer(url, partial, timeout, max_bytes)
        if digest(partial) == sha256:
            return
        partial.unlink()
        if not resumed:
            raise MirrorError("sent other bytes than those of the file")


def transfer(url: str, partial: Path, timeout: float, max_bytes: int) -> bool:
    """Append the missing bytes; return whether a beginning was kept."""
    from tqdm import tqdm  # only downloads need it
    response = request_from(url, size(partial), timeout)
    resumed = response.status == PARTIAL_CONTENT  # others send it all
    start = size(partial) if resumed else 0
    with response, open(partial, "ab" if resumed else "wb") as file, tqdm(
            desc=partial.stem, unit="B", unit_scale=True, initial=start,
            total=response.length and start + response.length,
            disable=None) as bar:
        for chunk in body(response, max_bytes):
            file.write(chunk)
            bar.update(len(chunk))
    return resumed


def request_from(url: str, start: int, timeout: float) -> HTTPResponse:
    """Return the response to a request for the bytes from start on."""
    request = Request(url, headers={"User-Agent": f"kmeanslab/{__version__}"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with network_errors():
        try:
            return urlopen(request, timeout=timeout)
        except HTTPError as error:
            if error.code != RANGE_NOT_SATISFIABLE or not start:
                raise
    return request_from(url, 0, timeout)


def body(response: HTTPResponse, max_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of a response as they arrive, up to a maximum.

    MirrorError: the response is incomplete, or stops.
    """
    announced, got = response.length, 0
    most = max_bytes if announced is None else min(announced, max_bytes)
    with network_errors():
        while chunk := response.read1(min(CHUNK_BYTES, most - got)):
            got += len(chunk)
            yield chunk
    if announced and got < announced:
        raise MirrorError(f"ended after {got:,} of {announced:,} bytes")


@contextlib.contextmanager
def network_errors() -> Iterator[None]:
    """Turn errors of the network into MirrorError with a clear message."""
    try:
        yield
    except HTTPError as error:
        raise MirrorError(f"answered {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # URLError wraps another
        if isinstance(reason, TimeoutError):
            raise MirrorError("sent nothing for too long") from error
        raise MirrorError(f"failed ({reason!r})") from error


def unpacked_sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file after unpacking, None if it is damaged."""
    try:
        with gzip.open(path) if ".gz" in path.suffixes else open(
                path, "rb") as file:
            return hexdigest(file)
    except (OSError, EOFError, zlib.error):
        return None


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hexdigest(file)


def hexdigest(file: Any) -> str:
    """Return the SHA-256 of an open file, as hexadecimal digits."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def size(path: Path) -> int:
    """Return the size of a file in bytes, 0 if it does not exist."""
    return path.stat().st_size if path.exists() else 0
