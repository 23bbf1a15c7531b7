"""The one door for surfaces: STL, PLY, OBJ, VTP or legacy VTK to a closed mesh in LPS mm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import numpy as np

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.errors import InputError, MeshUnitError, not_there
from synthex_gui.io.loaded import LoadedMesh
from synthex_gui.io.meshes.data import TriangleSoup, used_points
from synthex_gui.io.meshes.obj import read_obj
from synthex_gui.io.meshes.ply import read_ply
from synthex_gui.io.meshes.repair import repaired
from synthex_gui.io.meshes.stl import read_stl
from synthex_gui.io.meshes.vtk_files import read_vtk

Unit = Literal["mm", "cm", "m"]
MM_PER_UNIT: dict[str, float] = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
ENDINGS = (".stl", ".ply", ".obj", ".vtp", ".vtk")
SPACE = re.compile(rb"\bSPACE\s*=\s*(RAS|LPS)\b", re.IGNORECASE)
PLAUSIBLE_MM = (1.0, 1000.0)
SIZE_LIMIT = 2 << 30


def read_mesh(
    path: Path | str, unit: Unit | None = None, progress: Progress = no_progress
) -> LoadedMesh:
    """Read a surface and mend it (see `mesh_repair.repaired`).

    Coordinates are LPS unless the file says ``SPACE=RAS``, in its header or a field array. `unit`
    is the file's own; None means mm, and MeshUnitError when no tool has that size in mm (below 1 or
    above 1000). Raises InputError for damage, truncation, empty files and points without faces.
    """
    source = Path(path).expanduser()
    if unit is not None and unit not in MM_PER_UNIT:
        raise InputError(source, f"unit {unit!r} is not one of mm, cm, m")
    if not source.is_file():
        raise not_there(source)
    if source.stat().st_size > SIZE_LIMIT:
        raise InputError(source, "is larger than 2 GB; reduce the mesh first")
    progress(0, 3, "reading")
    try:
        soup = _read(source)
        with source.open("rb") as stream:
            first = stream.read(4096)
    except OSError as error:
        raise InputError(source, f"cannot be read ({error.strerror})") from error
    points = soup.points
    if (soup.frame or _frame_of(first)) == "RAS":
        points = points * [-1.0, -1.0, 1.0]
    used = points[used_points(len(points), soup.triangles)]
    extent = np.ptp(used, axis=0)
    low, high = PLAUSIBLE_MM
    if extent.max() == 0:
        raise InputError(source, "has all its points in one place")
    warnings = soup.warnings
    if not low <= extent.max() * MM_PER_UNIT[unit or "mm"] <= high:
        if unit is None:
            raise MeshUnitError(source, (float(extent[0]), float(extent[1]), float(extent[2])))
        shown = " x ".join(f"{value * MM_PER_UNIT[unit]:.4g}" for value in extent)
        warnings += (f"measures {shown} mm, which is unusual for a tool",)
    progress(1, 3, "checking the surface")
    mesh = repaired(points * MM_PER_UNIT[unit or "mm"], soup.triangles)
    progress(3, 3, "checking the surface")
    return LoadedMesh(mesh, warnings + mesh.warnings, mesh.bounds_mm(), source.stem)


def _frame_of(first: bytes) -> str:
    """What a header or a comment says, as Slicer writes it in all its formats but one."""
    said = SPACE.search(first)
    return said.group(1).decode().upper() if said else ""


def _read(path: Path) -> TriangleSoup:
    ending = path.suffix.lower()
    if ending == ".stl":
        return read_stl(path)
    if ending == ".ply":
        return read_ply(path)
    if ending == ".obj":
        return read_obj(path)
    if ending in (".vtp", ".vtk"):
        return read_vtk(path)
    raise InputError(path, f"is not a mesh this program reads ({', '.join(ENDINGS)})")
