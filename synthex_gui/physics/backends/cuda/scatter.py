"""Scatter on a CUDA device: what `scattered` does on the CPU, point by point."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthex_gui.physics.backends.cuda.device import CudaDevice
from synthex_gui.physics.backends.stages import ScatterStage

# Cells that a thread has in hand, see `spread_cells`; the rows are filled up to a multiple.
HELD = 8
# Threads that share the columns a cell gets scatter from: more of them keep a large GPU busy.
SPLITS = 8


class CudaScatter:
    """Call inside `CudaDevice.running`."""

    def __init__(self, device: CudaDevice) -> None:
        self._device = device

    def arriving(self, coarse: Any, stage: ScatterStage) -> Any:
        """(rows, columns) scatter behind the grid, in the unit of the primary.

        `coarse` (2, rows, columns): the primary's signal and g/cm2 of tissues.
        """
        device = self._device
        _, rows, columns = coarse.shape
        count, padded = stage.nodes.shape[1], -(-rows // HELD) * HELD
        most = np.float32(stage.nodes[0, -1])
        size = (np.int32(rows), np.int32(columns), np.int32(padded))
        nodes = (
            device.keep(stage.nodes),
            np.int32(count),
            np.float32(stage.thicker),
            np.float32(stage.thinner),
        )
        down, across = device.keep(stage.down), device.keep(stage.across)
        half, around, out = (device.empty((rows, columns), np.float32) for _ in range(3))
        for left, right, inner, result in (
            (down, coarse[1], rows, half),
            (half, across, columns, around),
        ):
            numbers = (np.int32(rows), np.int32(inner), np.int32(columns), most)
            device.launch("multiply", rows * columns, (left, right, *numbers, result))
        parts, kernels = (device.empty((count, padded, columns), np.float32) for _ in range(2))
        is_used = device.zeros(count, np.int32)
        device.launch(
            "share_out",
            padded * columns,
            (coarse[0], coarse[1], around, *size, *nodes, parts, is_used),
        )
        near, far = device.keep(stage.near), device.keep(stage.far)
        device.launch(
            "blend_kernels",
            count * padded * columns,
            (
                near,
                far,
                np.float32(stage.share),
                np.int32(count),
                *(np.int32(n) for n in stage.near.shape[1:]),
                *size,
                kernels,
            ),
        )
        spread = device.empty((count, SPLITS, padded, columns), np.float32)
        device.launch(
            "spread_cells",
            count * SPLITS * (padded // HELD) * columns,
            (
                parts,
                kernels,
                is_used,
                *(np.int32(n) for n in (count, SPLITS, padded, columns)),
                spread,
            ),
        )
        device.launch(
            "gather_cells",
            rows * columns,
            (
                spread,
                is_used,
                np.int32(SPLITS),
                around,
                *size,
                *nodes,
                np.float32(stage.passing),
                out,
            ),
        )
        return out
