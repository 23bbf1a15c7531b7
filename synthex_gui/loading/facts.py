"""What a file is and holds, found out the way the window opens it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute
from synthex_gui.core.steps import run_to_end
from synthex_gui.core.text import TextError, json_of, text_of
from synthex_gui.geometry.arrays import Grid, LabelMap, Mesh, Volume
from synthex_gui.geometry.camera import Camera, CameraError
from synthex_gui.io.child.pool import load
from synthex_gui.io.errors import not_there
from synthex_gui.loading.kinds import kind_of
from synthex_gui.loading.project import open_project
from synthex_gui.loading.resolve import resolve
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import FileSource, MeshFile

Facts = dict[str, Any]
Point = Sequence[float]
# A camera that says nothing of it, to be read all the same.
USUAL_SDD_MM = 1000.0
MOST_CAMERA_BYTES = 16 << 20


def facts_of(
    path: Path,
    *,
    as_labels: bool = False,
    label_scheme: str | None = None,
    series: str | None = None,
    unit: Any = None,
    is_incomplete_accepted: bool = False,
    hu: tuple[float, float] = (1.0, 0.0),
    probes: Sequence[Point] = (),
) -> Facts:
    """``kind``, ``warnings`` (list of texts) and what the kind has to say, ready for JSON.

    Volumes and label maps: ``size`` [columns, rows, slices], ``spacing`` mm, ``direction`` 3x3,
    ``origin``, ``world_from_voxel``; volumes ``hu_range``, ``hu`` at each probe (LPS mm, None
    outside), ``finite``; label maps ``structures``; meshes ``faces``, ``volume_mm3``, ``bbox_mm``,
    ``closed``. Raises SynthexError as the window would.
    """
    path = absolute(path)
    if not os.path.exists(path):
        raise not_there(path)
    kind = "volume" if path.is_dir() else kind_of(path)
    if kind == "landmarks" and _is_camera(path):
        return _camera(path)
    if kind == "project":
        return _project(path)
    if kind == "landmarks":
        return _landmarks(path)
    if kind == "mesh":
        return _mesh(path, unit)
    if kind == "picture":
        return _xray(path)
    if as_labels or kind == "labels" or (kind == "volume" and load("is-labels", str(path))):
        return _labels(path, label_scheme)
    source = FileSource(
        path=str(path),
        series_uid=series,
        is_incomplete_accepted=is_incomplete_accepted,
        hu_slope=hu[0],
        hu_offset=hu[1],
    )
    try:
        assets = run_to_end(resolve(Scene(ct=source))).assets
    except SynthexError:
        if kind == "dicom":
            # A radiograph's file and a slice of a CT are named alike.
            return _xray(path)
        raise
    assert assets.ct is not None
    return {"kind": "CT", "warnings": list(assets.warnings), **_volume(assets.ct, probes)}


def _volume(ct: Volume, probes: Sequence[Point]) -> Facts:
    return {
        **_lattice(ct.grid),
        "hu_range": [int(ct.values.min()), int(ct.values.max())],
        "hu": [_at(ct, probe) for probe in probes],
        "finite": True,
    }


def _at(ct: Volume, probe: Point) -> int | None:
    """The value of the voxel that a point lies in."""
    inverse = np.linalg.inv(ct.grid.world_from_voxel)
    place = np.rint(inverse @ [*probe, 1.0])[:3]
    nz, ny, nx = ct.values.shape
    # Far beyond any voxel a float is no index any more.
    if not np.abs(place).max() < max(nx, ny, nz):
        return None
    i, j, k = place.astype(int).tolist()
    if not (0 <= i < nx and 0 <= j < ny and 0 <= k < nz):
        return None
    return int(ct.values[k, j, i])


def _lattice(grid: Grid) -> Facts:
    matrix = grid.world_from_voxel
    return {
        "size": list(grid.shape[::-1]),
        "spacing": [float(value) for value in grid.spacing_mm],
        "direction": (matrix[:3, :3] / grid.spacing_mm).tolist(),
        "origin": matrix[:3, 3].tolist(),
        "world_from_voxel": matrix.tolist(),
    }


def _labels(path: Path, label_scheme: str | None) -> Facts:
    source = FileSource(path=str(path), label_scheme=label_scheme)
    scene = Scene(labels=source)
    assets = run_to_end(resolve(scene)).assets
    assert assets.labels is not None
    return {
        "kind": "label map",
        "warnings": list(assets.warnings),
        **_lattice(assets.labels.grid),
        "structures": [_structure(assets.labels, label.name) for label in assets.labels.table],
    }


def _structure(labels: LabelMap, name: str) -> Facts:
    ids = labels.ids_of(name)
    spans = [labels.boxes[label_id] for label_id in ids if label_id in labels.boxes]
    middle = None
    if spans:
        box = np.array(spans)
        place = (box[:, :, 0].min(axis=0) + box[:, :, 1].max(axis=0)) / 2
        middle = (labels.grid.world_from_voxel @ [*place, 1.0])[:3].tolist()
    label = next(item for item in labels.table if item.name == name)
    return {
        "id": label.id,
        "name": name,
        "group": label.group,
        "voxels": int(np.isin(labels.values, ids).sum()),
        "centre_mm": middle,
    }


def _mesh(path: Path, unit: Any) -> Facts:
    source = MeshFile(path=str(path), unit=unit)
    assets = run_to_end(resolve(Scene(tools=(Tool(name="mesh", source=source),)))).assets
    mesh: Mesh = assets.meshes["mesh"]
    return {
        "kind": "mesh",
        "warnings": list(assets.warnings),
        "points": len(mesh.vertices),
        "faces": len(mesh.triangles),
        "volume_mm3": abs(mesh.volume_mm3),
        "bbox_mm": mesh.bounds_mm().tolist(),
        "closed": mesh.is_closed,
    }


def _landmarks(path: Path) -> Facts:
    read = load("landmarks", str(path))
    return {
        "kind": "landmarks",
        "warnings": [f"{path.name}: {text}" for text in read.warnings],
        "landmarks": {item.name: list(item.position) for item in read.landmarks},
    }


def _project(path: Path) -> Facts:
    said: list[str] = []
    scene, _ = open_project(path, said.append)
    plan = scene.plan
    return {
        "kind": "project",
        "warnings": said,
        "device": scene.carm.device,
        "level": scene.level,
        "ct": getattr(scene.ct, "path", None if scene.ct is None else "the built-in phantom"),
        "labels": getattr(
            scene.labels, "path", None if scene.labels is None else "the built-in phantom"
        ),
        "tools": [tool.name for tool in scene.tools],
        "landmarks": len(scene.landmarks),
        "views": [view.name for view in scene.views],
        "plan": None if plan is None else f"{plan.source}, {plan.count} images",
    }


def _is_camera(path: Path) -> bool:
    try:
        data = json_of(text_of(path, MOST_CAMERA_BYTES, "a camera"))
    except TextError:
        return False
    return isinstance(data, dict) and bool({"K", "P", "camera"} & set(data))


def _camera(path: Path) -> Facts:
    data = json_of(text_of(path, MOST_CAMERA_BYTES, "a camera"))
    data = data.get("camera", data) if "K" not in data else data
    try:
        camera = Camera.from_json(data, USUAL_SDD_MM)
    except CameraError as error:
        raise SynthexError(f"{path}: {error}") from error
    return {
        "kind": "camera",
        "warnings": [],
        "size": [camera.width, camera.height],
        "sdd_mm": camera.sdd_mm,
        "source_mm": camera.source_mm.tolist(),
        "direction": camera.direction.tolist(),
        "pixel_pitch_mm": camera.pixel_pitch_mm,
    }


def _xray(path: Path) -> Facts:
    image = load("xray", str(path))
    spacing = image.pixel_spacing_mm
    return {
        "kind": "X-ray image",
        "warnings": [f"{path.name}: {text}" for text in image.warnings],
        "size": list(image.pixels.shape[::-1]),
        "pixel_spacing_mm": None if spacing is None else list(spacing),
        "frames": image.frames,
        "holds": image.kind,
    }
