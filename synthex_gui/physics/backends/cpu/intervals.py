"""From sorted hits to path lengths: who owns which part of a ray where meshes overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel


@kernel
def resolve_band(
    starts: NDArray[np.int64],
    depth: NDArray[np.float64],
    codes: NDArray[np.int32],
    entry_sign: NDArray[np.int32],
    ranks: NDArray[np.int32],
    ray_from_pixel: NDArray[np.float64],
    rows: tuple[int, int],
    owned: NDArray[np.float32],
    whole: NDArray[np.float32],
    first_mm: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Walk along every ray of a band of rows.

    `starts`, `depth`, `codes` from `hit_band`; `entry_sign` (meshes,) is the sign of the code of an
    entry; of the meshes that a ray is in at once, the one of highest rank owns it. A mesh is
    counted once however many of its own bodies overlap. `ray_from_pixel` (3, 3) gives the mm
    vector per mm of depth. Writes `owned` and `whole` (meshes, height, width) and `first_mm`
    (height, width); returns the parts of rays inside any mesh: pixels (n, 2) row and column, and
    pieces_mm (n, 2) distances from the source.
    """
    width = first_mm.shape[1]
    n_meshes = len(ranks)
    pixels = np.empty((len(depth), 2), np.int64)
    pieces_mm = np.empty((len(depth), 2))
    found = 0
    nested = np.zeros(n_meshes, np.int64)
    own = np.zeros(n_meshes)
    full = np.zeros(n_meshes)
    for pixel in range(len(starts) - 1):
        start, stop = starts[pixel], starts[pixel + 1]
        if start == stop:
            continue
        row, column = rows[0] + pixel // width, pixel % width
        squared = 0.0
        for axis in range(3):
            mm = (
                ray_from_pixel[axis, 0] * column
                + ray_from_pixel[axis, 1] * row
                + ray_from_pixel[axis, 2]
            )
            squared += mm * mm
        length = np.sqrt(squared)
        # What is left more often than entered holds the source.
        nested[:] = 0
        own[:] = 0.0
        full[:] = 0.0
        for hit in range(start, stop):
            mesh = abs(codes[hit]) - 1
            nested[mesh] += -1 if codes[hit] * entry_sign[mesh] > 0 else 1
        for mesh in range(n_meshes):
            nested[mesh] = max(nested[mesh], 0)
        previous = 0.0
        entered = -1.0
        nearest = np.inf
        for hit in range(start, stop + 1):
            owner = -1
            at = depth[hit] if hit < stop else previous
            for mesh in range(n_meshes):
                if nested[mesh] > 0:
                    full[mesh] += at - previous
                    if owner < 0 or ranks[mesh] > ranks[owner]:
                        owner = mesh
            if owner >= 0:
                own[owner] += at - previous
                if entered < 0.0:
                    entered = previous
                    nearest = min(nearest, previous)
            elif entered >= 0.0:
                if previous > entered:
                    pixels[found, 0], pixels[found, 1] = row, column
                    pieces_mm[found, 0] = entered * length
                    pieces_mm[found, 1] = previous * length
                    found += 1
                entered = -1.0
            if hit < stop:
                mesh = abs(codes[hit]) - 1
                nested[mesh] += 1 if codes[hit] * entry_sign[mesh] > 0 else -1
                previous = at
        if nearest < np.inf:
            first_mm[row, column] = nearest * length
        for mesh in range(n_meshes):
            owned[mesh, row, column] = own[mesh] * length
            whole[mesh, row, column] = full[mesh] * length
    return pixels[:found].copy(), pieces_mm[:found].copy()
