"""The imaging chain: from what the rays met to the flat-fielded radiograph.

Spectrum (heel) - attenuation - focal spot - scatter - grid - detector's energy response - quantum
noise - blur - electronic noise - gain, lag - saturation - counts - flat field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.separable import filtered
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.detector.plane import Arriving, arrive
from synthex_gui.physics.detector.readout import Exposed, flat_fielded, read_out
from synthex_gui.physics.exposure.plan import (
    DARKEST_OPEN_FIELD,
    decide,
    flat_share_of,
    grid_of,
    mas_of,
    plan_of,
)
from synthex_gui.physics.exposure.transmission import transmit
from synthex_gui.physics.matter.materials import Material
from synthex_gui.physics.scatter.cells import coarse_primary
from synthex_gui.scene.edits import own_pitch_mm
from synthex_gui.scene.model import Scene


@dataclass(frozen=True, eq=False)
class Passed:
    """What lies in the rays' way.

    `areal` (m, h, w) float32 areal densities [g/cm2] of `materials`, none negative; the first
    `tissues` of them scatter. `exit_gap_mm` from where the beam leaves the patient to the
    detector; `object_mm` from the source to the plane whose focal-spot blur the image gets, None
    for none.
    """

    materials: tuple[Material, ...]
    areal: NDArray[np.float32]
    tissues: int
    exit_gap_mm: float = 0.0
    object_mm: float | None = None

    @classmethod
    def of(
        cls,
        camera: Camera,
        tissues: Sequence[tuple[Material, Image]],
        others: Sequence[tuple[Material, Image]] = (),
        exit_gap_mm: float = 0.0,
        object_mm: float | None = None,
    ) -> Passed:
        """From (material, (h, w) areal density [g/cm2])."""
        both = [*tissues, *others]
        areal = np.empty((len(both), camera.height, camera.width), dtype=np.float32)
        for n, (_, image) in enumerate(both):
            areal[n] = image
        materials = tuple(what for what, _ in both)
        return cls(materials, areal, len(tissues), exit_gap_mm, object_mm)


@dataclass(frozen=True, eq=False)
class Exposure:
    """`signal` (h, w) float32, 1 in the open field; `photons` per open-field pixel on the central
    ray; `mas` that gives them.
    """

    signal: Image
    photons: float
    mas: float


def expose(
    scene: Scene,
    camera: Camera,
    passed: Passed,
    quality: Quality,
    image_index: int = 0,
    threads: int = 1,
    previous: Image | None = None,
) -> Exposure:
    """One exposure of the scene's beam through `passed`; noise of image `image_index`.

    `previous`: the last frame's signal (h, w), of which the detector's lag keeps a part.
    """
    beam, detector = scene.beam, scene.detector
    plan = plan_of(scene, camera, quality, passed.materials, passed.object_mm)
    mean, spread = transmit(plan.groups, passed.areal, plan.take_off_deg, plan.along, threads)
    if plan.focal is not None:
        mean = filtered(mean, plan.focal, threads)
    open_field = np.maximum(plan.open_field, DARKEST_OPEN_FIELD)
    coarse = coarse_primary(
        mean, open_field, plan.blades, passed.areal, passed.tissues, plan.cell_px
    )
    grid = grid_of(scene, camera)
    decision = decide(scene, camera, coarse, passed.exit_gap_mm, grid)
    mas = mas_of(scene, camera, decision.photons)
    photons = decision.photons if beam.noise else None
    arrived = arrive(
        Arriving(
            mean,
            spread,
            open_field,
            plan.blades,
            grid,
            decision.stray,
            coarse.cell_px,
            decision.stray_spread,
        ),
        photons,
        beam.seed,
        image_index,
        threads,
    )
    flat = open_field
    if scene.grid.is_in:
        flat = open_field * np.float32(flat_share_of(scene))
    if detector.kind != "csi":
        return Exposure(flat_fielded(arrived, flat), decision.photons, mas)
    own_mm = own_pitch_mm(scene.carm)
    exposed = Exposed(photons, own_mm / camera.pixel_pitch_mm, beam.seed, image_index, previous)
    signal = read_out(arrived, flat, detector, camera.pixel_pitch_mm, exposed, threads)
    return Exposure(signal, decision.photons, mas)
