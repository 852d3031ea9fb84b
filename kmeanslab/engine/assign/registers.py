"""Loops whose numbers stay in the processor's registers, written for LLVM.

By itself it makes vectors of one loop, and keeps in memory what that adds up:
two reads and a write for each addition.  Here several vectors are worked on at
once, and each number that is read serves all of them.

Vectors are as wide as the widest registers that there are; elsewhere LLVM uses
two or four registers for each.
"""

from collections.abc import Sequence
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kmeanslab.engine.assign.memory import pointer

ir = cgutils.ir
POINTS, CENTRES = 32, 4      # whose products are added up in a call
ROWS, COLUMNS = 16, 4        # that are transposed at once
IN_ONE = ("contract",)       # instruction to multiply and add, if there is


class Array:
    """An array in code that is written for LLVM."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any
                 ) -> None:
        self.context, self.builder = context, builder
        self.kind, self.array = kind, array
        self.item = context.get_data_type(kind.dtype)
        self.align = context.get_abi_sizeof(self.item)

    def place(self, vector: Any, *index: Any) -> Any:
        """Return where a vector begins."""
        return self.builder.bitcast(pointer(
            self.context, self.builder, self.kind, self.array, *index),
            vector.as_pointer())

    def load(self, size: int, *index: Any) -> Any:
        """Return so many items of a row."""
        place = self.place(ir.VectorType(self.item, size), *index)
        return self.builder.load(place, align=self.align)

    def store(self, value: Any, *index: Any) -> None:
        """Write a vector into a row."""
        place = self.place(value.type, *index)
        self.builder.store(value, place, align=self.align)

    def item_at(self, *index: Any) -> Any:
        """Return one item."""
        return self.builder.load(self.place(self.item, *index))

    def shape(self) -> Any:
        """Return the sizes of the dimensions."""
        made = self.context.make_array(self.kind)
        return made(self.context, self.builder, self.array).shape

    def spread(self, size: int, *index: Any) -> Any:
        """Return a vector of an item, again and again."""
        item = self.load(1, *index)
        return shuffle(self.builder, item, item, [0] * size)


def shuffle(builder: Any, a: Any, b: Any, places: Sequence) -> Any:
    """Return a vector of items of a, and of b, which are counted on."""
    kind = ir.VectorType(ir.IntType(32), len(places))
    return builder.shuffle_vector(a, b, ir.Constant(kind, list(places)))


def arrays(context: Any, builder: Any, signature: Any, args: Any) -> list:
    """Return arguments as they are used here."""
    return [Array(context, builder, kind, arg)
            if isinstance(kind, types.Array) else arg
            for kind, arg in zip(signature.args, args)]


@intrinsic
def sum_products(typing_context: Any, T: Any, i: Any, C: Any, j: Any, d: Any,
                 low: Any, ranks: Any) -> tuple:
    """Fill ranks[:, i:i + 32] with low + C T, of the j-th and 3 more centres.

    float32: T (d, p), C (k, d), low (k,), ranks (4, p); each sum begins with
    `low`, and goes on from the first coordinate to the last
    """
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        T, i, C, j, d, low, ranks = arrays(context, builder, signature, args)
        centres = [builder.add(j, j.type(n)) for n in range(CENTRES)]
        size = points_at_once(context)
        for start in range(0, POINTS, size):
            first = builder.add(i, i.type(start))
            sums = [cgutils.alloca_once_value(
                builder, low.spread(size, centre)) for centre in centres]
            with cgutils.for_range(builder, d) as loop:
                w = T.load(size, loop.index, first)
                for total, centre in zip(sums, centres):
                    c = C.spread(size, centre, loop.index)
                    add_product(builder, total, c, w, IN_ONE)
            for n, total in enumerate(sums):
                ranks.store(builder.load(total), j.type(n), first)
        return context.get_dummy_value()
    return types.void(T, types.intp, C, types.intp, types.intp, low,
                      ranks), generate


def points_at_once(context: Any) -> int:
    """Return for how many points there are registers."""
    return POINTS if has_many(context) else POINTS // 2


def has_many(context: Any) -> bool:
    """Return whether there are 32 registers of 16 numbers, or 16 of 8."""
    *_, features = context.codegen().magic_tuple()
    return "+avx512f" in features


@intrinsic
def many_registers(typing_context: Any) -> tuple:
    """Return the same in a kernel; the code of the other case is left out."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return context.get_constant(types.boolean, has_many(context))
    return types.boolean(), generate


def add_product(builder: Any, total: Any, a: Any, b: Any,
                flags: Sequence = ()) -> None:
    """Add the product of two vectors to a total."""
    product = builder.fmul(a, b, flags=flags)
    builder.store(builder.fadd(builder.load(total), product, flags=flags),
                  total)


@intrinsic
def sum_squares(typing_context: Any, T: Any, i: Any, c: Any, d: Any,
                sums: Any) -> tuple:
    """Fill sums[i:i + 32] with |T - c|^2 by the formula: in its order.

    float64: T (d, p), c (d,), sums (p,)
    """
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        T, i, c, d, sums = arrays(context, builder, signature, args)
        zeros = ir.Constant(ir.VectorType(T.item, POINTS), [0.0] * POINTS)
        total = cgutils.alloca_once_value(builder, zeros)
        with cgutils.for_range(builder, d) as loop:
            difference = builder.fsub(T.load(POINTS, loop.index, i),
                                      c.spread(POINTS, loop.index))
            add_product(builder, total, difference, difference)
        sums.store(builder.load(total), i)
        return context.get_dummy_value()
    return types.void(T, types.intp, c, types.intp, sums), generate


@intrinsic
def transpose(typing_context: Any, A: Any, q: Any, h: Any, T: Any, i: Any
              ) -> tuple:
    """Set T[h:h + 4, i:i + 16] to A[q:q + 16, h:h + 4].T, float32."""
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        A, q, h, T, i = arrays(context, builder, signature, args)
        rows = [A.load(COLUMNS, builder.add(q, q.type(n)), h)
                for n in range(ROWS)]
        for n, row in enumerate(transposed(builder, [
                join(builder, rows[n::COLUMNS]) for n in range(COLUMNS)])):
            T.store(row, builder.add(h, h.type(n)), i)
        return context.get_dummy_value()
    return types.void(A, types.intp, types.intp, T, types.intp), generate


def join(builder: Any, rows: list) -> Any:
    """Return one vector of several."""
    while len(rows) > 1:
        places = range(2 * rows[0].type.count)
        rows = [shuffle(builder, a, b, places)
                for a, b in zip(rows[::2], rows[1::2])]
    return rows[0]


def transposed(builder: Any, vectors: list) -> list:
    """Return four vectors whose parts of four are the columns of these.

    To interleave the first with the third, and the second with the fourth, is
    half of it; to do it again is the rest.
    """
    first, last = interleaved(0), interleaved(2)
    for _ in range(2):
        a, b, c, d = vectors
        vectors = [shuffle(builder, *pair, places)
                   for pair in ((a, c), (b, d)) for places in (first, last)]
    return vectors


def interleaved(start: int) -> list:
    """Return which items two of each part of a, and of b, are in turn."""
    return [part + start + n + which for part in range(0, ROWS, COLUMNS)
            for n in range(2) for which in (0, ROWS)]
