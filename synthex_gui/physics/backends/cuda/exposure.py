"""The imaging chain on a CUDA device: what `transmit`, `arrive` and `read_out` do on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.cuda.device import CudaDevice
from synthex_gui.physics.backends.cuda.scatter import CudaScatter
from synthex_gui.physics.backends.exposing import Metering, PrimaryStage, ReadStage, Slab

MOST_MATERIALS = 64


@dataclass(frozen=True, eq=False)
class Begun:
    """Half an exposure, on the device: the primary's `mean` and `spread` (h, w), `coarse`
    (2, rows, columns) means over cells, signal of the primary and g/cm2 of tissues.
    """

    stage: PrimaryStage
    mean: Any
    spread: Any
    coarse: Any


class CudaExposure:
    """The halves of exposures; call inside `CudaDevice.running`."""

    def __init__(self, device: CudaDevice) -> None:
        self._device = device
        self._scatter = CudaScatter(device)

    def primary(self, stage: PrimaryStage, images: Any) -> Begun:
        """From the projected `images` (n, h, w) on the device to the primary."""
        device = self._device
        height, width = stage.exposure.shape
        pixels, materials = height * width, len(stage.sources)
        if materials > MOST_MATERIALS:
            raise BackendError(
                f"CUDA: {materials} materials in one image, {MOST_MATERIALS} at most; "
                "choose the CPU"
            )
        size = (np.int32(height), np.int32(width))
        sources, factors = device.upload(stage.sources), device.upload(stage.factors)
        has_slab = np.int32(stage.slab is not None)
        crossed = factors if stage.slab is None else self._crossed(stage.slab, height, width)
        matter = (sources, factors, has_slab, crossed, device.upload(stage.amounts))
        mean, spread = (device.empty((height, width), np.float32) for _ in range(2))
        groups = (
            device.upload(-stage.mu),
            np.int32(len(stage.mu)),
            self._device.keep(stage.first),
            self._device.keep(stage.second),
            np.int32(stage.by_column),
        )
        device.launch(
            "transmit", pixels, (images, *size, np.int32(materials), *matter, *groups, mean, spread)
        )
        if stage.blur is not None:
            mean = self._filtered(mean, stage.blur)
        rows, columns = -(-height // stage.cell), -(-width // stage.cell)
        coarse = device.empty((2, rows, columns), np.float32)
        device.launch(
            "sample_cells",
            rows * columns,
            (
                mean,
                *self._beam(stage),
                images,
                *size,
                *matter,
                *(np.int32(n) for n in (stage.tissues, stage.cell, rows, columns)),
                coarse[0],
                coarse[1],
            ),
        )
        return Begun(stage, mean, spread, coarse)

    def read_out(self, half: Begun, stage: ReadStage) -> tuple[Any, Any]:
        """(h, w) float32 the flat-fielded signal and (2,) float64 photons and 1 over them, both on
        the device.
        """
        device, begun = self._device, half.stage
        height, width = begun.exposure.shape
        size = (np.int32(height), np.int32(width))
        exposure, darkest, has_blades, blades = self._beam(begun)
        has_noise = np.int32(stage.key is not None)
        key = (has_noise, *(np.uint32(w) for w in ((0, 0) if stage.key is None else stage.key)))
        grid = device.upload(stage.grid)
        rows, columns = half.coarse.shape[1:]
        scatter = grid
        if stage.scatter is not None:
            scatter = self._scatter.arriving(half.coarse, stage.scatter)
        photons = self._photons(half, stage, grid, scatter)
        out = device.empty((height, width), np.float32)
        device.launch(
            "arrive",
            height * width,
            (
                half.mean,
                half.spread,
                *(exposure, darkest, has_blades, blades),
                grid,
                np.int32(stage.scatter is not None),
                scatter,
                *(np.int32(n) for n in (rows, columns, begun.cell)),
                np.float32(1.0 if stage.scatter is None else stage.scatter.spread),
                photons,
                *key,
                *size,
                out,
            ),
        )
        flat = (exposure, darkest, np.float32(stage.flat_share))
        count = np.int32(height * width)
        if stage.is_ideal:
            device.launch("divide_flat", height * width, (*flat, count, out))
            return out, photons
        if stage.blur is not None:
            out = self._filtered(out, stage.blur)
        gains = grid if stage.gains is None else self._device.keep(stage.gains)
        has_lag = stage.previous is not None and stage.lag > 0.0
        previous = device.upload(stage.previous) if stage.previous is not None else grid
        device.launch(
            "read_out",
            height * width,
            (
                *flat,
                np.int32(stage.gains is not None),
                gains,
                np.float32(stage.lag if has_lag else 0.0),
                previous,
                np.float32(stage.electronic),
                np.float32(stage.saturation),
                np.float32(stage.levels),
                photons,
                *key,
                count,
                out,
            ),
        )
        return out, photons

    def _photons(self, half: Begun, stage: ReadStage, grid: Any, scatter: Any) -> Any:
        """(2,) float64 photons per open-field pixel, and 1 over them, set or metered."""
        device, metering = self._device, stage.photons
        if not isinstance(metering, Metering):
            return device.upload(np.array([metering, 1.0 / metering]))
        rows, columns = (np.array(span, np.int32) for span in (metering.rows, metering.columns))
        n_rows = int(rows[1] - rows[0])
        sums, photons = device.empty(n_rows, np.float64), device.empty(2, np.float64)
        device.launch(
            "meter_rows",
            n_rows,
            (
                half.coarse,
                np.int32(half.coarse.shape[2]),
                *(rows[0], np.int32(n_rows), *columns),
                grid,
                *(np.int32(len(stage.grid)), np.int32(half.stage.cell)),
                np.int32(stage.scatter is not None),
                scatter,
                sums,
            ),
        )
        device.launch(
            "set_photons",
            1,
            (
                sums,
                np.int32(n_rows),
                np.float64(metering.wanted * n_rows * int(columns[1] - columns[0])),
                *(np.float64(limit) for limit in (metering.least, metering.most)),
                photons,
            ),
        )
        return photons

    def _crossed(self, slab: Slab, height: int, width: int) -> Any:
        """(h, w) g/cm2 of a slab on the device."""
        crossed = self._device.empty((height, width), np.float32)
        numbers = np.concatenate([slab.rays.ravel(), slab.x_span, slab.y_span, [slab.density]])
        self._device.launch(
            "cross_slab",
            height * width,
            (self._device.upload(numbers), np.int32(height), np.int32(width), crossed),
        )
        return crossed

    def blades(self, stage: PrimaryStage) -> Any:
        """The blades' map on the device, None for none."""
        return None if stage.blades is None else self._device.keep(stage.blades)

    def _beam(self, stage: PrimaryStage) -> tuple[Any, np.float32, np.int32, Any]:
        exposure = self._device.keep(stage.exposure)
        blades = exposure if stage.blades is None else self._device.keep(stage.blades)
        return exposure, np.float32(stage.darkest), np.int32(stage.blades is not None), blades

    def _filtered(self, image: Any, blur: tuple[NDArray[np.float32], NDArray[np.float32]]) -> Any:
        """An image through a sum of products of a filter down and one across."""
        device = self._device
        height, width = image.shape
        size = (np.int32(height), np.int32(width))
        across, out = (device.empty((height, width), np.float32) for _ in range(2))
        down_taps, across_taps = (device.upload(taps) for taps in blur)
        n_taps = np.int32(blur[0].shape[1])
        for term in range(len(blur[0])):
            device.launch(
                "filter_across", height * width, (image, *size, across_taps[term], n_taps, across)
            )
            is_first = np.int32(term == 0)
            device.launch(
                "filter_down",
                height * width,
                (across, *size, down_taps[term], n_taps, is_first, out),
            )
        return out
