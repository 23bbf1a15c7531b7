"""``synthex info FILE``: what a CT, label map, mesh, landmark file, X-ray or project is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.cli.output import say, warn
from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Grid


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex info``."""
    parser = commands.add_parser(
        "info",
        help="say what a file holds",
        description="Say what a CT, label map, mesh, landmark file or project holds.",
        epilog="examples:\n  synthex info pelvis.nii.gz\n  synthex info --labels seg.nii.gz\n"
        "exit codes: 0 done, 1 the file cannot be read",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--labels", action="store_true", help="read FILE as a label map")
    parser.add_argument(
        "--series", metavar="UID", help="which series of a DICOM folder that holds several"
    )
    parser.add_argument("--mesh-unit", choices=("mm", "cm", "m"), help="unit of a mesh file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the facts."""
    path = Path(options.file)
    if not path.exists():
        raise SynthexError(f"{path}: does not exist")
    from synthex_gui.loading.kinds import kind_of

    kind = "labels" if options.labels else kind_of(path)
    if kind == "project":
        _project(path)
    elif kind == "landmarks":
        _landmarks(path)
    elif kind == "mesh":
        _mesh(path, options.mesh_unit)
    elif kind == "labels":
        _labels(path)
    elif kind == "picture" or (kind == "dicom" and _is_radiograph(path)):
        _xray(path)
    else:
        _volume(path, options.series)
    return 0


def _project(path: Path) -> None:
    from synthex_gui.loading.project import open_project

    scene, _ = open_project(path, warn)
    say(f"project: {scene.carm.device}, level {scene.level}")
    for title, source in (("CT", scene.ct), ("labels", scene.labels)):
        if source is not None:
            say(f"{title}: {getattr(source, 'path', 'the built-in phantom')}")
    say(f"tools: {', '.join(tool.name for tool in scene.tools) or 'none'}")
    say(f"landmarks: {len(scene.landmarks)}; saved views: {len(scene.views)}")
    plan = scene.plan
    say(f"plan: {'none' if plan is None else f'{plan.source}, {plan.count} images'}")


def _landmarks(path: Path) -> None:
    from synthex_gui.io.landmarks import read_landmarks

    for item in read_landmarks(path):
        x, y, z = item.position
        say(f"{item.name:12} {x:9.2f} {y:9.2f} {z:9.2f}  LPS mm")


def _mesh(path: Path, unit: Any) -> None:
    from synthex_gui.io.child.pool import load

    loaded = load("mesh", str(path), {"unit": unit})
    low, high = loaded.mesh.bounds_mm()
    say(f"mesh: {len(loaded.mesh.vertices)} points, {len(loaded.mesh.triangles)} triangles")
    say(f"size: {' x '.join(f'{value:.2f}' for value in high - low)} mm")
    say(f"closed: {'yes' if loaded.mesh.is_closed else 'no'}")
    for text in loaded.warnings:
        warn(text)


def _is_radiograph(path: Path) -> bool:
    from synthex_gui.io.child.pool import load
    from synthex_gui.io.errors import InputError

    try:
        load("xray", str(path), {})
    except InputError:
        return False
    return True


def _xray(path: Path) -> None:
    from synthex_gui.io.child.pool import load

    image = load("xray", str(path), {})
    rows, columns = image.pixels.shape
    say(f"radiograph: {columns} x {rows} pixels, {image.frames} frame{'s' * (image.frames != 1)}")
    say(f"values: {image.kind}, {image.pixels.min():.6g} to {image.pixels.max():.6g}")


def _labels(path: Path) -> None:
    from synthex_gui.io.child.pool import load

    loaded = load("labels", str(path), {})
    _grid(loaded.labels.grid)
    present = set(np.unique(loaded.labels.values).tolist())
    for label in loaded.labels.table:
        if label.id in present:
            say(f"  {label.id:4} {label.name}{f'  ({label.group})' if label.group else ''}")
    for text in loaded.warnings:
        warn(text)


def _volume(path: Path, series: str | None) -> None:
    from synthex_gui.io.child.pool import load

    loaded = load("volume", str(path), {"series_uid": series})
    _grid(loaded.volume.grid)
    values = loaded.volume.values
    say(f"HU: {values.min()} to {values.max()}")
    for text in loaded.warnings:
        warn(text)


def _grid(grid: Grid) -> None:
    nz, ny, nx = grid.shape
    say(f"voxels: {nx} x {ny} x {nz}")
    say(f"spacing: {' x '.join(f'{value:.4g}' for value in grid.spacing_mm)} mm")
    x, y, z = grid.centre_mm
    say(f"centre: {x:.1f} {y:.1f} {z:.1f}  LPS mm")
    for row in grid.world_from_voxel:
        say("  " + " ".join(f"{value:10.4f}" for value in row))
