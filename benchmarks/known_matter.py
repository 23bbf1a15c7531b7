"""The imaging chain behind matter that is known, without a projection: for checks and tests."""

from __future__ import annotations

import numpy as np

from synthex_gui.physics.backends.base import Projection, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.chain.scatter import Transfers, scattered
from synthex_gui.physics.backends.cpu.chain.transmit import transmit
from synthex_gui.physics.backends.cpu.exposer import CpuExposer
from synthex_gui.physics.backends.stages import BeamStage, MatterStage
from synthex_gui.physics.detector.pixels import mended
from synthex_gui.physics.exposure.plan import mas_of
from synthex_gui.physics.exposure.stages import InTheWay, realistic
from synthex_gui.physics.scatter.spread import scatter_stage


class Exposure:
    """`signal` (h, w), `photons` per open-field pixel and the `mas` that give them."""

    def __init__(self, signal, photons, mas) -> None:
        self.signal, self.photons, self.mas = signal, photons, mas


def expose(
    scene,
    camera,
    tissues,
    others=(),
    *,
    exit_gap_mm=0.0,
    object_mm=None,
    quality=Quality.EXACT,
    image_index=0,
    threads=1,
    previous=None,
) -> Exposure:
    """One exposure through `tissues` and `others`, each (material, g/cm2: a number or (h, w))."""
    both = [*tissues, *others]
    shape = camera.height, camera.width
    images = [np.broadcast_to(np.float32(amount), shape) for _, amount in both]
    matter = MatterStage(
        sources=np.arange(len(both), dtype=np.int32),
        factors=np.ones(len(both), np.float32),
        tissues=len(tissues),
    )
    way = InTheWay(tuple(what for what, _ in both), matter, lambda: exit_gap_mm, object_mm)
    request = ProjectionRequest(camera, quality=quality)
    what = realistic(scene, request, way, image_index, previous)
    made = CpuExposer(threads).expose(what, images, Projection({}))
    signal = mended(made.signal, scene.detector)
    return Exposure(signal, made.photons, mas_of(scene, camera, made.photons))


def transmitted(groups, areal_g_cm2, take_off_deg):
    """(mean, spread), each (h, w), of the primary of energy groups behind (m, h, w)."""
    first, second = (part.astype(np.float32) for part in groups.at_angles(take_off_deg))
    beam = BeamStage(
        mu=groups.mu.astype(np.float32),
        first=first,
        second=second,
        by_column=False,
        focal=None,
        open_field=np.ones(areal_g_cm2.shape[1:], np.float32),
        darkest=1.0,
        blades=None,
        cell_px=1,
    )
    return transmit(areal_g_cm2, beam)


def scatter_of(kernels, primary, water_g_cm2, gap_cm, cell_cm, sdd_cm):
    """(rows, columns) scatter of a coarse primary (rows, columns) behind water."""
    stage = scatter_stage(kernels, primary.shape, gap_cm, cell_cm, sdd_cm)
    return scattered(stage, primary, water_g_cm2, Transfers())
