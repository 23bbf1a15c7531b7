"""A file that lost its end is never loaded as if it were whole; false headers cost nothing."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from synthex_gui.core.errors import SynthexError
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.door import read_volume

FORMATS = [(".nii", False), (".nii.gz", True), (".nrrd", False), (".nrrd", True)]
FORMATS += [(".mha", False), (".mha", True)]


@pytest.fixture
def noise() -> sitk.Image:
    values = np.random.default_rng(0).integers(-1000, 1000, (12, 14, 16)).astype(np.int16)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((2, 2, 3))
    return image


@pytest.mark.trust("I1", tried=110)
@pytest.mark.parametrize(("ending", "compress"), FORMATS)
def test_every_cut_is_noticed(
    tmp_path: Path, noise: sitk.Image, ending: str, compress: bool
) -> None:
    path = tmp_path / f"whole{ending}"
    sitk.WriteImage(noise, str(path), useCompression=compress)
    assert read_volume(path).warnings == ()
    data = path.read_bytes()
    cuts = {*range(0, 420, 9), *np.linspace(420, len(data) - 1, 60).astype(int).tolist()}
    cuts |= {len(data) - n for n in range(1, 12)}
    broken = tmp_path / f"cut{ending}"
    for cut in sorted(cuts):
        broken.write_bytes(data[:cut])
        with pytest.raises(InputError) as caught:
            read_volume(broken)
        assert str(caught.value).startswith("cut"), cut


@pytest.mark.trust("I1", tried=40)
@pytest.mark.parametrize(("ending", "compress"), [item for item in FORMATS if item[1]])
def test_a_changed_byte_in_a_compressed_stream_is_noticed(
    tmp_path: Path, noise: sitk.Image, ending: str, compress: bool
) -> None:
    path = tmp_path / f"whole{ending}"
    sitk.WriteImage(noise, str(path), useCompression=compress)
    data = path.read_bytes()
    random = np.random.default_rng(1)
    for place in random.integers(len(data) // 2, len(data) - 4, 40):
        broken = bytearray(data)
        broken[place] ^= 1 << int(random.integers(8))
        path.write_bytes(broken)
        with pytest.raises(InputError):
            read_volume(path)


def nrrd(path: Path, sizes: str, payload: bytes, *lines: str, encoding: str = "raw") -> Path:
    head = ["NRRD0004", "type: short", "dimension: 3", "space: LPS", f"sizes: {sizes}"]
    head += ["space directions: (2,0,0) (0,2,0) (0,0,2)", "space origin: (0,0,0)"]
    head += ["endian: little", f"encoding: {encoding}", *lines]
    path.write_bytes(("\n".join(head) + "\n\n").encode() + payload)
    return path


@pytest.mark.trust("I4", tried=7)
def test_giant_claims_cost_neither_time_nor_memory(tmp_path: Path, noise: sitk.Image) -> None:
    sitk.WriteImage(noise, str(tmp_path / "a.nii"))
    nifti = bytearray((tmp_path / "a.nii").read_bytes())
    nifti[42:48] = np.full(3, 32767, "<i2").tobytes()
    (tmp_path / "giant.nii").write_bytes(nifti)
    nifti[42:48] = np.array([1100, 1100, 1100], "<i2").tobytes()
    (tmp_path / "big.nii").write_bytes(nifti)
    (tmp_path / "big.nii.gz").write_bytes(gzip.compress(bytes(nifti)))
    zeros = gzip.compress(bytes(1 << 20))
    files = [tmp_path / name for name in ("giant.nii", "big.nii", "big.nii.gz")]
    files += [
        nrrd(tmp_path / "g.nrrd", "1100 1100 1100", bytes(5000)),
        nrrd(tmp_path / "z.nrrd", "1100 1100 1100", zeros, encoding="gzip"),
        nrrd(tmp_path / "n.nrrd", "999999999 999999999 999999999", bytes(500)),
    ]
    (tmp_path / "m.mha").write_bytes(
        b"ObjectType = Image\nNDims = 3\nBinaryData = True\nCompressedData = True\n"
        b"DimSize = 1100 1100 1100\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
        b"ElementDataFile = LOCAL\n" + zlib.compress(bytes(1 << 20))
    )
    files.append(tmp_path / "m.mha")
    tracemalloc.start()
    begin = time.process_time()
    for path in files:
        with pytest.raises(InputError):
            read_volume(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - begin < 5
    assert peak < 50e6


@pytest.mark.trust("I4")
def test_a_bomb_stops_at_the_declared_size(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 << 20), 9)
    path = nrrd(tmp_path / "bomb.nrrd", "20 20 20", bomb, encoding="gzip")
    with pytest.raises(InputError, match="more than the 16000 bytes"):
        read_volume(path)


@pytest.mark.trust("E10", tried=18)
def test_what_a_header_may_not_say(tmp_path: Path, noise: sitk.Image) -> None:
    good = bytes(2 * 1000)
    secret = tmp_path / "secret.raw"
    secret.write_bytes(good)
    inside = tmp_path / "folder"
    inside.mkdir()
    for name in ("../secret.raw", "/etc/passwd", str(secret), "~/x", "C:\\x.raw", "a\0b"):
        path = inside / "d.nhdr"
        path.write_bytes(nrrd(inside / "t.nrrd", "10 10 10", b"").read_bytes().rstrip(b"\n"))
        path.write_bytes(path.read_bytes() + f"\ndata file: {name}\n".encode())
        with pytest.raises(InputError, match=r"outside its own folder|not beside it"):
            read_volume(path)
        header = inside / "d.mhd"
        header.write_text(
            "NDims = 3\nDimSize = 10 10 10\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
            f"ElementDataFile = {name}\n"
        )
        with pytest.raises(InputError, match=r"outside its own folder|not beside it|damaged"):
            read_volume(header)
    (inside / "link.raw").symlink_to(secret)
    header.write_text(header.read_text().rsplit("=", 1)[0] + "= link.raw\n")
    with pytest.raises(InputError, match="outside its own folder"):
        read_volume(header)
    for lines in (
        ("sizes: 9 9 9",),
        ("spacings: nan nan nan", "space directions: (0,0,0) (0,0,0) (0,0,0)"),
        ("line skip: 1",),
        ("byte skip: -7",),
        ("data file: LIST",),
        ('space units: "furlong" "mm" "mm"',),
        ("nonsense",),
    ):
        with pytest.raises(InputError):
            read_volume(nrrd(tmp_path / "h.nrrd", "10 10 10", good, *lines))
    for change in (
        "(inf,0,0) (0,2,0) (0,0,2)",
        "(2,0,0) (2,0,0) (0,0,2)",
        "(1e9,0,0) (0,2,0) (0,0,2)",
        "(1e-7,0,0) (0,2,0) (0,0,2)",
        "(2,0) (0,2) (0,0)",
    ):
        path = nrrd(tmp_path / "s.nrrd", "10 10 10", good)
        text = path.read_bytes().replace(b"(2,0,0) (0,2,0) (0,0,2)", change.encode())
        path.write_bytes(text)
        with pytest.raises(InputError):
            read_volume(path)


def test_extra_bytes_are_mentioned(tmp_path: Path, noise: sitk.Image) -> None:
    sitk.WriteImage(noise, str(tmp_path / "a.nii"))
    with (tmp_path / "a.nii").open("ab") as stream:
        stream.write(b"more")
    assert "4 bytes follow" in read_volume(tmp_path / "a.nii").warnings[0]


def test_members_of_a_gzip_are_joined(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"abc") + gzip.compress(b"defg"))
    data, extra = payload.read_deflated(path, 0, 7)
    assert (data.tobytes(), extra) == (b"abcdefg", 0)


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "compress"), FORMATS)
def test_mutants_end_in_words(
    tmp_path: Path, noise: sitk.Image, ending: str, compress: bool
) -> None:
    path = tmp_path / f"seed{ending}"
    sitk.WriteImage(noise, str(path), useCompression=compress)
    data = path.read_bytes()
    random = np.random.default_rng(7)
    broken = tmp_path / f"mutant{ending}"
    refusals = []
    for _ in range(600):
        mutant = mutated(data, random)
        broken.write_bytes(mutant)
        try:
            loaded = read_volume(broken)
        except SynthexError as error:
            refusals.append(str(error))
            continue
        assert loaded.volume.values.min() >= -1024
        assert np.isfinite(loaded.volume.grid.world_from_voxel).all()
    assert 100 < len(refusals) < 600
    assert not any("\n" in text for text in refusals)


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """A cut, flipped bits, boundary bytes, a splice or a zero tail."""
    result = bytearray(data)
    kind = random.integers(5)
    place = int(random.integers(len(data)))
    early = int(random.integers(min(400, len(data))))
    if kind == 0:
        return bytes(result[:place])
    if kind == 1:
        for _ in range(int(random.integers(1, 6))):
            where = early if random.random() < 0.5 else place
            result[where] ^= 1 << int(random.integers(8))
    elif kind == 2:
        result[early : early + 4] = random.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"9999"])
    elif kind == 3:
        other = int(random.integers(len(data)))
        result[early : early + 50] = result[other : other + 50]
    else:
        result[place:] = bytes(len(data) - place)
    return bytes(result)
