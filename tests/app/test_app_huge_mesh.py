"""A mesh of millions of triangles is read while the event loop goes on."""

import numpy as np
import pytest
from ticking import ticking

from synthex_gui.scene.edits import add_tool
from synthex_gui.scene.model import Tool
from synthex_gui.scene.sources import MeshFile


def write_torus(path, around):
    """A closed torus of 2 * around^2 triangles, 60 mm wide, as a binary STL."""
    angles = np.arange(around) * 2 * np.pi / around
    u, v = np.meshgrid(angles, angles, indexing="ij")
    ring = 20 + 10 * np.cos(v)
    points = np.stack([ring * np.cos(u), ring * np.sin(u), 10 * np.sin(v)], axis=-1)
    points = points.astype("<f4")
    a, b = points, np.roll(points, -1, axis=0)
    c, d = np.roll(b, -1, axis=1), np.roll(points, -1, axis=1)
    kind = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    faces = np.zeros(2 * around**2, kind)
    faces["corners"][::2] = np.stack([a, b, c], axis=2).reshape(-1, 3, 3)
    faces["corners"][1::2] = np.stack([a, c, d], axis=2).reshape(-1, 3, 3)
    with path.open("wb") as stream:
        stream.write(bytes(80) + np.uint32(len(faces)).tobytes())
        faces.tofile(stream)


@pytest.mark.trust("I8")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("around", [200, pytest.param(1582, marks=pytest.mark.slow)])
def test_a_huge_mesh_is_read_while_the_event_loop_goes_on(opened, qtbot, tmp_path, around):
    path = tmp_path / "huge.stl"
    write_torus(path, around)
    said = []
    opened.problem.connect(said.append)
    tool = Tool(name="huge", source=MeshFile(path=str(path), unit="mm"), material="Ti6Al4V")
    with ticking(longest_of_all_s=0.2):
        opened.edit_references("Add a tool", lambda scene: add_tool(scene, tool))
        qtbot.waitUntil(lambda: not opened.is_busy(), timeout=300_000)
    if said:
        # Refused: then it must say what to do.
        assert "reduce" in said[0]
        return
    mesh = opened.assets.meshes["huge"]
    assert len(mesh.triangles) == 2 * around**2
    assert mesh.is_closed
