"""What the window shows of a signal, wherever it is computed."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.look import LookStage
from synthex_gui.physics.beam.shape import collimation_map
from synthex_gui.physics.look.looks import log_signal, look_stage, picture
from synthex_gui.scene.model import Scene

# A clinical picture is black where the blades leave less of the beam: the digital shutter.
SHUTTER = 0.3


def live_look(scene: Scene, camera: Camera) -> LookStage | None:
    """The numbers of the scene's look, bone bright (a view inverts it by itself); None for the raw
    one, which is the signal itself.
    """
    processing = scene.processing
    if processing.look == "raw":
        return None
    has_shutter = processing.look == "clinical" and scene.level == "realistic"
    has_blades = has_shutter and not scene.collimator.is_open
    return look_stage(processing, camera.height, camera.width, SHUTTER if has_blades else None)


def look_of(signal: Image, scene: Scene, camera: Camera, threads: int = 1) -> Image:
    """(h, w) float32: -ln(signal), the signal, or the clinical picture's grey from 0 to 1."""
    processing = scene.processing
    if processing.look == "log":
        return log_signal(signal, threads)
    if processing.look == "raw":
        return signal
    grey = picture(signal, processing.evolve(bone_dark=False), threads=threads).grey
    blades = collimation_map(scene.collimator, scene.beam, camera)
    if blades is not None and scene.level == "realistic":
        grey = np.where(blades < SHUTTER, np.float32(0), grey)
    return grey
