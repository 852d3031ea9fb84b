"""MNIST from the network: resumed, checked, moved into place if right.

The first mirror that gives the right bytes serves a file.  They are written
to NAME.gz.partial, which stays when a connection breaks: the next mirror, or
the next run, goes on from there.  Right is what unpacks to the known SHA-256.

    name    of a file, without .gz
    mirror  the address of a folder, http or https
"""

import contextlib
import gzip
import hashlib
from http.client import HTTPException
import os
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
import zlib

from kmeanslab import __version__
from kmeanslab.data.formats import CHUNK, DataError, gzipped_or_not

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
TIMEOUT = 20      # seconds in which a server must send something
LIMIT = 2 ** 26   # bytes: no file is that large, whatever a server sends
NOTHING_LEFT = 416  # a server's answer to: go on from here


class MirrorError(Exception):
    """A mirror did not give the file; says what it did instead."""


def fetch(name, sha256, folder, mirrors=MIRRORS, timeout=TIMEOUT):
    """Return the mirror that a file came from, None if it was there.

    folder: where NAME.gz is to be; made if need be
    timeout: seconds in which a mirror must send something
    DataError: no mirror gave it; says what each of them did.
    OSError: the folder or the file cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    there = gzipped_or_not(folder / name)
    if there and is_right(there, sha256):
        return None
    target, failures = folder / f"{name}.gz", []
    partial = folder / f"{name}.gz.partial"
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{target.name}"
        try:
            fetch_from(url, partial, sha256, timeout)
        except MirrorError as error:
            failures.append(f"{mirror} {error}")
        else:
            os.replace(partial, target)
            return mirror
    raise DataError(
        f"{target.name} could not be downloaded ({'; '.join(failures)}): "
        f"{size(partial):,} bytes of it are kept, so try again later, or put "
        f"it into {folder} yourself")


def fetch_from(url, partial, sha256, timeout):
    """Complete a partial file from one mirror, and check it.

    What was begun elsewhere may not fit: then all is fetched once more.
    """
    while True:
        resumed = transfer(url, partial, timeout)
        if is_right(partial, sha256):
            return
        partial.unlink()
        if not resumed:
            raise MirrorError("sent other bytes than those of the file")


def transfer(url, partial, timeout):
    """Append what is missing; return whether something was there."""
    from tqdm import tqdm  # only downloads need it
    response = ask(url, size(partial), timeout)
    resumed = response.status == 206  # others send all from the beginning
    start = size(partial) if resumed else 0
    with response, open(partial, "ab" if resumed else "wb") as file, tqdm(
            desc=partial.stem, unit="B", unit_scale=True, initial=start,
            total=response.length and start + response.length,
            disable=None) as progress:
        for chunk in body(response):
            file.write(chunk)
            progress.update(len(chunk))
    return resumed


def ask(url, start, timeout):
    """Return the answer of a server that is asked for the bytes from start."""
    request = Request(url, headers={"User-Agent": f"kmeanslab/{__version__}"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with network():
        try:
            return urlopen(request, timeout=timeout)
        except HTTPError as error:
            if error.code != NOTHING_LEFT or not start:
                raise
    return ask(url, 0, timeout)


def body(response):
    """Yield the bytes of an answer as they come.

    MirrorError: they end before their time, or stop coming.
    """
    announced, got = response.length, 0
    most = LIMIT if announced is None else min(announced, LIMIT)
    with network():
        while chunk := response.read1(min(CHUNK, most - got)):
            got += len(chunk)
            yield chunk
    if announced and got < announced:
        raise MirrorError(f"ended after {got:,} of {announced:,} bytes")


@contextlib.contextmanager
def network():
    """Raise what goes wrong on the way as MirrorError, in words."""
    try:
        yield
    except HTTPError as error:
        raise MirrorError(f"answered {error.code}") from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)  # URLError wraps another
        if isinstance(reason, TimeoutError):
            raise MirrorError("sent nothing for too long") from error
        raise MirrorError(f"failed ({reason!r})") from error


def is_right(path, sha256):
    """Return whether a file is whole and unpacks to what it should."""
    digest = hashlib.sha256()
    try:
        with gzip.open(path) if ".gz" in path.suffixes else open(
                path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (OSError, EOFError, zlib.error):
        return False
    return digest.hexdigest() == sha256


def size(path):
    """Return the size of a file in bytes, 0 if there is none."""
    return path.stat().st_size if path.exists() else 0
