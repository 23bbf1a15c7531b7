"""Surfaces: formats, frames, units, holes, winding, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
import vtk

from synthex_gui.core.errors import SynthexError
from synthex_gui.io.errors import InputError, MeshUnitError
from synthex_gui.io.meshes.door import read_mesh
from synthex_gui.io.meshes.topology import edges_of


def export(solid: trimesh.Trimesh, path: Path, **options: str) -> Path:
    solid.export(str(path), **options)
    return path


def write_vtk(solid: trimesh.Trimesh, path: Path, binary: bool = True) -> Path:
    writer = vtk.vtkXMLPolyDataWriter() if path.suffix == ".vtp" else vtk.vtkPolyDataWriter()
    points, cells = vtk.vtkPoints(), vtk.vtkCellArray()
    for point in solid.vertices:
        points.InsertNextPoint(point)
    for face in solid.faces:
        cells.InsertNextCell(3, face.tolist())
    surface = vtk.vtkPolyData()
    surface.SetPoints(points)
    surface.SetPolys(cells)
    if path.suffix == ".vtk":
        writer.SetFileTypeToBinary() if binary else writer.SetFileTypeToASCII()
    writer.SetInputData(surface)
    writer.SetFileName(str(path))
    writer.Write()
    return path


@pytest.fixture
def box() -> trimesh.Trimesh:
    solid = trimesh.creation.box((10, 20, 30))
    solid.apply_translation((5, 7, 9))
    return solid


def all_formats(box: trimesh.Trimesh, folder: Path) -> list[Path]:
    return [
        export(box, folder / "b.stl"),
        export(box, folder / "a.stl", file_type="stl_ascii"),
        export(box, folder / "b.ply"),
        export(box, folder / "a.ply", encoding="ascii"),
        export(box, folder / "b.obj"),
        write_vtk(box, folder / "b.vtk"),
        write_vtk(box, folder / "a.vtk", binary=False),
        write_vtk(box, folder / "b.vtp"),
    ]


def test_every_format(tmp_path: Path, box: trimesh.Trimesh) -> None:
    for path in all_formats(box, tmp_path):
        loaded = read_mesh(path)
        assert loaded.mesh.is_closed, path.name
        assert loaded.warnings == (), path.name
        assert loaded.mesh.triangles.dtype == np.int32
        assert len(loaded.mesh.vertices) == 8, path.name
        assert loaded.mesh.volume_mm3 == pytest.approx(6000, rel=1e-6)
        np.testing.assert_allclose(loaded.bounds_mm, box.bounds, atol=1e-5)


def test_ras_header_is_turned(tmp_path: Path, box: trimesh.Trimesh) -> None:
    path = write_vtk(box, tmp_path / "r.vtk")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"vtk output", b"3D Slicer output. SPACE=RAS", 1))
    lower, upper = read_mesh(path).bounds_mm
    np.testing.assert_allclose(lower, [-10, -17, -6])
    np.testing.assert_allclose(upper, [0, 3, 24])
    assert read_mesh(path).mesh.volume_mm3 == pytest.approx(6000)


@pytest.mark.trust("I7")
def test_units_are_asked_for(tmp_path: Path, box: trimesh.Trimesh) -> None:
    box.apply_scale(1e-3)
    path = export(box, tmp_path / "m.stl")
    with pytest.raises(MeshUnitError, match="say mm, cm or m") as caught:
        read_mesh(path)
    np.testing.assert_allclose(caught.value.size, [0.01, 0.02, 0.03], rtol=1e-5)
    assert read_mesh(path, "m").mesh.volume_mm3 == pytest.approx(6000, rel=1e-5)
    assert "unusual" in read_mesh(path, "mm").warnings[0]


def test_hole_is_capped(tmp_path: Path, box: trimesh.Trimesh) -> None:
    side = box.face_normals[:, 2] < 0.5
    open_box = trimesh.Trimesh(box.vertices, box.faces[side], process=False)
    loaded = read_mesh(export(open_box, tmp_path / "o.stl"))
    assert loaded.mesh.is_closed
    assert loaded.mesh.volume_mm3 == pytest.approx(6000)
    assert "4 open edges" in loaded.warnings[0]


@pytest.mark.trust("I7")
def test_open_tube_gets_both_ends(tmp_path: Path) -> None:
    tube = trimesh.creation.cylinder(radius=5, height=40, sections=48)
    side = tube.faces[np.abs(tube.face_normals[:, 2]) < 0.5]
    loaded = read_mesh(export(trimesh.Trimesh(tube.vertices, side), tmp_path / "t.ply"))
    assert loaded.mesh.is_closed
    assert loaded.mesh.volume_mm3 == pytest.approx(tube.volume, rel=1e-6)
    assert "2 hole(s)" in loaded.warnings[0]


def test_concave_hole_is_capped_flat(tmp_path: Path) -> None:
    outline = [(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)]
    solid = trimesh.creation.extrude_triangulation(
        np.array(outline, float), np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 5]]), 12
    )
    lidless = solid.faces[solid.face_normals[:, 2] < 0.5]
    loaded = read_mesh(export(trimesh.Trimesh(solid.vertices, lidless), tmp_path / "l.stl"))
    assert loaded.mesh.is_closed
    assert loaded.mesh.volume_mm3 == pytest.approx(500 * 12)
    top = loaded.mesh.vertices[loaded.mesh.triangles][..., 2].min(axis=1) > 11.9
    a, b, c = loaded.mesh.vertices[loaded.mesh.triangles[top]].transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(500)


def test_inside_out_is_turned(tmp_path: Path, box: trimesh.Trimesh) -> None:
    box.invert()
    loaded = read_mesh(export(box, tmp_path / "i.stl"))
    assert loaded.mesh.volume_mm3 == pytest.approx(6000)
    assert "inside out" in loaded.warnings[0]


def test_half_inverted_is_mended(tmp_path: Path) -> None:
    ball = trimesh.creation.icosphere(3, 10)
    faces = ball.faces.copy()
    faces[::3] = faces[::3, ::-1]
    loaded = read_mesh(
        export(trimesh.Trimesh(ball.vertices, faces, process=False), tmp_path / "h.stl")
    )
    assert loaded.mesh.is_closed
    assert loaded.mesh.volume_mm3 == pytest.approx(ball.volume, rel=1e-6)
    assert "faced the other way" in loaded.warnings[0]


@pytest.mark.trust("I7")
def test_cavity_stays_a_cavity_and_second_body_is_turned(tmp_path: Path) -> None:
    outer, cavity, other = (trimesh.creation.icosphere(2, r) for r in (10, 5, 4))
    cavity.invert()
    other.invert()
    other.apply_translation((50, 0, 0))
    both = trimesh.util.concatenate([outer, cavity, other])
    loaded = read_mesh(export(both, tmp_path / "c.ply"))
    expected = outer.volume + cavity.volume - other.volume
    assert loaded.mesh.volume_mm3 == pytest.approx(expected, rel=1e-6)
    assert "1 part(s) were inside out" in loaded.warnings[0]


@pytest.mark.parametrize("lengths", [(10.0, 4.0), (4.0, 10.0), (8.0, 8.0)])
def test_two_parts_with_one_wall_between_them_stay_closed(
    tmp_path: Path, lengths: tuple[float, float]
) -> None:
    """A screw's head and shank that share one disc, as the PedicleScrewSimulator has them."""
    parts = []
    for number, length in enumerate(lengths):
        part = trimesh.creation.box((6, length, 6))
        part.apply_translation((0, (length / 2) * (1 if number else -1), 0))
        parts.append(part)
    wall = np.isclose(parts[1].triangles[:, :, 1], 0).all(axis=1)
    parts[1].update_faces(~wall)
    mesh = read_mesh(write_vtk(trimesh.util.concatenate(parts), tmp_path / "both.vtk")).mesh
    assert mesh.is_closed
    assert edges_of(mesh.triangles.astype(np.int64)).is_closed
    assert mesh.volume_mm3 == pytest.approx(36 * sum(lengths))
    assert "turned" not in " ".join(mesh.warnings)


