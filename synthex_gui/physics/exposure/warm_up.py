"""Compile every kernel of the imaging chain once, on images of a few pixels."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.geometry.camera import look
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.exposure.chain import Passed, expose
from synthex_gui.physics.exposure.mono_signal import exp_minus
from synthex_gui.physics.look.looks import picture
from synthex_gui.physics.matter.materials import material
from synthex_gui.physics.scatter.exit import CoarseMatter
from synthex_gui.scene.beam import Beam, Collimator
from synthex_gui.scene.detector import Detector, Processing
from synthex_gui.scene.model import Scene


def warm_up_chain() -> None:
    """A few exposures and their looks, so that every kernel meets the types it will see."""
    camera = look([0.0, 0.0, -500.0], np.eye(3), 1000.0, 0.4, 24, 16)
    image = np.full((16, 24), 20.0, dtype=np.float32)
    tissues = [(material("water"), image), (material("bone-cortical"), image * 0.1)]
    passed = Passed.of(camera, tissues, [(material("316L"), image * 0.01)], 100.0, 500.0)
    everything = Scene(
        beam=Beam(photons=100.0),
        detector=Detector(gain_spread=0.01, dead_pixels=0.01, lag=0.1),
        collimator=Collimator(left_mm=3.0),
    )
    first = expose(everything, camera, passed, Quality.DRAG).signal
    expose(everything, camera, passed, Quality.DRAG, previous=first)
    for kind in ("csi", "ideal-energy"):
        plain = Scene(beam=Beam(photons=1e5), detector=Detector.model_validate({"kind": kind}))
        signal = expose(plain, camera, passed, Quality.DRAG).signal
    picture(signal, Processing(look="clinical"))
    shape = (9, 9, 9)
    water = Volume(np.zeros(shape, dtype=np.int16), Grid(shape, np.diag([9.0, 9.0, 9.0, 1.0])))
    CoarseMatter.of(water).exit_gap_mm(camera)
    exp_minus(image)
