"""VTK XML meshes in every way that VTK writes them, against VTK's own reader."""

from __future__ import annotations

import random

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkStringArray
from vtkmodules.vtkFiltersCore import vtkStripper, vtkTriangleFilter
from vtkmodules.vtkFiltersSources import vtkSuperquadricSource
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader, vtkXMLPolyDataWriter

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.lz4_block import lz4_unpacked
from synthex_gui.io.meshes.vtp import read_vtp

MODES = ("Ascii", "Binary", "Appended")
PACKERS = ("None", "ZLib", "LZMA", "LZ4")


def surface(strips=False, tag=""):
    """Some thousand triangles, a point array and a frame beside them."""
    source = vtkSuperquadricSource()
    source.SetSize(30)
    source.SetPhiResolution(40)
    source.SetThetaResolution(50)
    split = vtkTriangleFilter()
    split.SetInputConnection(source.GetOutputPort())
    last = split
    if strips:
        last = vtkStripper()
        last.SetInputConnection(split.GetOutputPort())
    last.Update()
    result = last.GetOutput()
    if tag:
        said = vtkStringArray()
        said.SetName("SPACE")
        said.InsertNextValue(tag)
        result.GetFieldData().AddArray(said)
    return result


def write(path, mesh, mode="Binary", packer="ZLib", **options):
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(mesh)
    getattr(writer, f"SetDataModeTo{mode}")()
    getattr(writer, f"SetCompressorTypeTo{packer}")()
    for name, value in options.items():
        getattr(writer, f"Set{name}")(value)
    assert writer.Write()
    return path


def by_vtk(path):
    """(points, triangles) as VTK itself reads and splits them."""
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    split = vtkTriangleFilter()
    split.SetInputConnection(reader.GetOutputPort())
    split.Update()
    result = split.GetOutput()
    corners = vtk_to_numpy(result.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return vtk_to_numpy(result.GetPoints().GetData()), corners


def check(path):
    soup = read_vtp(path)
    points, triangles = by_vtk(path)
    assert np.array_equal(soup.points, points)
    assert {tuple(np.roll(row, -row.argmin())) for row in soup.triangles} == {
        tuple(np.roll(row, -row.argmin())) for row in triangles
    }
    return soup


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("packer", PACKERS)
def test_every_mode_and_packer(tmp_path, mode, packer):
    small_blocks = {"BlockSize": 4096}
    for number, options in enumerate(
        ({}, {"HeaderType": 64}, {"ByteOrder": 0}, {"EncodeAppendedData": False}, small_blocks)
    ):
        path = write(tmp_path / f"{number}.vtp", surface(tag="RAS"), mode, packer, **options)
        assert check(path).frame == "RAS"


@pytest.mark.parametrize("mode", MODES)
def test_strips_and_pieces(tmp_path, mode):
    check(write(tmp_path / "strips.vtp", surface(strips=True), mode))
    path = tmp_path / "pieces.vtp"
    source = vtkSuperquadricSource()
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputConnection(source.GetOutputPort())
    getattr(writer, f"SetDataModeTo{mode}")()
    writer.SetNumberOfPieces(3)
    writer.Write()
    assert path.read_bytes().count(b"<Piece") == 3
    check(path)


@pytest.mark.trust("I2")
@pytest.mark.trust("I2")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("packer", PACKERS)
def test_a_damaged_or_cut_file_is_refused_or_whole(tmp_path, mode, packer):
    whole = write(tmp_path / "w.vtp", surface(), mode, packer).read_bytes()
    count = len(read_vtp(tmp_path / "w.vtp").triangles)
    path = tmp_path / "m.vtp"
    rng = random.Random(f"{mode} {packer}")
    refused = 0
    for number in range(60):
        data = bytearray(whole)
        if number % 2:
            del data[rng.randrange(len(data) - 30) :]
        else:
            for _ in range(rng.randrange(1, 20)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        try:
            soup = read_vtp(path)
        except InputError:
            refused += 1
        else:
            assert number % 2 == 0
            assert len(soup.triangles) == count
    assert refused >= 30


def test_lz4_blocks():
    # Five letters, then eleven of a match one letter back, then three letters.
    block = bytes([0x57]) + b"abcde" + b"\x01\x00" + bytes([0x30]) + b"xyz"
    assert lz4_unpacked(block, 19) == b"abcde" + b"e" * 11 + b"xyz"
    for damage in (block[:3], bytes([0x57]) + b"abcde\x09\x00", b"\xff" * 9, b"\x10a\x00\x00"):
        with pytest.raises(ValueError, match="LZ4"):
            lz4_unpacked(damage, 19)
    with pytest.raises(ValueError, match="more than declared"):
        lz4_unpacked(block, 10)
