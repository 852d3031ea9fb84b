"""The folders of one check, and what a child leaves in them.

kmeans-check-60001/    the child may pass through, and no more
    submission/        the submitted files, to be read only
    helpers/           the teacher's modules, to be read only
    work/              the child's own: where it runs
        data/          the teacher's data, to be read only
    cache/ temporary/  the child's own: for matplotlib and tempfile

uid   the user that the check runs as   60001; None without a sandbox
"""
import os
import pathlib

MOST_FILES, MOST_DEPTH = 200, 4   # of what is listed afterwards
OWN = ("work", "cache", "temporary")


def lay_out(folder, uid, submission, helpers, cache):
    """Fill the new folder of a check.

    Arguments:
        folder: an empty folder that only the grader may enter, a Path
        uid: the user to give it to, or None
        submission, helpers, cache: relative path -> bytes of the file;
            helpers that are no .py go to the work folder
    Raises:
        ValueError: a path leads out of its folder
        OSError: the disk is full or the like
    """
    for name in OWN:
        (folder / name).mkdir(mode=0o700)
    modules = {name for name in helpers if name.endswith(".py")}
    _write_all(folder / "submission", uid, submission)
    _write_all(folder / "helpers", uid,
               {name: helpers[name] for name in modules})
    _write_all(folder / "work", uid,
               {name: helpers[name] for name in helpers.keys() - modules})
    _write_all(folder / "cache", uid, cache)
    for name in OWN:
        _give(folder / name, uid, uid, 0o700)
    _give(folder, 0, uid, 0o710)


def list_files(folder):
    """Return (path, bytes) of the regular files in a folder, sorted.

    Follows no links; at most 200 files, at most 4 folders deep. Leaves out
    the folder data, which is the teacher's.
    """
    found, waiting = [], [(folder, 0)]
    while waiting and len(found) < MOST_FILES:
        place, depth = waiting.pop()
        try:
            with os.scandir(place) as entries:
                _list_entries(entries, depth, folder, found, waiting)
        except OSError:  # closed to us: possible without a sandbox only
            continue
    return tuple(sorted(found))


def _list_entries(entries, depth, folder, found, waiting):
    for seen, entry in enumerate(entries):
        if seen > 10 * MOST_FILES or len(found) >= MOST_FILES:
            return
        path = os.path.relpath(entry.path, folder)
        if entry.is_dir(follow_symlinks=False):
            if path != "data" and depth < MOST_DEPTH:
                waiting.append((entry.path, depth + 1))
        elif entry.is_file(follow_symlinks=False):
            printable = os.fsencode(path).decode("utf-8", "replace")
            size = entry.stat(follow_symlinks=False).st_size
            found.append((printable.replace("\0", ""), size))


def _write_all(folder, uid, files):
    """Write files that the child may read; makes the folders they need."""
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
        raise ValueError(f"'{name}' is no path within a folder")
    return folder / path


def _give(path, owner, uid, mode):
    """Give a new file or folder to an owner, and to the child's group."""
    if uid is not None:
        os.chown(path, owner, uid)
    os.chmod(path, mode)
