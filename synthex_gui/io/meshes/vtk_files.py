"""Legacy VTK files (.vtk) by VTK's reader, which crashes on some damaged files: run this through
`synthex_gui.io.child.pool`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import MAX_TRIANGLES, TriangleSoup, checked_soup
from synthex_gui.io.meshes.vtp import read_vtp

# A keyword and how many of it; for cells also how many numbers they take altogether.
COUNTS = re.compile(
    rb"^[ \t]*(POINTS|VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS|POINT_DATA|CELL_DATA)"
    rb"[ \t]+(\d+)(?:[ \t]+(\d+))?",
    re.MULTILINE,
)
# An array of a field: name, components, tuples, type.
FIELD = re.compile(rb"^[ \t]*\S+[ \t]+(\d+)[ \t]+(\d+)[ \t]+[a-z_]+[ \t]*\r?$", re.MULTILINE)
NUMBER = re.compile(rb"\b\d+\b")
# What has a number of components a point, or entries, behind its name.
ATTRIBUTE = re.compile(
    rb"^[ \t]*(?:SCALARS|COLOR_SCALARS|LOOKUP_TABLE|TEXTURE_COORDINATES|FIELD)[ \t]+\S+([^\n]*)",
    re.MULTILINE,
)


def read_vtk(path: Path) -> TriangleSoup:
    """Points and triangulated polygons of PolyData, whichever of VTK's formats. Raises InputError.

    What VTK delivers must have the counts that the header declares.
    """
    from vtkmodules.vtkCommonCore import vtkLogger
    from vtkmodules.vtkIOLegacy import vtkPolyDataReader

    data = path.read_bytes()
    if path.suffix.lower() == ".vtp" or data.lstrip().startswith((b"<?xml", b"<VTKFile")):
        return read_vtp(path)
    if not data.startswith(b"# vtk DataFile"):
        raise InputError(path, "is not a VTK file")
    if b"POLYDATA" not in data[:4096]:
        raise InputError(path, "holds no PolyData; save the surface as PolyData")
    declared = _declared(path, data)
    points = declared.get(b"POINTS", 0)
    if points == 0:
        raise InputError(path, "declares no point; it is cut short, damaged or empty")
    reader = vtkPolyDataReader()
    problems: list[str] = []
    for event in ("ErrorEvent", "WarningEvent"):
        reader.AddObserver(event, lambda _caller, _event: problems.append("reader"))
    reader.SetFileName(str(path))
    # What VTK says about a damaged file goes to our error, not to the terminal.
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        reader.Update()
    finally:
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_INFO)
    # VTK reads what it can of a cut file and returns it: the header's counts tell.
    surface = reader.GetOutput()
    polygons = surface.GetNumberOfPolys() + surface.GetNumberOfStrips()
    wanted = declared.get(b"POLYGONS", 0) + declared.get(b"TRIANGLE_STRIPS", 0)
    if problems or surface.GetNumberOfPoints() != points:
        raise InputError(path, "is damaged or cut short (VTK could not read all of it)")
    if wanted != polygons and not _modern_cells(data):
        raise InputError(path, f"is damaged: {polygons} of {wanted} polygons could be read")
    return replace(_triangles(path, surface), frame=_frame(surface))


def _frame(surface: Any) -> str:
    """The frame of a model where Slicer kept it in a field array."""
    said = surface.GetFieldData().GetAbstractArray("SPACE")
    if said is None or said.GetNumberOfValues() == 0:
        return ""
    return str(said.GetVariantValue(0).ToString()).strip().upper()


def _declared(path: Path, data: bytes) -> dict[bytes, int]:
    """Keyword -> count. Raises InputError where a count, or an array's size, is beyond what the
    file can hold: VTK makes room for it before it reads.
    """
    found: dict[bytes, int] = {}
    sizes = [
        int(number[:20]) for line in ATTRIBUTE.findall(data) for number in NUMBER.findall(line)
    ]
    for name, count, size in COUNTS.findall(data):
        found[name] = found.get(name, 0) + int(count[:20])
        # A point has three numbers.
        sizes += [int(count[:20]) * (3 if name == b"POINTS" else 1), int(size[:20] or 0)]
    for components, tuples in FIELD.findall(data):
        sizes.append(int(components[:20]) * int(tuples[:20]))
    # One character a number is the least that any encoding needs.
    if max(sizes, default=0) > len(data) or max(found.values(), default=0) > 3 * MAX_TRIANGLES:
        raise InputError(
            path, f"declares {max(sizes)} numbers in {len(data)} bytes; it is damaged or cut short"
        )
    return found


def _modern_cells(data: bytes) -> bool:
    # From file version 5 on, the first number after POLYGONS counts offsets, one more than cells.
    return re.match(rb"# vtk DataFile Version [5-9]", data) is not None


def _triangles(path: Path, surface: Any) -> TriangleSoup:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter

    # Cell indices are checked before any filter uses them: VTK itself does not.
    for cells in (surface.GetPolys(), surface.GetStrips()):
        if cells.GetNumberOfCells():
            corners = vtk_to_numpy(cells.GetConnectivityArray())
            offsets = vtk_to_numpy(cells.GetOffsetsArray())
            if (
                len(corners) == 0
                or corners.min() < 0
                or corners.max() >= surface.GetNumberOfPoints()
                or offsets[0] != 0
                or offsets[-1] != len(corners)
                or (np.diff(offsets) < 0).any()
            ):
                raise InputError(path, "has faces that use points which are not there; damaged")
    raw = surface.GetPoints().GetData() if surface.GetPoints() is not None else None
    points = vtk_to_numpy(raw).astype(np.float64) if raw is not None else np.empty((0, 3))
    if not np.isfinite(points).all():
        raise InputError(path, "has points that are not finite numbers; it is damaged")
    splitter = vtkTriangleFilter()
    splitter.SetInputData(surface)
    splitter.PassLinesOff()
    splitter.PassVertsOff()
    splitter.Update()
    result = splitter.GetOutput()
    if result.GetNumberOfPolys() == 0:
        return checked_soup(path, points, np.empty((0, 3)))
    corners = vtk_to_numpy(result.GetPolys().GetConnectivityArray()).astype(np.int64)
    points = vtk_to_numpy(result.GetPoints().GetData()).astype(np.float64)
    return checked_soup(path, points, corners.reshape(-1, 3))
