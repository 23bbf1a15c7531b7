"""Where the names of structures come from: every dialect, and no guess that is taken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.map import read_labels
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene

SHAPE = (8, 10, 12)


def boxes():
    """Three masks (nz, ny, nx): left, right, and one within the left."""
    left, right, inner = (np.zeros(SHAPE, bool) for _ in range(3))
    left[1:7, 2:8, 7:11] = True
    right[1:7, 2:8, 1:4] = True
    inner[3:5, 4:6, 8:10] = True
    return left, right, inner


def seg_nrrd(path: Path, values: np.ndarray, lines: list[str]) -> Path:
    layered = values.ndim == 4
    nz, ny, nx = values.shape[:3]
    head = [
        "NRRD0004",
        "type: unsigned char",
        f"dimension: {values.ndim}",
        "space: left-posterior-superior",
        f"sizes: {f'{values.shape[3]} ' if layered else ''}{nx} {ny} {nz}",
        f"space directions: {'none ' if layered else ''}(4,0,0) (0,4,0) (0,0,5)",
        f"kinds: {'list ' if layered else ''}domain domain domain",
        "encoding: gzip",
        "space origin: (0,0,0)",
        *lines,
    ]
    data = np.ascontiguousarray(values.astype(np.uint8)).tobytes()
    path.write_bytes(("\n".join(head) + "\n\n").encode() + gzip.compress(data, mtime=0))
    return path


def segment(number: int, name: str, **known: object) -> list[str]:
    values = {"ID": f"Segment_{number + 1}", "Name": name, "Color": "0.9 0.3 0.1", **known}
    return [f"Segment{number}_{key}:={value}" for key, value in values.items()]


def table_of(path: Path) -> list[tuple[int, str]]:
    return [(label.id, label.name) for label in read_labels(path).labels.table]


def test_segments_of_old_slicers_have_a_layer_each(tmp_path):
    left, right, _ = boxes()
    lines = segment(0, "hip left") + segment(1, "hip right")
    path = seg_nrrd(tmp_path / "a.seg.nrrd", np.stack([left, right], axis=-1), lines)
    labels = read_labels(path).labels
    assert table_of(path) == [(1, "hip left"), (2, "hip right")]
    np.testing.assert_array_equal(labels.values == 1, left)
    np.testing.assert_array_equal(labels.values == 2, right)


def test_one_segment_of_an_old_slicer_has_no_layer(tmp_path):
    path = seg_nrrd(tmp_path / "a.seg.nrrd", boxes()[0], segment(0, "hip left"))
    assert table_of(path) == [(1, "hip left")]


def test_values_out_of_order_and_an_empty_segment(tmp_path):
    left, right, _ = boxes()
    lines = [
        line
        for n, (name, value) in enumerate([("left", 7), ("right", 3), ("empty", 5)])
        for line in segment(n, name, LabelValue=value, Layer=0)
    ]
    path = seg_nrrd(tmp_path / "a.seg.nrrd", 7 * left + 3 * right, lines)
    assert table_of(path) == [(3, "right"), (7, "left")]


@pytest.fixture
def overlapping(tmp_path):
    left, right, inner = boxes()
    layers = np.stack([left + 2 * right, inner], axis=-1)
    lines = segment(0, "left", LabelValue=1, Layer=0) + segment(1, "right", LabelValue=2, Layer=0)
    return seg_nrrd(
        tmp_path / "a.seg.nrrd", layers, lines + segment(2, "tumour", LabelValue=1, Layer=1)
    )


def test_segments_that_overlap_are_all_kept(overlapping):
    left, right, inner = boxes()
    labels = read_labels(overlapping).labels
    for name, mask in (("left", left), ("right", right), ("tumour", inner)):
        np.testing.assert_array_equal(np.isin(labels.values, labels.ids_of(name)), mask)
    # The tumour lies within the left one altogether: no voxel is its alone.
    assert not (labels.values == labels.table[2].id).any()


def test_a_ray_through_both_counts_for_both(overlapping):
    labels = read_labels(overlapping).labels
    ct = Volume(np.zeros(SHAPE, np.int16), Grid(SHAPE, labels.grid.world_from_voxel))
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(SceneAssets(ct=ct, labels=labels))
    from synthex_gui.geometry.camera import look

    # Along y through the middle of the tumour.
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    camera = look([34.0, -500.0, 17.5], rotation, 1000.0, 0.1, 3, 3)
    made = renderer.render(
        Scene(level="naive"), camera=camera, structures=("left", "tumour", "right")
    )
    assert made.structures_mm["left"][1, 1] == pytest.approx(24, abs=0.1)
    assert made.structures_mm["tumour"][1, 1] == pytest.approx(8, abs=0.1)
    assert made.structures_mm["right"][1, 1] == 0


def save(path: Path, values: np.ndarray, extension: bytes | None = None) -> Path:
    image = nib.Nifti1Image(values.transpose(2, 1, 0), np.diag([-1.0, -1, 1, 1]))
    if extension is not None:
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, extension))
    nib.save(image, path)
    return path


def ids() -> np.ndarray:
    left, right, _ = boxes()
    return (1 * left + 3 * right).astype(np.uint8)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_names_inside_a_nifti_header(tmp_path, name):
    xml = (
        '<?xml version="1.0"?><CaretExtension><VolumeInformation Index="0"><LabelTable>'
        '<Label Key="1" Red="1.0" Green="0.5" Blue="0" Alpha="1"><![CDATA[spleen]]></Label>'
        '<Label Key="3" Red="0" Green="0" Blue="1" Alpha="1">left &amp; right</Label>'
        "</LabelTable></VolumeInformation></CaretExtension>"
    )
    path = save(tmp_path / name, ids(), xml.encode())
    assert table_of(path) == [(1, "spleen"), (3, "left & right")]
    assert read_labels(path).labels.table[0].color == "#ff8000"


TABLES = {
    "a.csv": "id,name\n1,L\n3,R\n",
    "a.tsv": "index\tname\tcolor\n1\tL\t#ff0000\n3\tR\t#00ff00\n",
    "a.json": json.dumps({"labels": {"background": 0, "L": 1, "R": 3}}),
    "a.label": '# ITK-SnAP Label Description File\n  0     0    0    0        0  0  0    "Clear"\n'
    '    1   255    0    0        1  1  1    "L"\n    3     0  255    0      0.5  1  1    "R"\n',
    "a.ctbl": "# Color table file\n0 Background 0 0 0 0\n1 L 255 0 0 255\n3 R 0 255 0 255\n",
    "a.txt": "1 L 255 0 0 255\n3 R 0 255 0 255\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_beside_the_map(tmp_path, name):
    path = save(tmp_path / "a.nii.gz", ids())
    (tmp_path / name).write_text(TABLES[name], encoding="utf-8")
    assert table_of(path) == [(1, "L"), (3, "R")]


def test_the_table_of_an_nnunet_data_set(tmp_path):
    (tmp_path / "labelsTr").mkdir()
    path = save(tmp_path / "labelsTr" / "case_001.nii.gz", ids())
    (tmp_path / "dataset.json").write_text(TABLES["a.json"], encoding="utf-8")
    assert table_of(path) == [(1, "L"), (3, "R")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"EchoTime": 0.03, "Manufacturer": "x"}'),
        ("a.txt", "notes about this patient"),
        ("a.csv", "time,dose\n1,2\n"),
    ],
)
def test_a_file_beside_it_that_is_no_table_is_left_alone(tmp_path, name, text):
    path = save(tmp_path / "a.nii.gz", ids())
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert table_of(path) == [(1, "label-1"), (3, "label-3")]
    assert any(name in said and "left alone" in said for said in read_labels(path).warnings)


def spine():
    """VerSe's numbers, 9 to 24, one below the other, somewhat askew."""
    values = np.zeros((120, 30, 40), np.uint8)
    for n in range(9, 25):
        k, i = 115 - 7 * (n - 9), 22 - (n - 9) // 2
        values[k - 3 : k + 3, 10:20, i - 5 : i + 5] = n
    return values


def test_a_guess_is_offered_and_not_taken(tmp_path):
    path = save(tmp_path / "a.nii.gz", spine())
    loaded = read_labels(path)
    assert [item.name for item in loaded.labels.table] == [f"label-{n}" for n in range(9, 25)]
    told = read_labels(path, scheme="totalsegmentator")
    assert told.labels.table[0].name == "adrenal_gland_left"
    with pytest.raises(InputError, match="no numbering is called"):
        read_labels(path, scheme="mine")


def test_equal_and_empty_names_are_told_apart(tmp_path):
    path = save(tmp_path / "a.nii.gz", ids())
    (tmp_path / "a.csv").write_text("id,name\n1,bone\n3,bone\n")
    assert table_of(path) == [(1, "bone-1"), (3, "bone-3")]
    assert any("'bone' for 1, 3" in text for text in read_labels(path).warnings)
    (tmp_path / "a.csv").write_text("id,name\n1,\n3,bone\n")
    assert table_of(path) == [(1, "label-1"), (3, "bone")]
