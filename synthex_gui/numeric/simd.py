"""Two vector operations that the compiler does not find by itself, as portable LLVM vectors.

They are written for vectors of 16 floats; LLVM splits those into whatever the processor has. With
Numba's compiler off (NUMBA_DISABLE_JIT=1) plain NumPy stands in, with every index checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

# Lanes of a vector.
LANES = 16
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(ir.IntType(32), LANES)
_FUSE = ("contract", "nsz")


def _pointer(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.make_array(kind)(context, builder, value).data


def _spread(builder: Any, scalar: Any) -> Any:
    """A vector with the scalar in every lane."""
    zero = ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), scalar, zero)
    return builder.shuffle_vector(
        one, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_INTS, [0] * LANES)
    )


def _load(builder: Any, pointer: Any, vector: Any, element_bytes: int) -> Any:
    loaded = builder.load(builder.bitcast(pointer, vector.as_pointer()))
    loaded.align = element_bytes
    return loaded


def _store(builder: Any, value: Any, pointer: Any) -> None:
    builder.store(value, builder.bitcast(pointer, _FLOATS.as_pointer())).align = 4


def _weighted(builder: Any, a: Any, x: Any, b: Any, y: Any) -> Any:
    """Return a x + b y."""
    return builder.fadd(builder.fmul(a, x, _FUSE), builder.fmul(b, y, _FUSE), _FUSE)


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    """The columns of 16 vectors, by unpacking singles, pairs, then blocks of four."""

    def pick(a: Any, b: Any, lanes: list[int]) -> Any:
        return builder.shuffle_vector(a, b, ir.Constant(_INTS, lanes))

    fours = range(0, LANES, 4)
    single = [f + o for f in fours for o in (0, 16, 1, 17)]
    single_high = [lane + 2 for lane in single]
    double = [f + o for f in fours for o in (0, 1, 16, 17)]
    double_high = [lane + 2 for lane in double]
    even = [block + n for block in (0, 8, 16, 24) for n in range(4)]
    odd = [lane + 4 for lane in even]
    singles = []
    for n in range(0, LANES, 2):
        singles += [pick(rows[n], rows[n + 1], lanes) for lanes in (single, single_high)]
    doubles = []
    for n in range(0, LANES, 4):
        for pair in (n, n + 1):
            doubles += [
                pick(singles[pair], singles[pair + 2], lanes) for lanes in (double, double_high)
            ]
    columns: list[Any] = [None] * LANES
    for n in range(4):
        for first, blocks in ((n, even), (n + 4, odd)):
            upper = pick(doubles[n], doubles[n + 4], blocks)
            lower = pick(doubles[n + 8], doubles[n + 12], blocks)
            columns[first] = pick(upper, lower, even)
            columns[first + 8] = pick(upper, lower, odd)
    return columns


def _blend_turn_typed(
    typingctx: Any, data: Any, offsets: Any, stride: Any, upper: Any, lower: Any, out: Any, at: Any
) -> Any:
    element_bytes = data.dtype.bitwidth // 8

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        index = ir.IntType(64)
        pointers = [
            _pointer(context, builder, signature.args[n], arguments[n]) for n in (0, 1, 3, 4, 5)
        ]
        source, places, uppers, lowers, target = pointers
        step, place = arguments[2], arguments[6]
        raw = ir.VectorType(ir.IntType(8 * element_bytes), LANES)

        def row(start: Any) -> Any:
            loaded = _load(builder, builder.gep(source, [start]), raw, element_bytes)
            return builder.sitofp(builder.zext(loaded, _INTS), _FLOATS)

        rows = []
        for lane in range(LANES):
            number = ir.Constant(index, lane)
            start = builder.add(builder.load(builder.gep(places, [number])), place)
            weights = [
                _spread(builder, builder.load(builder.gep(values, [number])))
                for values in (uppers, lowers)
            ]
            below = row(builder.add(start, step))
            rows.append(_weighted(builder, weights[0], row(start), weights[1], below))
        base = builder.mul(place, ir.Constant(index, LANES))
        for n, column in enumerate(_transposed(builder, rows)):
            here = builder.gep(target, [builder.add(base, ir.Constant(index, LANES * n))])
            _store(builder, column, here)
        return context.get_dummy_value()

    return types.void(data, offsets, types.int64, upper, lower, out, types.int64), generate


def _accumulate_typed(
    typingctx: Any, sums: Any, column: Any, turned: Any, voxel: Any, a: Any, b: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        index = ir.IntType(64)
        lanes = ir.Constant(index, LANES)
        total = _pointer(context, builder, signature.args[0], arguments[0])
        source = _pointer(context, builder, signature.args[2], arguments[2])
        total = builder.gep(total, [builder.mul(arguments[1], lanes)])
        first = builder.gep(source, [builder.mul(arguments[3], lanes)])
        second = builder.gep(first, [lanes])
        added = _weighted(
            builder,
            _spread(builder, arguments[4]),
            _load(builder, first, _FLOATS, 4),
            _spread(builder, arguments[5]),
            _load(builder, second, _FLOATS, 4),
        )
        _store(builder, builder.fadd(_load(builder, total, _FLOATS, 4), added, _FUSE), total)
        return context.get_dummy_value()

    signature = types.void(sums, types.int64, turned, types.int64, types.float32, types.float32)
    return signature, generate


def _blend_turn_plain(
    data: NDArray[Any],
    offsets: NDArray[np.int64],
    stride: int,
    upper: NDArray[np.float32],
    lower: NDArray[np.float32],
    out: NDArray[np.float32],
    at: int,
) -> None:
    flat = data.reshape(-1)
    rows = np.empty((LANES, LANES), np.float32)
    for lane in range(LANES):
        start = _inside(offsets[lane] + at, flat.size - stride)
        rows[lane] = upper[lane] * flat[start : start + LANES].astype(np.float32)
        start += stride
        rows[lane] += lower[lane] * flat[start : start + LANES].astype(np.float32)
    start = _inside(at, len(out))
    out[start : start + LANES] = rows.T


def _accumulate_plain(
    sums: NDArray[np.float32],
    column: int,
    turned: NDArray[np.float32],
    voxel: int,
    a: float,
    b: float,
) -> None:
    if column < 0 or voxel < 0:
        raise IndexError(f"column {column}, voxel {voxel}")
    sums[column] += a * turned[voxel] + b * turned[voxel + 1]


def _inside(start: int, size: int) -> int:
    """The start itself; IndexError unless a whole vector from there lies within `size`."""
    if start < 0 or start + LANES > size:
        raise IndexError(f"a vector at {start} in {size} values")
    return int(start)


def _chosen(typed: Callable[..., Any], plain: Callable[..., None]) -> Callable[..., None]:
    chosen: Callable[..., None] = plain if numba.config.DISABLE_JIT else intrinsic(typed)
    return chosen


# blend_turn(data, offsets, stride, upper, lower, out, at): for 16 lanes, blend the 16 values of
# the flat C-contiguous unsigned `data` from offsets[lane] + at with those `stride` further on, by
# upper[lane] and lower[lane], and write the result transposed to rows at .. at + 15 of `out`
# (n, 16) float32.
blend_turn = _chosen(_blend_turn_typed, _blend_turn_plain)
# accumulate(sums, column, turned, voxel, a, b): sums[column] += a * turned[voxel] + b *
# turned[voxel + 1], for rows of 16 float32.
accumulate = _chosen(_accumulate_typed, _accumulate_plain)
