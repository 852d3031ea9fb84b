"""IDX files made by tests."""
import gzip
import struct


def idx(array):
    """The bytes of an IDX file that holds an array of uint8."""
    return struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim,
                       *array.shape) + array.tobytes()


def write_idx(path, array):
    """Writes an IDX file, gzipped if its name ends in .gz."""
    data = idx(array)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
