"""The three levels side by side, of the built-in phantom or of CTs, by the application's renderer.

    python docs/make_level_images.py [--out FOLDER] [NAME ...]
    python docs/make_level_images.py --data [FOLDER] --out FOLDER [NAME ...]

The second form takes the CTs of a test data folder (default: SYNTHEX_TEST_DATA) and writes beside
the panels each realistic image at full size and the folder's radiographs in the same look.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from level_panels import (
    Point,
    Row,
    View,
    along,
    along_spine,
    grey_of,
    panel,
    placed,
    row,
)
from PIL import Image

from synthex_gui.core.places import cache_folder
from synthex_gui.geometry.arrays import LabelMap, Volume
from synthex_gui.geometry.transforms import rigid, transform_points, unit
from synthex_gui.io.child.pool import load
from synthex_gui.loading.resolve import resolve_now
from synthex_gui.phantom import Phantom, PhantomParameters, cached
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import FileSource
from synthex_gui.tools.catalogue import tool_points

IMAGES = Path(__file__).resolve().parent / "images"
ROOT = IMAGES.parents[1]
FULL = 1536
# Pixels of a picture in a panel, and how many of the detector's go into one.
TILE, OVER = 384, 4
CT_TILE, CT_OVER = 512, 3
SOFT_TISSUE_HU = 40

PELVIS = View("ap", (0.0, 0.0, 45.0), "pelvis-ap")
HIP = View("ap", (90.0, 0.0, -40.0), "pelvis-ap", 816.0, "cios-fusion")
LUMBAR_AP = View("ap", (0.0, 0.0, 165.0), "lumbar-ap", 816.0, "cios-fusion")
LUMBAR_LATERAL = View("lateral-left", (0.0, 15.0, 165.0), "lumbar-lateral", 816.0, "cios-fusion")
CHEST = View("chest-pa", (0.0, 0.0, 430.0), "chest-pa", 1580.0)


def pelvis(phantom: Phantom) -> list[Row]:
    """As it is, and with a hip replacement at the left and a sacral screw at the right."""
    plain = SceneAssets(ct=phantom.ct, labels=phantom.labels)
    tools = [*hip_replacement(phantom), sacral_screw(phantom)]
    operated = SceneAssets(ct=without_head(phantom), labels=phantom.labels)
    return [
        row("pelvis AP, 80 kVp", Scene(), plain, PELVIS),
        row("hip stem, cup, sacral screw", Scene(), operated, PELVIS, tools),
    ]


def spine(title: str, view: View, phantom: Phantom) -> list[Row]:
    """The lumbar spine without and with pedicle screws in L3 to L5."""
    assets = SceneAssets(ct=phantom.ct, labels=phantom.labels)
    return [
        row(title, Scene(), assets, view),
        row("pedicle screws L3 to L5", Scene(), assets, view, pedicle_screws(phantom)),
    ]


def chest(phantom: Phantom) -> list[Row]:
    """As it is, and with markers on the skin and a wire in front of the sternum."""
    assets = SceneAssets(ct=phantom.ct, labels=phantom.labels)
    return [
        row("chest PA, 125 kVp, 1.8 m", Scene(), assets, CHEST),
        row("ball markers, K-wire", Scene(), assets, CHEST, chest_markers()),
    ]


def detail(phantom: Phantom) -> list[Row]:
    """Parts of the images at the detector's own pixels."""
    plain = SceneAssets(ct=phantom.ct, labels=phantom.labels)
    operated = SceneAssets(ct=without_head(phantom), labels=phantom.labels)
    tools = [*hip_replacement(phantom), sacral_screw(phantom)]
    share = TILE / FULL
    return [
        row("hip, pixels of 0.194 mm", Scene(), plain, HIP, (), (0.30, 0.16, share)),
        row("stem and cup", Scene(), operated, HIP, tools, (0.30, 0.16, share)),
        row(
            "L4, lateral",
            Scene(),
            plain,
            LUMBAR_LATERAL,
            pedicle_screws(phantom),
            (0.40, 0.38, share),
        ),
    ]


