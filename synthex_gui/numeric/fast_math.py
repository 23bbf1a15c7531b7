"""Elementary functions in float32 that the compiler turns into vector code.

Polynomials without branches, fitted by weighted least squares; the stated errors are measured
over the whole range of arguments. For use inside compiled kernels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from synthex_gui.numeric.jit import vector_kernel

_LOG2_E = np.float32(1.4426950408889634)
_LN_2 = np.float32(0.6931471805599453)
_EXP2 = tuple(
    np.float32(c)
    for c in (1.0, 0.69314718, 0.24022646, 0.055503286, 0.009618489, 0.00134, 0.00015345972)
)
_LOG = tuple(
    np.float32(c)
    for c in (
        1.0, -0.49999988, 0.33334187, -0.2500208, 0.19956757,
        -0.16562176, 0.14952871, -0.14368764, 0.08723053,
    )
)  # fmt: skip
_COS = tuple(
    np.float32(c)
    for c in (1.0, -19.739204, 64.939117, -85.450172, 60.167862, -25.968363, 6.5296135)
)


@intrinsic  # type: ignore[untyped-decorator]
def _as_float(typing_context: Any, bits: Any) -> Any:
    """The float32 whose bits an int32 holds."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@intrinsic  # type: ignore[untyped-decorator]
def _as_bits(typing_context: Any, value: Any) -> Any:
    """The bits of a float32 as int32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(32))

    return types.int32(types.float32), generate


@vector_kernel
def exp32(x: np.float32) -> np.float32:
    """e^x, relative error below 3e-6 for x from -40 to 3; never below 2^-90 nor above 2^126.

    The floor keeps what is multiplied with it from becoming subnormal, which is slow.
    """
    y = min(max(x * _LOG2_E, np.float32(-90.0)), np.float32(126.0))
    whole = np.floor(y + np.float32(0.5))
    r = y - whole
    p = _EXP2[5] + r * _EXP2[6]
    p = _EXP2[4] + r * p
    p = _EXP2[3] + r * p
    p = _EXP2[2] + r * p
    p = _EXP2[1] + r * p
    p = _EXP2[0] + r * p
    scale: np.float32 = _as_float((np.int32(whole) + np.int32(127)) << np.int32(23))
    return np.float32(p * scale)


@vector_kernel
def log32(x: np.float32) -> np.float32:
    """Natural logarithm of a normal x > 0, error below 2e-7 of max(1, its size)."""
    bits = _as_bits(x)
    # The mantissa from sqrt(1/2) to sqrt(2), so that ln 1 is exact.
    exponent = (bits - np.int32(0x3F3504F3)) >> np.int32(23)
    r = _as_float(bits - (exponent << np.int32(23))) - np.float32(1.0)
    p = _LOG[7] + r * _LOG[8]
    p = _LOG[6] + r * p
    p = _LOG[5] + r * p
    p = _LOG[4] + r * p
    p = _LOG[3] + r * p
    p = _LOG[2] + r * p
    p = _LOG[1] + r * p
    p = _LOG[0] + r * p
    return np.float32(np.float32(exponent) * _LN_2 + r * p)


@vector_kernel
def cos_turns32(turns: np.float32) -> np.float32:
    """cos(2 pi t) for t in [0, 1], absolute error below 1e-6."""
    t = turns - np.float32(0.5)
    z = t * t
    p = _COS[5] + z * _COS[6]
    p = _COS[4] + z * p
    p = _COS[3] + z * p
    p = _COS[2] + z * p
    p = _COS[1] + z * p
    return np.float32(-(_COS[0] + z * p))
