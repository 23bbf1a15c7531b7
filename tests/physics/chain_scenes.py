"""Exposures of simple matter, straight through the imaging chain, for its tests."""

import numpy as np

from synthex_gui.geometry.camera import look
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.exposure.chain import Passed, expose
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.detector import Detector
from synthex_gui.scene.model import Scene


def camera(size=128, pitch_mm=0.194, sdd_mm=1000.0):
    """The detector straight above a source at the origin."""
    return look([0.0, 0.0, 0.0], np.eye(3), sdd_mm, pitch_mm, size, size)


def scene(detector="ideal-energy", kvp=80.0, photons=1e5, **changes):
    """A realistic scene without heel, focal spot and scatter unless asked for."""
    beam = {"kvp": kvp, "photons": photons, "filtration_mm": {"Al": 3.0}, "heel_effect": False}
    panel = {"kind": detector, "scatter": False}
    for name, value in changes.items():
        (beam if name in Beam.model_fields else panel)[name] = value
    return Scene(beam=Beam(**{"focal_spot_mm": 0.0, **beam}), detector=Detector(**panel))


def exposed(document, view, amounts, **arguments):
    """The chain's answer behind {material name: g/cm2, a number or an image}."""
    shape = (view.height, view.width)
    tissues = [
        (material(name), np.broadcast_to(np.float32(amount), shape))
        for name, amount in amounts.items()
    ]
    known = {"exit_gap_mm", "object_mm"}
    geometry = {name: arguments.pop(name) for name in known & set(arguments)}
    passed = Passed.of(view, tissues, (), **geometry)
    return expose(document, view, passed, Quality.EXACT, **arguments)
