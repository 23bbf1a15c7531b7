"""An exposure on the CPU: the stages of a request, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthex_gui.numeric.separable import filtered
from synthex_gui.physics.backends.base import Image, Projection
from synthex_gui.physics.backends.cpu.chain.arrive import arrive
from synthex_gui.physics.backends.cpu.chain.cells import CoarsePrimary, coarse_primary
from synthex_gui.physics.backends.cpu.chain.look import shown
from synthex_gui.physics.backends.cpu.chain.matter import amounts_of, sum_of
from synthex_gui.physics.backends.cpu.chain.read_out import read_out
from synthex_gui.physics.backends.cpu.chain.scatter import Transfers, scattered
from synthex_gui.physics.backends.cpu.chain.transmit import exp_minus, transmit
from synthex_gui.physics.backends.stages import (
    BeamStage,
    Exposed,
    ExposureRequest,
    Metering,
    ReadStage,
)


class CpuExposer:
    """Carries out the stages of requests; the same bytes for any number of threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._transfers = Transfers()

    def expose(
        self, what: ExposureRequest, images: Sequence[Image], projection: Projection
    ) -> Exposed:
        """One image from what was projected: `images`, each (h, w), as `MatterStage` numbers
        them; `projection` goes into the answer.
        """
        camera, photons = what.request.camera, 1.0
        shape = camera.height, camera.width
        integral: Image | None = None
        if what.beam is None or what.reading is None:
            integral = sum_of(what.matter, images, shape)
            signal = exp_minus(integral, self._threads)
        else:
            amounts = amounts_of(what.matter, images, shape, self._threads)
            mean, spread = transmit(amounts, what.beam, self._threads)
            if what.beam.focal is not None:
                mean = filtered(mean, what.beam.focal, self._threads)
            coarse = coarse_primary(mean, what.beam, amounts, what.matter.tissues)
            signal, photons = self._read(what.reading(), what.beam, (mean, spread), coarse)
        look: Image | None = None
        if what.look is not None:
            blades = None if what.beam is None else what.beam.blades
            look = shown(signal, what.look, blades, self._threads)
        return Exposed(
            projection=projection,
            signal=signal,
            photons=photons,
            shown=look,
            integral=integral if what.keeps_integral else None,
        )

    def _read(
        self,
        read: ReadStage,
        beam: BeamStage,
        primary: tuple[Image, Image],
        coarse: CoarsePrimary,
    ) -> tuple[Image, float]:
        """(the flat-fielded signal, photons per open-field pixel)."""
        stray: Image | None = None
        if read.scatter is not None and coarse.water_g_cm2.any():
            signal, water = coarse.signal, coarse.water_g_cm2
            stray = scattered(read.scatter, signal, water, self._transfers)
        photons = read.photons
        if isinstance(photons, Metering):
            photons = metered(photons, coarse, stray, read.grid)
        arrived = arrive(primary, beam, read, stray, photons, self._threads)
        return read_out(arrived, beam, read, photons, self._threads), photons


def metered(metering: Metering, coarse: CoarsePrimary, stray: Image | None, grid: Image) -> float:
    """Photons per open-field pixel that give the measuring field what it wants; `stray` scatter
    behind the grid (rows, columns), `grid` (w,) its primary transmission.
    """
    middles = np.arange(coarse.signal.shape[1]) * coarse.cell_px + coarse.cell_px // 2
    signal = coarse.signal * grid[np.minimum(middles, len(grid) - 1)]
    if stray is not None:
        signal = signal + stray
    field = signal[slice(*metering.rows), slice(*metering.columns)]
    level = max(float(field.mean(dtype=np.float64)), 1e-12)
    return float(np.clip(metering.wanted / level, metering.least, metering.most))
