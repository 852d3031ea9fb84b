"""Numbers that several threads share, for kernels that wait for each other.

A thread that the system has to wake begins tens of microseconds later, as long
as an iteration on ten thousand points takes.  Kernels that run anyway look
again and again instead.
"""

import os
import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kmeanslab.engine.assign.kernels import compiled
from kmeanslab.engine.assign.memory import pointer

ORDER = "seq_cst"        # what was written before is seen by who reads
LINE = 16                # numbers that are as far apart share no cache line
LOOKS = 256              # at a number, before others may use the core
PAUSE = {"x86_64": "llvm.x86.sse2.pause", "AMD64": "llvm.x86.sse2.pause"}.get(
    platform.machine())


@intrinsic
def add(typing_context: Any, array: Any, i: Any) -> tuple:
    """Add 1 to array[i], int64; return what it was before."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = pointer(context, builder, signature.args[0], *args)
        return builder.atomic_rmw("add", place, ir.Constant(
            ir.IntType(64), 1), ORDER)
    return types.int64(array, types.intp), generate


@intrinsic
def load(typing_context: Any, array: Any, i: Any) -> tuple:
    """Return array[i], int64."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = pointer(context, builder, signature.args[0], *args)
        return builder.load_atomic(place, ORDER, 8)
    return types.int64(array, types.intp), generate


@intrinsic
def store(typing_context: Any, array: Any, i: Any, value: Any) -> tuple:
    """Set array[i], int64, to a value."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = pointer(context, builder, signature.args[0], *args[:2])
        builder.store_atomic(args[2], place, ORDER, 8)
        return context.get_dummy_value()
    return types.void(array, types.intp, types.int64), generate


@intrinsic
def pause(typing_context: Any) -> tuple:
    """Leave the core to its other thread for a moment, where it has two."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if PAUSE:
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(
                builder.module, kind, PAUSE), [])
        return context.get_dummy_value()
    return types.void(), generate


if hasattr(os, "sched_yield"):           # not on Windows
    let_others_run = types.ExternalFunction("sched_yield", types.int32())
else:
    @compiled
    def let_others_run():
        """Do nothing: the system lets others run after a while."""
        return 0


@compiled
def look_again(looks):
    """Let others use the core meanwhile; return how many looks there were."""
    pause()
    if looks % LOOKS == LOOKS - 1:
        let_others_run()
    return looks + 1
