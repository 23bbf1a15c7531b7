"""Exposures of simple matter, straight through the imaging chain, for its tests."""

import sys
from pathlib import Path

import numpy as np

from synthex_gui.geometry.camera import look
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.detector import Detector
from synthex_gui.scene.model import Scene

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from known_matter import expose, scatter_of

__all__ = ["camera", "exposed", "scatter_of", "scene"]


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
    tissues = [(material(name), amount) for name, amount in amounts.items()]
    return expose(document, view, tissues, **arguments)
