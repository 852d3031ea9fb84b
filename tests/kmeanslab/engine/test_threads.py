"""Threads over blocks: the same results, whatever the environment allows."""

import importlib
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from kmeanslab.engine import threads
from kmeanslab.engine.threads import thread_count, worker_threads
from tests.conftest import ROOT

SCRIPT = """
import atexit, os, sys, threading
from kmeanslab.engine import threads

class Block:
    def __init__(self, number):
        self.number = number

    def square(self):
        return self.number ** 2

def squares():
    with threads.worker_threads([Block(i) for i in range(9)], 4) as call:
        return call("square")

right = [i ** 2 for i in range(9)]
"""


class Block:
    """A number, and what a test lets a block do."""

    def __init__(self, number):
        self.number = number

    def times(self, factor):
        return factor * self.number

    def fail(self, number):
        if self.number == number:
            raise KeyError(number)

    def inner(self):
        with worker_threads([Block(i) for i in range(5)], 3) as call:
            return call("times", self.number)

    def overflow(self):
        return np.float64(1e308) * 10

    def own_thread(self):
        threading.Event().wait(0.01)
        return threading.get_ident()


def blocks(count=9):
    """Some blocks, numbered."""
    return [Block(i) for i in range(count)]


def blas_threads():
    """The threads that BLAS would use now."""
    return {library.num_threads
            for library in threads.blas_controller().lib_controllers}


@pytest.mark.parametrize("count", [None, 1, 2, 5, 64])
def test_results_come_in_the_order_of_the_blocks(count):
    with worker_threads(blocks(), count) as call:
        for factor in range(20):
            assert call("times", factor) == [factor * i for i in range(9)]


def test_several_threads_take_part():
    with worker_threads(blocks(), 3) as call:
        assert len(set(call("own_thread"))) > 1


def test_one_block_starts_no_thread(monkeypatch):
    monkeypatch.setattr(threads, "POOL", None)
    with worker_threads(blocks(1), 4) as call:
        assert call("times", 2) == [0]


@pytest.mark.parametrize("number", range(9))
def test_an_error_in_any_block_reaches_the_caller(number):
    for count in (1, 4):
        with pytest.raises(KeyError), worker_threads(blocks(), count) as call:
            call("fail", number)
    with worker_threads(blocks(), 4) as call:
        assert call("times", 1) == list(range(9))


def test_calls_inside_of_calls_end():
    with worker_threads(blocks(), 4) as call:
        assert call("inner") == [[i * j for j in range(5)] for i in range(9)]


def test_threads_have_the_callers_settings_for_overflow():
    with (np.errstate(over="raise"), worker_threads(blocks(), 4) as call,
          pytest.raises(FloatingPointError)):
        call("overflow")


def test_blas_is_held_to_one_thread_and_restored():
    with threadpool_limits(3, user_api="blas"):
        for count in (1, 4):
            with worker_threads(blocks(), count):
                assert blas_threads() == {1}
            assert blas_threads() == {3}


def test_the_last_of_several_fits_restores_blas():
    """They overlap: the first to begin ends first."""
    with threadpool_limits(3, user_api="blas"):
        first, second = worker_threads(blocks()), worker_threads(blocks())
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert blas_threads() == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == {3}


def test_fits_at_once_leave_blas_as_it_was():
    def fit():
        for _ in range(50):
            with worker_threads(blocks(), 2) as call:
                call("times", 2)

    with threadpool_limits(3, user_api="blas"):
        fits = [threading.Thread(target=fit) for _ in range(4)]
        for thread in fits:
            thread.start()
        for thread in fits:
            thread.join()
        assert blas_threads() == {3}


@pytest.mark.parametrize("user_api", ["blas", "openmp"])
def test_a_limit_of_threadpoolctl_holds(user_api, monkeypatch):
    importlib.import_module("kmeanslab.estimators")    # loads OpenMP
    threads.controller.cache_clear()
    monkeypatch.setattr(threads, "cpu_count", lambda *settings: 4)
    with threadpool_limits(4):
        assert thread_count() == 4
        with threadpool_limits(2, user_api=user_api):
            assert thread_count() == 2


