"""What the window shows of a signal, wherever it is computed."""

from __future__ import annotations

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.cpu.chain.look import shown
from synthex_gui.physics.backends.stages import LookStage
from synthex_gui.physics.beam.shape import collimation_map
from synthex_gui.physics.look.looks import look_stage
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
    stage = live_look(scene, camera)
    if stage is None:
        return signal
    blades = None
    if stage.hide_below is not None:
        blades = collimation_map(scene.collimator, scene.beam, camera)
    return shown(signal, stage, blades, threads)
