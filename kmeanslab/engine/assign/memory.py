"""What kernels ask of the processor besides arithmetic: where numbers are.

Points that are looked at lie far from each other in memory.  To wait for one
of them takes as long as to compute its distance.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LINE = 64                # bytes that are brought into a cache at once


def pointer(context: Any, builder: Any, kind: Any, array: Any, *index: Any
            ) -> Any:
    """Return where array[index] is."""
    made = context.make_array(kind)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, kind, made, index)


def fetch(context: Any, builder: Any, place: Any) -> None:
    """Have the line at a place brought into the caches meanwhile."""
    byte, word = cgutils.voidptr_t, cgutils.ir.IntType(32)
    wish = builder.module.declare_intrinsic(
        "llvm.prefetch", (byte,),
        cgutils.ir.FunctionType(cgutils.ir.VoidType(),
                                (byte, word, word, word)))
    builder.call(wish, (builder.bitcast(place, byte), word(0), word(3),
                        word(1)))           # to read, often, data


@intrinsic
def fetch_line(typing_context: Any, array: Any, i: Any) -> tuple:
    """Have the line of array[i] brought into the caches meanwhile."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fetch(context, builder,
              pointer(context, builder, signature.args[0], *args))
        return context.get_dummy_value()
    return types.void(array, types.intp), generate
