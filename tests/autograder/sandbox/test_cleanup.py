"""The end of a user's processes and files."""
import contextlib
import os
import pathlib
import subprocess
import threading

from autograder.sandbox import cleanup, launch, reaper
from tests.autograder import hostile
from tests.autograder.sandbox.running import MINE, THEIRS, WARDEN


@hostile.needs_root
def test_all_processes_of_a_user_end_and_no_others():
    """Those of another user, and the grader, live on."""
    doomed = [subprocess.Popen(["sleep", "60"], user=MINE,
                               start_new_session=True) for _ in range(3)]
    other = subprocess.Popen(["sleep", "60"], user=THEIRS)
    reaper.end_all(MINE, WARDEN)
    assert reaper.processes_of(MINE) == []
    assert other.poll() is None
    other.kill()
    for process in [*doomed, other]:
        process.wait()


@hostile.needs_root
def test_shared_memory_of_a_user_is_removed():
    """What the filter would not have refused is removed all the same."""
    make = ("import ctypes; libc = ctypes.CDLL(None); "
            "libc.shmget(0, 4096, 0o1600); libc.msgget(0, 0o1600); "
            "libc.semget(0, 1, 0o1600)")
    subprocess.run([launch.SYSTEM_PYTHON, "-c", make], user=MINE,
                   cwd="/", check=True)
    kinds = ["shm", "msg", "sem"]
    assert all(cleanup._ipc_of(MINE, kind) for kind in kinds)
    cleanup.remove_ipc(MINE)
    assert not any(cleanup._ipc_of(MINE, kind) for kind in kinds)


@hostile.needs_root
def test_only_the_files_of_the_user_are_removed(tmp_path):
    """Also in open folders within shared ones; no other user's are removed."""
    tree = pathlib.Path("/tmp", f"kmeans-test-{os.getpid()}")
    tree.mkdir()
    tree.chmod(0o777)
    mine, theirs = tree / "mine", tree / "theirs"
    for path, uid in [(mine, MINE), (theirs, THEIRS)]:
        path.mkdir()
        (path / "file").touch()
        os.chown(path, uid, uid)
    (mine / "link").symlink_to(theirs)
    cleanup.remove_shared_files(MINE)
    assert not mine.exists() and (theirs / "file").exists()
    cleanup.remove_tree(tree)
    assert not tree.exists()


def test_a_tree_is_removed_without_following_links(tmp_path):
    """Closed folders, links and depth; the target of a link stays."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "kept").touch()
    tree = tmp_path / "tree"
    (tree / "closed" / "inner").mkdir(parents=True)
    (tree / "link").symlink_to(target)
    (tree / "closed").chmod(0)
    home = os.getcwd()
    os.chdir(tree)
    for _ in range(2000):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(home)
    cleanup.remove_tree(tree)
    assert [path.name for path in tmp_path.rglob("*")] == ["target", "kept"]


def test_a_folder_that_is_swapped_for_a_link_is_not_followed(tmp_path):
    """Cleaning removes the link, and never what it leads to.

    Another thread swaps a folder for a link, as fast as it can, while the
    tree is removed.
    """
    target = tmp_path / "target"
    target.mkdir()
    (target / "kept").write_text("kept")
    tree, is_over = tmp_path / "tree", threading.Event()

    def swap():
        while not is_over.is_set():
            with contextlib.suppress(OSError):
                os.rename(tree / "a", tree / "b")
                os.symlink(target, tree / "a")
                os.remove(tree / "a")
                os.rename(tree / "b", tree / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                (tree / "a" / "inner").mkdir(parents=True)
                (tree / "a" / "kept").touch()
            with contextlib.suppress(OSError):
                cleanup.remove_tree(tree)
            assert (target / "kept").exists()
    finally:
        is_over.set()
        thread.join()
