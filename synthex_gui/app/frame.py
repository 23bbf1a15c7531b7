"""One frame of the live image: what was asked for, what came of it, and how it is shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from synthex_gui.app.overlays import Outline, label_colors, outline
from synthex_gui.export.writers.base import TOOL_THRESHOLD_MM
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.beam.dose import Dose, scene_dose
from synthex_gui.physics.render import Radiograph, Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.study import Level

EMPTY_LOG = 0.05
# Pixels a side that are looked at.
EMPTY_POINTS = 128


@dataclass(frozen=True, eq=False)
class Frame:
    """A rendered image and what it shows.

    `shown` (h, w) has the scene's look; outlines are in its pixels, round the masks that an export
    would write; `is_empty` says that no ray met anything. `compared` is the look of the same pose
    at another level, if asked for. `dose` of a full image.
    """

    scene: Scene
    radiograph: Radiograph
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
        with_look=True,
    )
    assert radiograph.shown is not None
    compared: Image | None = None
    if request.compare_level is not None:
        other = scene.evolve(level=request.compare_level)
        second = renderer.render(other, size=request.size, quality=request.quality, with_look=True)
        compared = second.shown
    tool_colors = {tool.name: tool.color for tool in scene.tools}
    frame = Frame(
        scene,
        radiograph,
        radiograph.shown,
        _structure_outlines(request, radiograph.structures_mm),
        tuple(
            outline(name, tool_colors[name], path, TOOL_THRESHOLD_MM)
            for name, path in radiograph.tools_mm.items()
        ),
        _is_empty(radiograph.signal),
        request.is_full,
        0.0,
        request.generation,
        compared,
        scene_dose(scene, radiograph.camera, radiograph.mas) if request.is_full else None,
    )
    return replace(frame, seconds=time.perf_counter() - start)


def with_outlines(renderer: Renderer, request: FrameRequest, frame: Frame) -> Frame:
    """A full frame with its structures' outlines, which take longer than the image itself."""
    paths = renderer.structure_paths_mm(request.scene, request.structures, request.size)
    return replace(frame, outlines=_structure_outlines(request, paths))


def _structure_outlines(request: FrameRequest, paths: Mapping[str, Image]) -> tuple[Outline, ...]:
    labels = request.assets.labels
    colors = {} if labels is None else label_colors(labels)
    plan = request.scene.plan or SeriesPlan()
    return tuple(
        outline(name, colors[name], path, plan.mask_threshold_mm) for name, path in paths.items()
    )


def _is_empty(signal: Image) -> bool:
    """True when nothing but noise makes a pixel darker than the open field."""
    step = max(1, max(signal.shape) // EMPTY_POINTS)
    darkest = np.percentile(signal[::step, ::step], 0.1)
    # Noise reaches 0.03 in an open field; the thinnest hand is above 0.3.
    return bool(darkest > np.exp(-EMPTY_LOG))