def test_a_fit_beside_another_is_not_held_to_one_thread(monkeypatch):
    """BLAS has one thread then, but by our own limit."""
    monkeypatch.setattr(threads, "cpu_count", lambda *settings: 4)
    with threadpool_limits(3), worker_threads(blocks()):
        assert thread_count() == 3


@pytest.mark.parametrize("name, value, expected", [
    ("OMP_NUM_THREADS", "1", 1), ("OMP_NUM_THREADS", "1,4", 1),
    ("OMP_NUM_THREADS", "0", 1), ("LOKY_MAX_CPU_COUNT", "1", 1)])
def test_settings_of_the_environment_hold(name, value, expected):
    """Those that the process began with."""
    run = subprocess.run(
        [sys.executable, "-c", "from kmeanslab.engine.threads import "
         "thread_count; print(thread_count())"], cwd=ROOT, text=True,
        env={**os.environ, name: value}, capture_output=True, check=True)
    assert int(run.stdout) == expected


def test_workers_of_dask_do_not_take_the_threads_of_this_process(monkeypatch):
    """Dask sets OMP_NUM_THREADS here for the workers that it starts."""
    before = thread_count()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert thread_count() == before


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"),
                    reason="this system has no affinity")
def test_the_process_uses_its_own_cpus_only():
    cpus = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(cpus)})
        assert thread_count() == 1
    finally:
        os.sched_setaffinity(0, cpus)


QUOTAS = [({"cpu.max": "150000 100000"}, 2), ({"cpu.max": "max 100000"}, 8),
          ({"cpu/cpu.cfs_quota_us": "300000",
            "cpu/cpu.cfs_period_us": "100000"}, 3)]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has cgroups")
@pytest.mark.parametrize("files, expected", QUOTAS)
def test_a_containers_quota_of_cpu_time_holds(files, expected, monkeypatch,
                                              tmp_path):
    """Version 2 of Linux's cgroups says it in one file, version 1 in two."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def moved(function):
        return lambda name, *args, **settings: function(
            str(name).replace("/sys/fs/cgroup", str(tmp_path)), *args,
            **settings)

    loky = sys.modules["joblib.externals.loky.backend.context"]
    monkeypatch.setattr(loky, "open", moved(open), raising=False)
    monkeypatch.setattr(os.path, "exists", moved(os.path.exists))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    threads.cpu_count.cache_clear()
    assert threads.cpu_count(None, None) == expected
    threads.cpu_count.cache_clear()


def test_where_no_thread_can_be_started_the_caller_does_the_work(monkeypatch):
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "POOL", threads.Pool())
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with worker_threads(blocks(), 4) as call:
        assert call("times", 2) == [2 * i for i in range(9)]
        assert len(set(call("own_thread"))) == 1


def python(lines):
    """What a fresh Python prints; it has to end by itself."""
    run = subprocess.run([sys.executable, "-c",
                          SCRIPT + textwrap.dedent(lines)],
                         cwd=ROOT, text=True, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return run.stdout


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("when", [
    "threading.Thread(target=late).start()", "atexit.register(late)"])
def test_work_is_done_after_the_main_thread_has_ended(when, begun):
    """Whether or not threads have been started before."""
    found = python(f"""
        def late():
            if threading.current_thread() is not threading.main_thread():
                threading.main_thread().join()
            print(squares() == right)

        if {begun}:
            squares()
        {when}
        """)
    assert found == "True\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_starts_threads_of_its_own():
    """Also if it is forked in the middle of a fit, which holds a limit."""
    found = python("""
        import warnings
        from threadpoolctl import threadpool_limits
        warnings.simplefilter("ignore")     # of forks beside threads
        threadpool_limits(3, user_api="blas")
        squares()
        with threads.BLAS_LIMIT:
            child = os.fork()
            if not child:
                libraries = threads.blas_controller().lib_controllers
                print({library.num_threads for library in libraries},
                      squares() == right, threads.POOL.size, flush=True)
                os._exit(0)
            os.waitpid(child, 0)
        """)
    assert found == "{3} True 3\n"