def sacral_screw(phantom: Phantom) -> Tool:
    """A cannulated screw along the axis of S1's right corridor, its head on the ilium."""
    axis = phantom.truth["corridors"]["s1-iliosacral-right"]
    entry = np.array(axis["entry_mm"])
    inwards = unit(np.array(axis["target_mm"]) - entry)
    return placed("screw", "cannulated-screw", along(entry + 80.0 * inwards, entry), length_mm=85.0)


def pedicle_screws(phantom: Phantom) -> list[Tool]:
    """Six screws along the phantom's pedicle axes, their necks 4 mm behind the entry."""
    screws = []
    for level in ("L3", "L4", "L5"):
        for side, axis in phantom.truth["pedicles"][level].items():
            entry, target = np.array(axis["entry_mm"]), np.array(axis["target_mm"])
            tip = entry + 41.0 * unit(target - entry)
            screws.append(placed(f"{level}-{side}", "pedicle-screw", along_spine(tip, entry)))
    return screws


def chest_markers() -> list[Tool]:
    """Tantalum balls in front of the skin and a steel wire across the sternum."""
    places: list[Point] = [
        (x, -135.0, z) for x in (-90.0, 0.0, 90.0) for z in (340.0, 430.0, 505.0)
    ]
    balls = [
        placed(f"ball-{n}", "ball-marker", rigid(None, place), diameter_mm=5.0)
        for n, place in enumerate(places)
    ]
    wire = along((60.0, -140.0, 370.0), (-60.0, -140.0, 400.0))
    return [*balls, placed("wire", "k-wire", wire, diameter_mm=2.0)]


def shaft_axis(labels: LabelMap) -> tuple[np.ndarray, np.ndarray]:
    """(a point, the upward direction) of the left femoral shaft, from 80 to 160 mm below."""
    ids = labels.ids_of("femur-left")
    middles = []
    for depth in (-160.0, -80.0):
        k = round(depth - labels.grid.world_from_voxel[2, 3])
        rows, columns = np.nonzero(np.isin(labels.values[k], ids))
        middles.append([columns.mean(), rows.mean(), k])
    low, high = transform_points(labels.grid.world_from_voxel, middles)
    return low, unit(high - low)


def hip_replacement(phantom: Phantom) -> list[Tool]:
    """Stem along the shaft with its head in the old one's centre, and a cup about it."""
    head = np.array(phantom.truth["femoral_heads"]["left"]["centre_mm"])
    point, up = shaft_axis(phantom.labels)
    aside = head - point - ((head - point) @ up) * up
    x = unit(aside)
    turn = np.stack([x, np.cross(up, x), up], axis=1)
    shape = {
        "offset_mm": round(float(np.linalg.norm(aside)), 1),
        "distal_mm": 12.0,
        "proximal_width_mm": 34.0,
        "head_mm": 36.0,
    }
    stem = rigid(turn, head - turn @ tool_points("hip-stem", shape)["head"])
    # 45 degrees of inclination, 15 of anteversion.
    opening = unit([1.0, -0.37, -1.0])
    cup = along(head - 27.0 * opening, head)
    return [
        placed("stem", "hip-stem", stem, **shape),
        placed("cup", "acetabular-cup", cup, outer_diameter_mm=54.0),
    ]


def without_head(phantom: Phantom) -> Volume:
    """The CT with soft tissue where the left femoral head and neck were."""
    head = np.array(phantom.truth["femoral_heads"]["left"]["centre_mm"])
    point, up = shaft_axis(phantom.labels)
    foot = point + ((head - point) @ up - 40.0) * up
    neck = unit(head - foot)
    cut = 0.45 * float(np.linalg.norm(head - foot))
    where = np.argwhere(np.isin(phantom.labels.values, phantom.labels.ids_of("femur-left")))
    world = transform_points(phantom.labels.grid.world_from_voxel, where[:, ::-1])
    gone = tuple(where[(world - foot) @ neck > cut].T)
    values = phantom.ct.values.copy()
    values[gone] = SOFT_TISSUE_HU
    return replace(phantom.ct, values=values)


