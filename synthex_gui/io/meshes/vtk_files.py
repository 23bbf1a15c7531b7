"""VTK's own formats (.vtp, legacy .vtk) by VTK's readers, which crash on some damaged files:
run this through `synthex_gui.io.child.pool`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import MAX_TRIANGLES, TriangleSoup, checked_soup

COUNTS_XML = re.compile(rb'NumberOf(Points|Polys|Strips)\s*=\s*"(\d{1,12})"')
COUNTS_LEGACY = re.compile(rb"^\s*(POINTS|POLYGONS|TRIANGLE_STRIPS)\s+(\d{1,12})", re.MULTILINE)


def read_vtk(path: Path) -> TriangleSoup:
    """Points and triangulated polygons of PolyData. Raises InputError.

    What VTK delivers must have the counts that the header declares.
    """
    from vtkmodules.vtkCommonCore import vtkLogger
    from vtkmodules.vtkIOLegacy import vtkPolyDataReader
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    data = path.read_bytes()
    xml = path.suffix.lower() == ".vtp" or data.lstrip().startswith((b"<?xml", b"<VTKFile"))
    pattern = COUNTS_XML if xml else COUNTS_LEGACY
    declared: dict[bytes, int] = {}
    for name, number in pattern.findall(data):
        declared[name.lower()] = declared.get(name.lower(), 0) + int(number)
    if not xml and not data.startswith(b"# vtk DataFile"):
        raise InputError(path, "is not a VTK file")
    if (b'type="PolyData"' if xml else b"POLYDATA") not in data[:4096]:
        raise InputError(path, "holds no PolyData; save the surface as PolyData")
    points = declared.get(b"points", 0)
    # One character a number is the least that any encoding needs, but for a compressed one.
    most = 1032 * len(data) if xml else len(data)
    if points == 0 or 3 * points > most or max(declared.values()) > 3 * MAX_TRIANGLES:
        raise InputError(path, f"declares {points} points; it is cut short, damaged or empty")
    reader = vtkXMLPolyDataReader() if xml else vtkPolyDataReader()
    problems: list[str] = []
    for event in ("ErrorEvent", "WarningEvent"):
        reader.AddObserver(event, lambda _caller, _event: problems.append("reader"))
    if xml:
        parser_errors = reader.GetReaderErrorObserver()
        if parser_errors is not None:
            parser_errors.AddObserver("ErrorEvent", lambda _c, _e: problems.append("parser"))
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
    wanted = sum(declared.get(name, 0) for name in (b"polys", b"polygons", b"strips"))
    wanted += declared.get(b"triangle_strips", 0)
    if problems or surface.GetNumberOfPoints() != points:
        raise InputError(path, "is damaged or cut short (VTK could not read all of it)")
    if not xml and wanted != polygons and not _modern_cells(data):
        raise InputError(path, f"is damaged: {polygons} of {wanted} polygons could be read")
    return replace(_triangles(path, surface), frame=_frame(surface))


def _frame(surface: Any) -> str:
    """Slicer keeps the frame of a model in a field array, its only place in a .vtp."""
    said = surface.GetFieldData().GetAbstractArray("SPACE")
    if said is None or said.GetNumberOfValues() == 0:
        return ""
    return str(said.GetVariantValue(0).ToString()).strip().upper()


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
