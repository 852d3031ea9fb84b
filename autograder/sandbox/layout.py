"""The folders of one check, and what a child leaves in them.

60001/                 the child may enter it, and no more
    submission/        the submitted files, read-only
    work/              the child's own, where it runs
        data/          the teacher's data, read-only
    cache/ temporary/  the child's own, for matplotlib and tempfile

uid   the user that the check runs as   60001; None without a sandbox
"""
import os
import pathlib

MAX_FILES, MAX_DEPTH = 200, 4   # of what is listed afterwards
OWN = ("work", "cache", "temporary")


def lay_out(folder, uid, submission, data, cache, empty=()):
    """Fill the new folder of a check.

    Arguments:
        folder: an empty folder that only the grader may enter, a Path
        uid: the user to give it to, or None
        submission, data, cache: relative path -> bytes of the file; data
            go to the work folder
        empty: relative paths of folders to make in the work folder
    Raises:
        ValueError: a path leads out of its folder
        OSError: the disk is full or the like
    """
    for name in OWN:
        (folder / name).mkdir(mode=0o700)
    _write_all(folder / "submission", uid, submission)
    _write_all(folder / "work", uid, data)
    _write_all(folder / "cache", uid, cache)
    for name in OWN:
        _give(folder / name, uid, uid, 0o700)
    for name in empty:
        _make_folder(folder / "work", name, uid)
    _give(folder, 0, uid, 0o710)


def list_files(folder):
    """Return (path, bytes) of the regular files in a folder, sorted.

    Follow no links, stop after 200 files, and go no more than 4 folders
    deep. Leave out the folder data, which is the teacher's.
    """
    found, waiting = [], [(folder, 0)]
    while waiting and len(found) < MAX_FILES:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as entries:
                _list_entries(entries, depth, folder, found, waiting)
        except OSError:  # it is closed, or not a folder any more
            continue
    return tuple(sorted(found))


def _list_entries(entries, depth, folder, found, waiting):
    for seen, entry in enumerate(entries):
        if seen > 10 * MAX_FILES or len(found) >= MAX_FILES:
            return
        path = os.path.relpath(entry.path, folder)
        if entry.is_dir(follow_symlinks=False):
            if path != "data" and depth < MAX_DEPTH:
                waiting.append((entry.path, depth + 1))
        elif entry.is_file(follow_symlinks=False):
            printable = os.fsencode(path).decode("utf-8", "replace")
            size = entry.stat(follow_symlinks=False).st_size
            found.append((printable.replace("\0", ""), size))


def _make_folder(top, name, uid):
    """Make a folder, and those above it, that the child may write to."""
    path = top
    for part in _inside(top, name).relative_to(top).parts:
        path = path / part
        path.mkdir(exist_ok=True)
        _give(path, uid, uid, 0o700)


def _write_all(folder, uid, files):
    """Write files that the child may read, and make their folders."""
    folder.mkdir(exist_ok=True)
    folders = {folder}
    for name, content in files.items():
        path = _inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        _give(path, 0, uid, 0o440)
        folders.update(parent for parent in path.parents
                       if folder in parent.parents)
    for made in folders:
        _give(made, 0, uid, 0o550)


def _inside(folder, name):
    path = pathlib.PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"'{name}' is not a path within the folder")
    return folder / path


def _give(path, owner, uid, mode):
    """Give a new file or folder to an owner, and to the child's group."""
    if uid is not None:
        os.chown(path, owner, uid)
    os.chmod(path, mode)
