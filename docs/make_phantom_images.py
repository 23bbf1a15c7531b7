"""Radiographs of the built-in phantom for the documentation, by the application's own renderer.

    python docs/make_phantom_images.py [--out FOLDER] [NAME ...]

Realistic level with a grid in, clinical look, bone bright: as the application shows them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthex_gui.core.places import cache_folder
from synthex_gui.loading.opening import phantom_scene
from synthex_gui.phantom import Phantom, PhantomParameters, cached
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.look.looks import picture as look
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets, preset_aim_mm
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.detector import AntiScatterGrid, Processing
from synthex_gui.scene.devices import device_by_id, preset_by_id
from synthex_gui.scene.edits import new_carm, reach_preset
from synthex_gui.scene.model import Scene

IMAGES = Path(__file__).resolve().parent / "images"
SIZE = 900


@dataclass(frozen=True)
class Picture:
    """One view of one phantom."""

    view: str
    aim_mm: tuple[float, float, float] | None = None
    kvp: float = 80.0
    mas: float = 40.0
    phantom: dict[str, Any] = field(default_factory=dict)
    opening: bool = False
    source_to_aim_mm: float | None = None


def chest(phantom: dict[str, Any]) -> Picture:
    """A chest, the source far away."""
    return Picture("chest-pa", None, 120.0, 4.0, phantom, source_to_aim_mm=1580.0)


PICTURES = {
    "phantom_pelvis_ap": Picture("ap", (0.0, 0.0, 45.0)),
    "phantom_pelvis_inlet": Picture("inlet", source_to_aim_mm=800.0),
    "phantom_pelvis_outlet": Picture("outlet", source_to_aim_mm=740.0),
    "phantom_obturator_right": Picture("obturator-oblique-right", source_to_aim_mm=740.0),
    "phantom_obturator_left": Picture("obturator-oblique-left", source_to_aim_mm=740.0),
    "phantom_lumbar_lateral": Picture(
        "lateral-left", (0.0, 20.0, 140.0), 90.0, 80.0, source_to_aim_mm=800.0
    ),
    "phantom_chest_pa": chest({}),
    "phantom_chest_pa_woman": chest({"sex": "female", "stature_cm": 165.0, "body_mass_kg": 64.0}),
    "phantom_chest_pa_lesions": chest({"lesions": 14}),
    "phantom_first_view": Picture("ap", opening=True),
}


def posed(picture: Picture, phantom: Phantom, assets: SceneAssets) -> Scene:
    """The scene of a picture: the opening one, or a view in the radiography room."""
    scene = phantom_scene(phantom).evolve(
        level="realistic",
        beam=Beam(kvp=picture.kvp, mas=picture.mas),
        grid=AntiScatterGrid(is_in=True),
    )
    if picture.opening:
        return scene
    preset = preset_by_id(picture.view)
    aim = picture.aim_mm or preset_aim_mm(scene, assets, preset)
    carm = new_carm(device_by_id("radiography-room"), aim)
    carm, _ = reach_preset(carm, preset, aim, picture.source_to_aim_mm)
    return scene.evolve(carm=carm)


def main(arguments: list[str] | None = None) -> int:
    """Write the pictures named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=IMAGES)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in PICTURES]
    if unknown:
        parser.error(f"no picture called {unknown[0]}; there are {', '.join(PICTURES)}")
    options.out.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(CpuBackend())
    for name in options.names or PICTURES:
        picture = PICTURES[name]
        phantom = cached(PhantomParameters.checked(picture.phantom), cache_folder("phantoms"))
        assets = SceneAssets(ct=phantom.ct, labels=phantom.labels)
        renderer.set_assets(assets)
        radiograph = renderer.render(posed(picture, phantom, assets), size=SIZE)
        grey = look(radiograph.signal, Processing(look="clinical")).grey * 255
        Image.fromarray(np.rint(grey).astype(np.uint8)).save(
            options.out / f"{name}.png", optimize=True
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
