"""Damaged meshes by the way the program loads them, and what a mended mesh measures."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import pytest
import trimesh
import vtk

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.camera import look
from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.io.errors import ReaderCrashedError
from synthex_gui.physics.backends.base import PlacedMesh, ProjectionRequest
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from tests.trust.mutants import mutant

FORMATS = ("binary.stl", "text.stl", "binary.ply", "text.ply", "a.obj", "a.vtp")
OPTIONS = {"text.stl": {"file_type": "stl_ascii"}, "text.ply": {"encoding": "ascii"}}


@pytest.fixture(scope="module")
def pool():
    pool = ReaderPool()
    pool.warm_up()
    yield pool
    pool.close()


def written(folder: Path, name: str) -> Path:
    path = folder / name
    mesh = trimesh.creation.icosphere(2, 15.0)
    if name == "a.vtp":
        sphere = vtk.vtkSphereSource()
        sphere.SetRadius(15)
        writer = vtk.vtkXMLPolyDataWriter()
        writer.SetInputConnection(sphere.GetOutputPort())
        writer.SetFileName(str(path))
        writer.Write()
    elif name == "a.obj":
        mesh.export(path)
    else:
        mesh.export(path, **OPTIONS.get(name, {}))
    return path


@pytest.mark.trust("I2")
@pytest.mark.parametrize("count", [10, pytest.param(600, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FORMATS)
def test_damaged_meshes(pool, tmp_path, tries, name, count):
    path = written(tmp_path, name)
    data = path.read_bytes()
    right = pool.load("mesh", path).mesh.volume_mm3
    random = np.random.default_rng([zlib.crc32(name.encode()), count])
    for number in range(count):
        kind, damaged = mutant(data, random)
        path.write_bytes(damaged)
        try:
            loaded = pool.load("mesh", path, limit_s=20.0)
        except ReaderCrashedError as error:
            fault = str(error)
        except SynthexError as error:
            fault = "two lines" if "\n" in str(error) else ""
        else:
            fault = wrong(kind, loaded, right)
        tries.check(not fault, f"{name} {number} {kind}: {fault}")
    path.write_bytes(data)
    assert pool.load("mesh", path).mesh.volume_mm3 == right


def wrong(kind, loaded, right):
    """Why this must not have been loaded as it was."""
    mesh = loaded.mesh
    if not len(mesh.vertices) or not len(mesh.triangles):
        return "an empty mesh"
    if not np.isfinite(mesh.vertices).all():
        return "a point that is no number"
    if mesh.triangles.min() < 0 or mesh.triangles.max() >= len(mesh.vertices):
        return "an index out of range"
    is_whole = np.isclose(mesh.volume_mm3, right, rtol=1e-3)
    if kind == "cut" and not is_whole and not loaded.warnings:
        return "a cut file was loaded as if it were whole"
    return ""


def box():
    return trimesh.creation.box((10, 10, 10)).subdivide().subdivide()


def changed(vertices=lambda v: v, faces=lambda f: f):
    made = box()
    return trimesh.Trimesh(vertices(made.vertices), faces(made.faces), process=False)


def turned(faces):
    found = faces.copy()
    found[::2] = found[::2, ::-1]
    return found


def with_fin(mesh):
    """A sheet that hangs on an edge of the box: three faces meet there."""
    a, b = mesh.vertices[mesh.faces[0, 0]], mesh.vertices[mesh.faces[0, 1]]
    fin = trimesh.Trimesh([a, b, (a + b) * 0.75], [[0, 1, 2]], process=False)
    return trimesh.util.concatenate([mesh, fin])


def nan_first(vertices):
    found = vertices.copy()
    found[0, 0] = np.nan
    return found


def overlapping():
    other = box()
    other.apply_translation((0, 3, 0))
    return trimesh.util.concatenate([box(), other])


# How it is damaged -> the mesh, its unit, a word of what is said, None: it loads without a word.
BOXES = {
    "whole": (box, "mm", None),
    "metres": (lambda: changed(lambda v: v * 1e-3), "m", None),
    "micrometres": (lambda: changed(lambda v: v * 1e3), None, "say mm, cm or m"),
    "metres unsaid": (lambda: changed(lambda v: v * 1e-3), None, "say mm, cm or m"),
    "open": (lambda: changed(faces=lambda f: f[1:]), "mm", "open edges"),
    "inverted": (lambda: changed(faces=lambda f: f[:, ::-1]), "mm", "inside out"),
    "half inverted": (lambda: changed(faces=turned), "mm", "faced the other way"),
    "non-manifold": (lambda: with_fin(box()), "mm", "left out|open edges|edge"),
    "overlapping": (overlapping, "mm", None),
    "NaN": (lambda: changed(nan_first), "mm", "not finite"),
}


@pytest.mark.trust("I7")
@pytest.mark.parametrize("ending", ["stl", "ply"])
@pytest.mark.parametrize("name", BOXES)
def test_ten_millimetres_are_ten_millimetres_or_refused(pool, tmp_path, name, ending):
    make, unit, word = BOXES[name]
    path = tmp_path / f"box.{ending}"
    make().export(path)
    try:
        mesh = pool.load("mesh", path, {"unit": unit}).mesh
    except SynthexError as error:
        said = str(error)
        mesh = None
    if mesh is None:
        assert word is not None, said
        assert re.search(word, said), said
        return
    assert mesh.is_closed
    assert word is None or re.search(word, " ".join(mesh.warnings)), mesh.warnings
    along = np.array([0.0, 0.0, -1.0])
    camera = look(-500.0 * along + [1.0, 1.0, 0], head_up_rotation(along), 1000.0, 1.0, 9, 9)
    backend = CpuBackend(1)
    backend.upload_mesh("box", mesh)
    request = ProjectionRequest(camera, meshes=(PlacedMesh("box", np.eye(4), 0),))
    image = backend.project(request).meshes_mm[0]
    backend.close()
    np.testing.assert_allclose(image, 10.0, atol=0.01)
