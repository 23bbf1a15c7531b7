"""A grid of radiographs: one row a scene, one column a level of realism, the same look for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw, ImageFont

from synthex_gui.geometry.transforms import rigid, rotation_from_to, unit
from synthex_gui.physics.look.looks import picture
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.beam_presets import beam_preset
from synthex_gui.scene.detector import AntiScatterGrid, Processing
from synthex_gui.scene.devices import device_by_id, preset_by_id
from synthex_gui.scene.edits import new_carm, reach_preset
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.scene.study import LEVELS
from synthex_gui.tools.catalogue import build_tool, tool_kind

GREY = Processing(look="clinical")
GAP, STRIP, TEXT = 4, 22, 13
Point = tuple[float, float, float]
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """Where the C-arm looks from and with what: preset view, point in the middle, beam preset."""

    preset: str
    aim_mm: Point
    beam: str
    source_to_aim_mm: float | None = None
    device: str = "radiography-room"


@dataclass(frozen=True, eq=False)
class Row:
    """A posed scene with its arrays, and what is written on it; `crop` a share of the image's
    sides (left, top, width) that is shown at the detector's own pixels.
    """

    title: str
    scene: Scene
    assets: SceneAssets
    crop: tuple[float, float, float] | None = None


def row(
    title: str,
    scene: Scene,
    assets: SceneAssets,
    view: View,
    tools: Sequence[Tool] = (),
    crop: tuple[float, float, float] | None = None,
) -> Row:
    """The scene with these tools in that view: grid in, exposure control on."""
    preset = beam_preset(view.beam)
    beam = Beam(
        kvp=preset.kvp, filtration_mm=dict(preset.filtration_mm), mas=10.0, exposure_control=True
    )
    place = preset_by_id(view.preset)
    carm = new_carm(device_by_id(view.device), view.aim_mm)
    carm, _ = reach_preset(carm, place, view.aim_mm, view.source_to_aim_mm)
    posed = scene.evolve(
        carm=carm, beam=beam, grid=AntiScatterGrid(is_in=True), tools=tuple(tools), processing=GREY
    )
    meshes = {
        tool.name: build_tool(tool.source.tool, tool.source.parameters)
        for tool in tools
        if isinstance(tool.source, BuiltInTool)
    }
    return Row(title, posed, SceneAssets(assets.ct, assets.labels, meshes), crop)


def placed(name: str, kind: str, world_from_tool: ArrayLike, **parameters: Any) -> Tool:
    """A built-in tool of its usual material at a pose."""
    return Tool(
        name=name,
        source=BuiltInTool(tool=kind, parameters=parameters),
        material=tool_kind(kind).material,
        world_from_tool=as_pose(np.asarray(world_from_tool, dtype=np.float64)),
    )


def along(tip_mm: ArrayLike, tail_mm: ArrayLike) -> NDArray[np.float64]:
    """(4, 4) pose of a tool whose tip lies at one point and whose +z looks at another."""
    way = np.subtract(tail_mm, tip_mm)
    return rigid(rotation_from_to([0.0, 0.0, 1.0], way), tip_mm)


def along_spine(tip_mm: ArrayLike, tail_mm: ArrayLike) -> NDArray[np.float64]:
    """The same, with the tool's x turned towards the head: a rod's slot along the spine."""
    z = unit(np.subtract(tail_mm, tip_mm))
    x = unit(np.array([0.0, 0.0, 1.0]) - z[2] * z)
    return rigid(np.stack([x, np.cross(z, x), z], axis=1), tip_mm)


def grey_of(signal: NDArray[np.float32]) -> Grey:
    """8-bit clinical look of a signal (h, w)."""
    result: Grey = np.rint(picture(signal, GREY).grey * 255.0).astype(np.uint8)
    return result


def panel(rows: Sequence[Row], renderer: Renderer, tile: int, over: int) -> Image.Image:
    """The grid, `tile` pixels a picture, with the levels above it.

    Each picture is made `over` times as large and reduced by area mean: the look belongs to a
    detector's full image.
    """
    width = len(LEVELS) * (tile + GAP) - GAP
    sheet = Image.new("L", (width, STRIP + len(rows) * (tile + GAP) - GAP), 0)
    for n, level in enumerate(LEVELS):
        write(sheet, (n * (tile + GAP) + 6, 3), level)
    for m, item in enumerate(rows):
        renderer.set_assets(item.assets)
        for n, level in enumerate(LEVELS):
            grey = _tile(item, level, renderer, tile, over)
            corner = (n * (tile + GAP), STRIP + m * (tile + GAP))
            sheet.paste(Image.fromarray(grey), corner)
        write(sheet, (6, STRIP + m * (tile + GAP) + 4), item.title)
    return sheet


def _tile(item: Row, level: str, renderer: Renderer, tile: int, over: int) -> Grey:
    scene = item.scene.evolve(level=level)
    if item.crop is None:
        full = grey_of(renderer.render(scene, size=tile * over).signal)
        means = full.reshape(tile, over, tile, over).mean(axis=(1, 3))
        result: Grey = np.rint(means).astype(np.uint8)
        return result
    left, top, share = item.crop
    full = grey_of(renderer.render(scene, size=round(tile / share)).signal)
    x, y = (round(start * full.shape[0]) for start in (left, top))
    return full[y : y + tile, x : x + tile]


def write(sheet: Image.Image, corner: tuple[int, int], text: str) -> None:
    """Small white text with a dark edge."""
    font = ImageFont.load_default(TEXT)
    ImageDraw.Draw(sheet).text(corner, text, fill=235, font=font, stroke_width=2, stroke_fill=0)
