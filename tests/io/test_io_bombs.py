"""Files that claim or unpack to gigabytes are refused at once, in little memory."""

from __future__ import annotations

import base64
import gzip
import struct
import time
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import DeflatedExplicitVRLittleEndian

from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.io.errors import InputError, ReaderCrashedError

MOST_S, MOST_BYTES = 5.0, 800e6
NRRD = (
    "NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nspace directions: (2,0,0) (0,2,0) (0,0,2)\n"
)
MHA = (
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nElementSpacing = 1 1 1\n"
    "ElementType = MET_SHORT\n"
)
# x, y, z of 2 bytes: 70 TB, 8 GB, 3 GB.
SIZES = ((32767, 32767, 32767), (1600, 1600, 1600), (1154, 1154, 1154))


@cache
def packed_zeros(count: int, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join(parts) + packer.flush()


def volumes(folder: Path) -> list[Path]:
    image = sitk.GetImageFromArray(np.zeros((8, 8, 8), np.int16))
    sitk.WriteImage(image, str(folder / "sound.nii"))
    sound = bytearray((folder / "sound.nii").read_bytes())
    zeros = packed_zeros(64 << 20, 31)
    files = {}
    for number, sizes in enumerate(SIZES):
        sound[42:48] = np.array(sizes, "<i2").tobytes()
        files[f"claim{number}.nii"] = bytes(sound)
        files[f"claim{number}.nii.gz"] = gzip.compress(bytes(sound)) + zeros
        head = NRRD + f"sizes: {sizes[0]} {sizes[1]} {sizes[2]}\nendian: little\n"
        files[f"claim{number}.nrrd"] = (head + "encoding: raw\n\n").encode() + bytes(5000)
        files[f"packed{number}.nrrd"] = (head + "encoding: gzip\n\n").encode() + zeros
        head = MHA + f"DimSize = {sizes[0]} {sizes[1]} {sizes[2]}\n"
        files[f"claim{number}.mha"] = (head + "ElementDataFile = LOCAL\n").encode() + bytes(5000)
        files[f"packed{number}.mha"] = (
            head + "CompressedData = True\nElementDataFile = LOCAL\n"
        ).encode() + packed_zeros(64 << 20, 15)
    # Declared as it is: 1.5 GB of zeros, which deflate to 1.5 MB.
    sound[42:48] = np.array([1024, 1024, 32 * 24], "<i2").tobytes()
    files["zeros.nii.gz"] = gzip.compress(bytes(sound[:352])) + 24 * zeros
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files] + [deflated_dicom(folder)]


def deflated_dicom(folder: Path) -> Path:
    path = folder / "deflated.dcm"
    data = pydicom.Dataset()
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    data.SOPInstanceUID = "1.2.3"
    data.Modality = "CT"
    data.file_meta = pydicom.dataset.FileMetaDataset()
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.save_as(path, enforce_file_format=True)
    written = path.read_bytes()
    # The meta group ends where its length says; behind it the data set is deflated.
    start = 144 + int.from_bytes(written[140:144], "little")
    element = b"\xe0\x7f\x10\x00OB\0\0\xf0\xff\xff\x3f"
    body = zlib.decompressobj(-15).decompress(written[start:]) + element
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    parts = [packer.compress(body), *(packer.compress(bytes(1 << 20)) for _ in range(300))]
    path.write_bytes(written[:start] + b"".join(parts) + packer.flush())
    return path


def vtp(pieces: str, appended: str = "", compressor: str = "") -> bytes:
    packer = f' compressor="{compressor}"' if compressor else ""
    return (
        f'<?xml version="1.0"?>\n<VTKFile type="PolyData" byte_order="LittleEndian"{packer}>'
        f"<PolyData>{pieces}</PolyData>{appended}</VTKFile>"
    ).encode()


def piece(points: int, polys: int, inside: str) -> str:
    return f'<Piece NumberOfPoints="{points}" NumberOfPolys="{polys}">{inside}</Piece>'


def array(name: str, kind: str, how: str, content: str, more: str = "") -> str:
    return f'<DataArray type="{kind}" Name="{name}" format="{how}" {more}>{content}</DataArray>'


def packed_array(name: str, kind: str, blocks: int, size: int) -> str:
    """An array of zeros in zlib blocks."""
    block = zlib.compress(bytes(size), 9)
    header = struct.pack(f"<{3 + blocks}I", blocks, size, 0, *[len(block)] * blocks)
    text = base64.b64encode(header) + base64.b64encode(block * blocks)
    return array(name, kind, "binary", text.decode())


