"""The imaging chain on a CUDA device: the stages as `backends.cpu.chain` carries them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthex_gui.numeric.separable import SeparableFilter
from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.cuda.device import CudaDevice
from synthex_gui.physics.backends.cuda.scatter import CudaScatter
from synthex_gui.physics.backends.stages import (
    BeamStage,
    MatterStage,
    Metering,
    PanelStage,
    ReadStage,
    Slab,
)

MOST_MATERIALS = 64


@dataclass(frozen=True, eq=False)
class Begun:
    """Half an exposure, on the device: the primary's `mean` and `spread` (h, w), `coarse`
    (2, rows, columns) means over cells, signal of the primary and g/cm2 of tissues.
    """

    beam: BeamStage
    mean: Any
    spread: Any
    coarse: Any


class CudaExposure:
    """The halves of exposures; call inside `CudaDevice.running`."""

    def __init__(self, device: CudaDevice) -> None:
        self._device = device
        self._scatter = CudaScatter(device)

    def of_one_energy(self, matter: MatterStage, images: Any) -> tuple[Any, Any]:
        """(signal, line integral), each (h, w), from the projected `images` (n, h, w)."""
        device = self._device
        _, height, width = images.shape
        integral, signal = (device.empty((height, width), np.float32) for _ in range(2))
        numbers = (np.int32(height), np.int32(width), np.int32(len(matter.sources)))
        given = device.upload(matter.sources), device.upload(matter.factors)
        device.launch("attenuate", height * width, (images, *numbers, *given, integral, signal))
        return signal, integral

    def primary(self, matter: MatterStage, beam: BeamStage, images: Any) -> Begun:
        """From the projected `images` (n, h, w) on the device to the primary."""
        device = self._device
        height, width = beam.open_field.shape
        pixels, materials = height * width, len(matter.sources)
        if materials > MOST_MATERIALS:
            raise BackendError(
                f"CUDA: {materials} materials in one image, {MOST_MATERIALS} at most; "
                "choose the CPU"
            )
        size = (np.int32(height), np.int32(width))
        given = self._matter(matter, height, width)
        mean, spread = (device.empty((height, width), np.float32) for _ in range(2))
        groups = (
            device.upload(-beam.mu),
            np.int32(len(beam.mu)),
            device.keep(beam.first),
            device.keep(beam.second),
            np.int32(beam.by_column),
        )
        device.launch(
            "transmit", pixels, (images, *size, np.int32(materials), *given, *groups, mean, spread)
        )
        if beam.focal is not None:
            mean = self._filtered(mean, beam.focal)
        rows, columns = -(-height // beam.cell_px), -(-width // beam.cell_px)
        coarse = device.empty((2, rows, columns), np.float32)
        cells = (np.int32(n) for n in (matter.tissues, beam.cell_px, rows, columns))
        device.launch(
            "sample_cells",
            rows * columns,
            (mean, *self._field(beam), images, *size, *given, *cells, coarse[0], coarse[1]),
        )
        return Begun(beam, mean, spread, coarse)

    def read_out(self, half: Begun, stage: ReadStage) -> tuple[Any, Any]:
        """(h, w) float32 the flat-fielded signal and (2,) float64 photons and 1 over them, both on
        the device.
        """
        device, beam = self._device, half.beam
        height, width = beam.open_field.shape
        exposure, darkest, has_blades, blades = self._field(beam)
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
                *(np.int32(n) for n in (rows, columns, beam.cell_px)),
                np.float32(1.0 if stage.scatter is None else stage.scatter.spread),
                photons,
                *key,
                *(np.int32(height), np.int32(width)),
                out,
            ),
        )
        flat = (exposure, darkest, np.float32(stage.flat_share))
        if stage.panel is None:
            device.launch("divide_flat", height * width, (*flat, np.int32(height * width), out))
            return out, photons
        return self._of_panel(stage.panel, out, flat, (photons, *key)), photons

    def _of_panel(
        self, panel: PanelStage, arrived: Any, flat: tuple[Any, ...], draws: tuple[Any, ...]
    ) -> Any:
        """(h, w) what a panel makes of what arrived; `draws`: photons and the noise's key."""
        device = self._device
        out = self._filtered(arrived, panel.blur)
        has_lag = panel.previous is not None and panel.lag > 0.0
        device.launch(
            "read_out",
            out.size,
            (
                *flat,
                np.int32(panel.gains is not None),
                out if panel.gains is None else device.keep(panel.gains),
                np.float32(panel.lag if has_lag else 0.0),
                out if panel.previous is None else device.upload(panel.previous),
                np.float32(panel.electronic),
                np.float32(panel.saturation),
                np.float32(panel.levels),
                *draws,
                np.int32(out.size),
                out,
            ),
        )
        return out

    def _matter(self, matter: MatterStage, height: int, width: int) -> tuple[Any, ...]:
        """What kernels take as their `Matter` behind the images."""
        device, slab = self._device, matter.slab
        sources, factors = device.upload(matter.sources), device.upload(matter.factors)
        if slab is None or matter.slab_amounts is None:
            return sources, factors, np.int32(0), factors, factors
        crossed, amounts = self._crossed(slab, height, width), device.upload(matter.slab_amounts)
        return sources, factors, np.int32(1), crossed, amounts

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
                *(np.int32(len(stage.grid)), np.int32(half.beam.cell_px)),
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

    def blades(self, beam: BeamStage | None) -> Any:
        """The blades' map on the device, None for none."""
        if beam is None or beam.blades is None:
            return None
        return self._device.keep(beam.blades)

    def _field(self, beam: BeamStage) -> tuple[Any, np.float32, np.int32, Any]:
        exposure = self._device.keep(beam.open_field)
        blades = exposure if beam.blades is None else self._device.keep(beam.blades)
        return exposure, np.float32(beam.darkest), np.int32(beam.blades is not None), blades

    def _filtered(self, image: Any, blur: SeparableFilter) -> Any:
        """An image through a sum of products of a filter down and one across."""
        device = self._device
        height, width = image.shape
        size = (np.int32(height), np.int32(width))
        across, out = (device.empty((height, width), np.float32) for _ in range(2))
        down_taps, across_taps = (device.upload(taps) for taps in (blur.rows, blur.columns))
        n_taps = np.int32(blur.radius + 1)
        for term in range(len(blur.rows)):
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