@pytest.mark.trust("I7")
def test_sheet_is_shown_but_left_out(tmp_path: Path) -> None:
    sheet = trimesh.Trimesh([[0, 0, 0], [20, 0, 0], [0, 20, 0]], [[0, 1, 2]], process=False)
    loaded = read_mesh(export(sheet, tmp_path / "s.stl"))
    assert not loaded.mesh.is_closed
    assert "left out of the image" in loaded.warnings[-1]


def test_points_without_faces_and_empty(tmp_path: Path) -> None:
    header = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\n"
    (tmp_path / "p.ply").write_text(header + "property float z\nend_header\n0 0 0\n1 2 3\n")
    (tmp_path / "e.stl").write_bytes(bytes(84))
    (tmp_path / "e.obj").write_text("# nothing\n")
    (tmp_path / "zero.ply").write_bytes(b"")
    with pytest.raises(InputError, match="2 points but no faces"):
        read_mesh(tmp_path / "p.ply")
    for name in ("e.stl", "e.obj", "zero.ply"):
        with pytest.raises(InputError):
            read_mesh(tmp_path / name)


@pytest.mark.trust("I2", tried=3)
def test_bad_indices_and_nan(tmp_path: Path, box: trimesh.Trimesh) -> None:
    (tmp_path / "x.obj").write_text("v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1 2 77\n")
    with pytest.raises(InputError, match="point 76 of 3"):
        read_mesh(tmp_path / "x.obj")
    path = write_vtk(box, tmp_path / "x.vtk", binary=False)
    text = path.read_text()
    (tmp_path / "n.obj").write_text("v 0 0 0\nv nan 0 0\nv 0 9 0\nf 1 2 3\n")
    with pytest.raises(InputError, match="not finite"):
        read_mesh(tmp_path / "n.obj")
    assert "CONNECTIVITY" in text
    head, tail = text.split("CONNECTIVITY vtktypeint64\n")
    path.write_text(head + "CONNECTIVITY vtktypeint64\n" + tail.replace("1 ", "99 ", 1))
    with pytest.raises(InputError, match="not there"):
        read_mesh(path)


