"""One frame of the live image: what was asked for, what came of it, and how it is shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthex_gui.app.overlays import Outline, label_colors, outline
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.beam_shape import collimation_map
from synthex_gui.physics.dose import Dose, scene_dose
from synthex_gui.physics.processing import log_signal, picture
from synthex_gui.physics.render import Radiograph, Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Level, Scene

MASK_THRESHOLD_MM, TOOL_THRESHOLD_MM = 0.5, 0.05
EMPTY_LOG = 0.05
SHUTTER = 0.3


@dataclass(frozen=True, eq=False)
class Frame:
    """A rendered image and what it shows.

    `log_image` (h, w) is -ln(signal); outlines are in that image's pixels; `is_empty` says that
    no ray met anything. `shown` has the scene's look: the log image, the signal, or the clinical
    picture's grey; `compared` is that of the same pose at another level, if asked for. `dose` of a
    full image.
    """

    scene: Scene
    radiograph: Radiograph
    log_image: Image
    shown: Image
    outlines: tuple[Outline, ...]
    tool_outlines: tuple[Outline, ...]
    is_empty: bool
    is_full: bool
    seconds: float
    generation: int
    compared: Image | None = None
    dose: Dose | None = None


@dataclass(frozen=True, eq=False)
class FrameRequest:
    """What to render: `size` columns, the structures to outline, another level beside it, the
    number of the pulse (0 for a single exposure); a newer `generation` makes this one obsolete.
    """

    generation: int
    scene: Scene
    assets: SceneAssets
    size: int
    quality: Quality
    structures: tuple[str, ...]
    is_full: bool
    compare_level: Level | None = None
    pulse: int = 0


def render_frame(renderer: Renderer, request: FrameRequest, previous: Image | None = None) -> Frame:
    """The frame asked for; `previous` the last pulse's signal (h, w), for the detector's lag.

    A full frame comes without the outlines of structures: see `with_outlines`.
    """
    scene = request.scene
    start = time.perf_counter()
    radiograph = renderer.render(
        scene,
        size=request.size,
        quality=request.quality,
        structures=() if request.is_full else request.structures,
        image_index=request.pulse,
        previous=previous,
    )
    logs = log_signal(radiograph.signal, renderer.threads)
    shown = look_of(radiograph, logs, scene, renderer.threads)
    seconds = time.perf_counter() - start
    compared: Image | None = None
    if request.compare_level is not None:
        other = scene.evolve(level=request.compare_level)
        second = renderer.render(other, size=request.size, quality=request.quality)
        compared = look_of(second, log_signal(second.signal), scene, renderer.threads)
    tool_colors = {tool.name: tool.color for tool in scene.tools}
    return Frame(
        scene,
        radiograph,
        logs,
        shown,
        _structure_outlines(request, radiograph.structures_mm),
        tuple(
            outline(name, tool_colors[name], path, TOOL_THRESHOLD_MM)
            for name, path in radiograph.tools_mm.items()
        ),
        # Noise reaches 0.03 in an open field; the thinnest hand is above 0.3.
        bool(np.percentile(logs[::4, ::4], 99.9) < EMPTY_LOG),
        request.is_full,
        seconds,
        request.generation,
        compared,
        scene_dose(scene, radiograph.camera, radiograph.mas) if request.is_full else None,
    )


def with_outlines(renderer: Renderer, request: FrameRequest, frame: Frame) -> Frame:
    """A full frame with its structures' outlines, which take longer than the image itself."""
    paths = renderer.structure_paths_mm(request.scene, request.structures, request.size)
    return replace(frame, outlines=_structure_outlines(request, paths))


def _structure_outlines(request: FrameRequest, paths: Mapping[str, Image]) -> tuple[Outline, ...]:
    labels = request.assets.labels
    colors = {} if labels is None else label_colors(labels)
    return tuple(
        outline(name, colors[name], path, MASK_THRESHOLD_MM) for name, path in paths.items()
    )


def look_of(radiograph: Radiograph, logs: Image, scene: Scene, threads: int = 1) -> Image:
    """What the view shows of an image; the view's own polarity comes on top."""
    processing = scene.processing
    if processing.look == "log":
        return logs
    if processing.look == "raw":
        return radiograph.signal
    plain = processing.evolve(bone_dark=False)
    grey = picture(radiograph.signal, plain, threads=threads).grey
    blades = collimation_map(scene.collimator, scene.beam, radiograph.camera)
    if blades is not None and radiograph.level == "realistic":
        # A clinical picture is black where the blades stand, as the digital shutter leaves it.
        grey = np.where(blades < SHUTTER, np.float32(0), grey)
    return grey