def meshes(folder: Path) -> list[Path]:
    zlib_ = "vtkZLibDataCompressor"
    many = 28_000_000  # points: 336 MB of float32 in 330 KB
    corner = array("Points", "Float32", "ascii", "0 0 0 1 0 0 0 1 0")
    ends = array("offsets", "Int64", "ascii", "2000000000")
    start = b"# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\nPOINTS 3 float\n"
    start += b"0 0 0 1 0 0 0 1 0\n"
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    files = {
        "points.vtp": vtp(
            piece(
                many,
                1,
                f"<Points>{packed_array('Points', 'Float32', 320, 1 << 20)}</Points>",
            ),
            compressor=zlib_,
        ),
        # 42 KB for which VTK makes 2 GB of room.
        "claims.vtp": vtp(
            piece(
                10_000_000,
                1,
                "<PointData>"
                + array("t", "Float64", "ascii", "0 " * 21_000, 'NumberOfComponents="26"')
                + f"</PointData><Points>{corner}</Points><Polys>"
                + array("connectivity", "Int64", "ascii", "0 1 2")
                + array("offsets", "Int64", "ascii", "3")
                + "</Polys>",
            )
        ),
        "corners.vtp": vtp(
            piece(
                3,
                1,
                f"<Points>{corner}</Points><Polys>"
                f"{array('connectivity', 'Int64', 'ascii', '0 1 2')}{ends}</Polys>",
            )
        ),
        "blocks.vtp": vtp(
            piece(
                60_000_000,
                1,
                "<Points>"
                + array(
                    "Points",
                    "Float32",
                    "binary",
                    base64.b64encode(struct.pack("<4I", 4_000_000_000, 180, 0, 9)).decode(),
                )
                + "</Points>",
            ),
            compressor=zlib_,
        ),
        "count.vtp": vtp(piece(4_000_000_000, 1, "")),
        "laughs.vtp": f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>'.encode()
        + vtp("<Piece>&a9;</Piece>"),
        "laughs2.vtp": b'<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a0 "ha">'
        + entities.encode()
        + b"]>"
        + vtp("<Piece>&a9;</Piece>").partition(b"\n")[2],
        "points.vtk": start.replace(b"POINTS 3", b"POINTS 900000000"),
        "numbers.vtk": start + b"POLYGONS 1 2000000000\n3 0 1 2\n",
        "strips.vtk": start + b"TRIANGLE_STRIPS 2000000000 2000000000\n3 0 1 2\n",
        "lines.vtk": start + b"LINES 1 2000000000\n2 0 1\nPOLYGONS 1 4\n3 0 1 2\n",
        "scalars.vtk": start
        + b"POLYGONS 1 4\n3 0 1 2\nPOINT_DATA 3\nSCALARS s float 900000000\nLOOKUP_TABLE default\n",
        "table.vtk": start + b"POLYGONS 1 4\n3 0 1 2\nPOINT_DATA 3\nLOOKUP_TABLE t 2000000000\n",
        "field.vtk": start
        + b"POLYGONS 1 4\n3 0 1 2\nFIELD FieldData 1\nx 1000000 1000000 float\n0 0\n",
        "modern.vtk": start.replace(b"3.0", b"5.1")
        + b"POLYGONS 2 2000000000\nOFFSETS vtktypeint64\n0 3\nCONNECTIVITY vtktypeint64\n0 1 2\n",
        "count.stl": bytes(80) + struct.pack("<I", 4_000_000_000) + bytes(500),
        "text.stl": b"solid x\nfacet normal 0 0 0\n" + bytes(2000),
        "face.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4000000000\n",
    }
    for kind, order in (("binary_little_endian", "<"), ("ascii", "")):
        for element, line in (
            ("vertex", "property float x\nproperty float y\nproperty float z"),
            ("face", "property list uchar int vertex_indices"),
        ):
            head = f"ply\nformat {kind} 1.0\nelement {element} 4000000000\n{line}\nend_header\n"
            files[f"{element}{len(order)}.ply"] = head.encode() + bytes(600)
    list_ = b"property list uint int vertex_indices\nend_header\n" + struct.pack(
        "<I", 4_000_000_000
    )
    files["list.ply"] = (
        b"ply\nformat binary_little_endian 1.0\nelement vertex 3\nproperty float x\n"
        b"property float y\nproperty float z\nelement face 1\n"
        + list_[:51]
        + bytes(36)
        + list_[51:]
    )
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.fixture(scope="module")
def pool():
    pool = ReaderPool()
    yield pool
    pool.close()


def peak_bytes(pool: ReaderPool) -> int:
    (child,) = pool._idle
    status = Path(f"/proc/{child._process.pid}/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@pytest.fixture(scope="module")
def bombs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    return {"mesh": meshes(folder), "volume": volumes(folder)}


@pytest.mark.trust("I4")
@pytest.mark.parametrize("kind", ["mesh", "volume", "labels", "is-labels"])
def test_a_bomb_is_refused_at_once_in_little_memory(pool, bombs, kind):
    for path in bombs["mesh" if kind == "mesh" else "volume"]:
        # Not read at all where labels are looked for.
        if path.suffix == ".dcm" and kind != "volume":
            continue
        begin = time.monotonic()
        with pytest.raises(InputError) as refused:
            pool.load(kind, path)
        assert time.monotonic() - begin < MOST_S, path.name
        # In words, and not because the child ran into its limit of memory.
        assert not isinstance(refused.value, ReaderCrashedError), (path.name, str(refused.value))
        assert peak_bytes(pool) < MOST_BYTES, path.name


def test_a_header_beside_its_voxels_is_no_bomb(tmp_path, monkeypatch):
    from synthex_gui.io.volumes import door

    # What is asked of files of more than 512 MB, asked of one of 64 KB.
    monkeypatch.setattr(door, "BOMB_BYTES", 1000)
    rng = np.random.default_rng(0)
    (tmp_path / "ct.raw").write_bytes(rng.integers(-1000, 2000, (32, 32, 32), np.int16).tobytes())
    head = MHA + "DimSize = 32 32 32\nElementDataFile = ct.raw\n"
    (tmp_path / "ct.mhd").write_text(head)
    assert door.read_volume(tmp_path / "ct.mhd").volume.values.shape == (32, 32, 32)