@pytest.mark.trust("I2", tried=240)
def test_no_truncation_loads_silently(tmp_path: Path, box: trimesh.Trimesh) -> None:
    silent = []
    for path in all_formats(box, tmp_path):
        data = path.read_bytes()
        steps = sorted({*range(0, len(data) - 1, max(1, len(data) // 60)), len(data) - 2})
        # VTK's binary and XML readers may crash on a cut file: those run in a child process.
        if path.suffix in (".vtk", ".vtp"):
            continue
        for cut in steps:
            broken = path.with_name("cut" + path.suffix)
            broken.write_bytes(data[:cut])
            try:
                loaded = read_mesh(broken)
            except SynthexError:
                continue
            same = loaded.mesh.volume_mm3 == pytest.approx(6000, rel=1e-4)
            if not loaded.warnings and not same:
                silent.append((path.name, cut, len(data)))
    assert silent == []


def test_a_text_cut_inside_its_last_number_is_mentioned(tmp_path: Path) -> None:
    # Two digits of the last corner lost: the rest is still a corner, of another triangle.
    path = export(trimesh.creation.icosphere(2, 20), tmp_path / "s.ply", encoding="ascii")
    whole = path.read_bytes().rstrip()
    assert whole[-3:].isdigit()
    path.write_bytes(whole[:-2])
    assert any("may be cut short" in text for text in read_mesh(path).warnings)


@pytest.mark.data
def test_real_screws_are_closed_edge_by_edge(data: Path) -> None:
    for name in ("pedicle_screw_475x30.vtk", "pedicle_screw_700x45.vtk"):
        mesh = read_mesh(data / "mesh" / name).mesh
        assert mesh.is_closed
        assert edges_of(mesh.triangles.astype(np.int64)).is_closed, name


def test_real_meshes(data: Path) -> None:
    folder = data / "mesh"
    for name, count, volume in [("475x30", 19, 1392.5), ("700x45", 23, 1921.4)]:
        screw = read_mesh(folder / f"pedicle_screw_{name}.vtk")
        assert screw.mesh.is_closed
        assert f"had {count} open edges" in screw.warnings[0]
        assert screw.mesh.volume_mm3 == pytest.approx(volume, rel=1e-3)
    with pytest.raises(InputError, match="no faces"):
        read_mesh(folder / "prolene_3.0.ply")
    for name in ("cube_metres", "threads_metres", "xyzfaces_metres"):
        with pytest.raises(MeshUnitError):
            read_mesh(folder / f"{name}.stl")
        assert read_mesh(folder / f"{name}.stl", "m").mesh.is_closed
    for name in ("stapler_collision.ply", "stapler_handle.obj", "staple_collision.ply"):
        assert read_mesh(folder / name, "m").mesh.is_closed
    solenoid = read_mesh(folder / "solenoid_assembly_multibody.stl")
    assert solenoid.mesh.is_closed
    assert read_mesh(folder / "screw_6p5mm_L130mm.stl").warnings == ()


def vtp(path: Path, tag: str | None, mode: str) -> None:
    """A box at x 60..80 of the frame that `tag` names, as Slicer writes it."""
    from vtkmodules.vtkCommonCore import vtkStringArray
    from vtkmodules.vtkFiltersCore import vtkTriangleFilter
    from vtkmodules.vtkFiltersSources import vtkCubeSource
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    cube = vtkCubeSource()
    cube.SetBounds(60, 80, -10, 30, -10, 10)
    splitter = vtkTriangleFilter()
    splitter.SetInputConnection(cube.GetOutputPort())
    splitter.Update()
    surface = splitter.GetOutput()
    if tag:
        said = vtkStringArray()
        said.SetName("SPACE")
        said.InsertNextValue(tag)
        surface.GetFieldData().AddArray(said)
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(surface)
    getattr(writer, f"SetDataModeTo{mode}")()
    writer.Write()


@pytest.mark.parametrize("mode", ["Ascii", "Appended", "Binary"])
@pytest.mark.parametrize(("tag", "sign"), [("RAS", -1), ("LPS", 1), (None, 1)])
def test_the_frame_that_a_vtp_keeps_in_a_field_array(tmp_path, tag, sign, mode):
    vtp(tmp_path / "box.vtp", tag, mode)
    mesh = read_mesh(tmp_path / "box.vtp").mesh
    assert mesh.vertices.mean(axis=0) == pytest.approx([sign * 70, sign * 10, 0])
    assert mesh.volume_mm3 == pytest.approx(20 * 40 * 20)


@pytest.mark.parametrize("count", [0, 5, 11])
def test_an_stl_whose_count_is_too_small_is_read_whole(tmp_path, box, count):
    path = tmp_path / "box.stl"
    box.export(path)
    data = bytearray(path.read_bytes())
    data[80:84] = count.to_bytes(4, "little")
    path.write_bytes(data)
    loaded = read_mesh(path)
    assert len(loaded.mesh.triangles) == 12
    assert any(f"counts {count} triangles, 12 are there" in text for text in loaded.warnings)