PANELS: dict[str, Callable[[Phantom], list[Row]]] = {
    "levels_pelvis": pelvis,
    "levels_spine_ap": partial(spine, "lumbar spine AP, 80 kVp", LUMBAR_AP),
    "levels_spine_lateral": partial(spine, "lateral, 90 kVp", LUMBAR_LATERAL),
    "levels_chest": chest,
    "levels_detail": detail,
}

# CT file, view, beam, and how far from the CT's middle the view aims [mm].
CTS: dict[str, tuple[str, str, str, Point]] = {
    "pelvis_vhf": ("ct/pelvis_vhf_1mm.nii.gz", "ap", "pelvis-ap", (0.0, 0.0, 0.0)),
    "pelvis_nail": ("ct/abdpelvis_hipnail_3mm.nii.gz", "ap", "pelvis-ap", (0.0, 0.0, -80.0)),
    "chest_lidc": ("ct/chest_lidc0001.nii.gz", "chest-pa", "chest-pa", (0.0, 0.0, 0.0)),
    "skull": ("ct/skull_phantom_1mm.nii.gz", "lateral-left", "skull-pa", (0.0, 0.0, 0.0)),
    "knee": ("ct/knee_sts028.nii.gz", "ap", "rqr-3", (0.0, 0.0, 0.0)),
    "knee_lateral": ("ct/knee_sts047.nii.gz", "lateral-left", "rqr-3", (0.0, 0.0, 0.0)),
}
RADIOGRAPHS = (
    "loopx_pelvis_ap_0030.png",
    "loopx_chest_0011.png",
    "chest_cr_RG1_J2KI.dcm",
    "ankle_cr_RG3_J2KR.dcm",
    "rf_biliary_0015.dcm",
)


def make_phantom_panels(names: Sequence[str], out: Path, renderer: Renderer) -> None:
    """The panels of the phantom."""
    phantom = cached(PhantomParameters(), cache_folder("phantoms"))
    for name in names or PANELS:
        sheet = panel(PANELS[name](phantom), renderer, TILE, OVER)
        sheet.save(out / f"{name}.png", optimize=True)


def make_ct_panels(names: Sequence[str], data: Path, out: Path, renderer: Renderer) -> None:
    """A panel a CT, its realistic image at full size, and the radiographs."""
    for name in names or CTS:
        path, preset, beam, offset = CTS[name]
        scene = Scene(ct=FileSource(path=str(data / path)))
        assets = resolve_now(scene).assets
        assert assets.ct is not None
        x, y, z = assets.ct.grid.centre_mm + np.array(offset)
        distance = 1580.0 if preset == "chest-pa" else None
        item = row(name, scene, assets, View(preset, (x, y, z), beam, distance))
        panel([item], renderer, CT_TILE, CT_OVER).save(out / f"{name}.png")
        full = renderer.render(item.scene, size=FULL).signal
        Image.fromarray(grey_of(full)).save(out / f"{name}_full.png")
    if names:
        return
    for name in RADIOGRAPHS:
        real = load("xray", data / "xray_real" / name)
        grey = np.rint((1.0 - real.pixels) * 255.0).astype(np.uint8)
        if real.kind == "linear":
            # The brightest part of the picture is taken for the open field.
            grey = grey_of(real.pixels / np.float32(np.percentile(real.pixels, 99.9)))
        Image.fromarray(grey).save(out / f"real_{Path(name).stem}.png")


def main(arguments: list[str] | None = None) -> int:
    """Write the panels named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--data", type=Path, nargs="?", const=Path(os.environ.get("SYNTHEX_TEST_DATA", "."))
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args(arguments)
    known = PANELS if options.data is None else CTS
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no panel called {unknown[0]}; there are {', '.join(known)}")
    if options.data is not None and (options.out is None or options.out.resolve() == IMAGES):
        parser.error("images of CTs are not for the repository: give --out another folder")
    out = options.out or IMAGES
    out.mkdir(parents=True, exist_ok=True)
    renderer = Renderer(CpuBackend())
    if options.data is None:
        make_phantom_panels(options.names, out, renderer)
    else:
        make_ct_panels(options.names, options.data, out, renderer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
