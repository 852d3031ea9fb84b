"""The sums of products of a CSR point, kept in registers; see `registers.py`.

A value that is stored is multiplied with a number of each centre: these lie
side by side, a vector of 8 after the other, and the last one overlaps with the
one before it where they are no multiple of 8.  With fewer centres than 8,
vectors are as long as half of them at least.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kmeanslab.engine.assign.memory import fetch
from kmeanslab.engine.assign.registers import add_product, arrays, shuffle

ir = cgutils.ir
CENTRES = 32                 # whose products are added up in a call, at most
SIZES = 8, 4, 2, 1           # of vectors
AHEAD = 8                    # values: for a later one memory is asked already


@intrinsic
def sum_stored(typing_context: Any, data: Any, indices: Any, first: Any,
               last: Any, columns: Any, j: Any, end: Any, sums: Any) -> tuple:
    """Fill sums[j:end] with the products of a point and these centres.

    data, indices: what CSR points store, those of the point from `first` to
    `last`; columns (d, k), sums (k,): float64.  Each sum begins with 0, and
    goes on in the order of what is stored.  There are up to 32 centres.
    """
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = Row(context, builder, signature, args)
        for size in SIZES:
            for count in range(1, vectors(size) + 1):
                with row.has(size, count):
                    row.sum_up(size, count)
        return context.get_dummy_value()
    return types.void(data, indices, types.intp, types.intp, columns,
                      types.intp, types.intp, sums), generate


def vectors(size: int) -> int:
    """Return how many vectors of a size there are at most."""
    return {8: CENTRES // 8, 1: 1}.get(size, 2)


class Row:
    """Code for one point and a vector, or several, of centres."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any
                 ) -> None:
        self.context, self.builder = context, builder
        (self.data, self.indices, self.first, self.last, self.columns, self.j,
         self.end, self.sums) = arrays(context, builder, signature, args)
        self.stored = signature.args[0].dtype

    @contextmanager
    def has(self, size: int, count: int) -> Iterator[None]:
        """Write code for where vectors of this size, so many, are needed."""
        builder, centres = self.builder, self.builder.sub(self.end, self.j)
        limits = [(">=", self.end, size), (">", centres, (count - 1) * size),
                  ("<=", centres, count * size)]
        if size < SIZES[0]:
            limits.append(("<", self.end, 2 * size))
        checks = [builder.icmp_signed(sign, value, value.type(limit))
                  for sign, value, limit in limits]
        with builder.if_then(self.all(checks)):
            yield

    def all(self, checks: list) -> Any:
        """Return whether all checks hold."""
        holds, *others = checks
        for check in others:
            holds = self.builder.and_(holds, check)
        return holds

    def sum_up(self, size: int, count: int) -> None:
        """Add up products of the centres from j on, and of the last ones."""
        builder, kind = self.builder, ir.VectorType(self.sums.item, size)
        places = [builder.add(self.j, self.j.type(n * size))
                  for n in range(count - 1)]
        places.append(builder.sub(self.end, self.end.type(size)))
        totals = [cgutils.alloca_once_value(
            builder, ir.Constant(kind, [0.0] * size)) for _ in places]
        with cgutils.for_range_slice(builder, self.first, self.last,
                                     self.j.type(1)) as (p, _):
            self.fetch_later(p, places)
            x, column = self.value(size, p), self.column(p)
            for total, place in zip(totals, places):
                add_product(builder, total, x,
                            self.columns.load(size, column, place))
        for total, place in zip(totals, places):
            self.sums.store(builder.load(total), place)

    def fetch_later(self, p: Any, places: list) -> None:
        """Have the column of a later value brought into the caches."""
        builder, (size,) = self.builder, cgutils.unpack_tuple(
            self.builder, self.indices.shape())
        later = builder.add(p, p.type(AHEAD))
        column = self.column(builder.select(
            builder.icmp_signed("<", later, size), later, p))
        for place in places:
            fetch(self.context, builder, self.columns.place(
                self.columns.item, column, place))

    def value(self, size: int, p: Any) -> Any:
        """Return a stored value as a vector of float64."""
        value = self.context.cast(self.builder, self.data.item_at(p),
                                  self.stored, types.float64)
        one = self.builder.bitcast(value, ir.VectorType(value.type, 1))
        return shuffle(self.builder, one, one, [0] * size)

    def column(self, p: Any) -> Any:
        """Return the column of a stored value."""
        column = self.indices.item_at(p)
        wide = self.j.type
        return (column if column.type == wide
                else self.builder.sext(column, wide))
