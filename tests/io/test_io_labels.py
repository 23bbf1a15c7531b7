"""Label maps: ids, names, colours, groups, layers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from synthex_gui.geometry.arrays import Grid, Label, LabelMap
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.colours import default_colour, parse_colour
from synthex_gui.io.labels.map import read_labels
from synthex_gui.io.labels.table import read_table
from synthex_gui.io.labels.totalsegmentator import TOTAL_V2
from synthex_gui.phantom import label_csv


def save(path: Path, values: np.ndarray) -> Path:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((3, 3, 3))
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def ids() -> np.ndarray:
    values = np.zeros((5, 6, 7), np.uint8)
    values[1, 2, 3], values[2, 2, 2], values[4] = 1, 3, 9
    return values


def test_our_table_beside_the_map(tmp_path: Path, ids: np.ndarray) -> None:
    labels = (
        Label(1, "femur-left", "#ff0000", ""),
        Label(3, "L4", "#00ff00", "vertebrae"),
        Label(9, 'L5, "last"', "#0000ff", "vertebrae"),
        Label(20, "absent", "#123456", ""),
    )
    # As the phantom writes it.
    text = label_csv(LabelMap(ids, Grid((5, 6, 7), np.eye(4)), labels))
    (tmp_path / "seg.csv").write_text(text)
    assert text.splitlines()[0] == "id,name,color,group"
    loaded = read_labels(save(tmp_path / "seg.nii.gz", ids))
    assert loaded.labels.table == labels[:3]
    assert loaded.labels.values.dtype == np.uint8
    assert loaded.labels.ids_of("vertebrae") == (3, 9)
    assert loaded.warnings == ()


def test_ids_above_255_and_float_storage(tmp_path: Path, ids: np.ndarray) -> None:
    wide = ids.astype(np.float32) * 1000
    loaded = read_labels(save(tmp_path / "w.mha", wide))
    assert loaded.labels.values.dtype == np.uint16
    assert [label.name for label in loaded.labels.table] == [
        "label-1000",
        "label-3000",
        "label-9000",
    ]
    np.testing.assert_array_equal(loaded.labels.values, wide)


@pytest.mark.parametrize("bad", [0.5, -1.0, 70000.0, np.nan])
def test_what_is_no_label_is_refused(tmp_path: Path, ids: np.ndarray, bad: float) -> None:
    values = ids.astype(np.float32)
    values[0, 0, 0] = bad
    with pytest.raises(InputError):
        read_labels(save(tmp_path / "b.nii", values))


def test_empty_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="every voxel is 0"):
        read_labels(save(tmp_path / "e.nii", np.zeros((4, 4, 4), np.uint8)))


@pytest.mark.parametrize(
    "text",
    [
        "id,structure\n1,a\n3,b\n",
        "group,original_idx,structure,id\nx,7,a,1\nx,8,b,3\n",
        "Label;Name;R;G;B\n1;a;255;0;0\n3;b;0;255;0\n",
        "\ufeffindex\tname\n1\ta\n3\tb\n",
    ],
)
def test_csv_columns_are_found_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert [(label.id, label.name) for label in read_table(tmp_path / "t.csv")] == [
        (1, "a"),
        (3, "b"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        {"1": "a", "3": "b"},
        {"labels": {"background": 0, "a": 1, "b": 3}},
        {"labels": [{"id": 1, "name": "a"}, {"id": 3, "name": "b", "color": [1.0, 0, 0]}]},
        [{"value": 1, "name": "a"}, {"value": 3, "name": "b"}],
    ],
)
def test_json_tables(tmp_path: Path, content: object) -> None:
    (tmp_path / "t.json").write_text(json.dumps(content))
    assert [(label.id, label.name) for label in read_table(tmp_path / "t.json")] == [
        (1, "a"),
        (3, "b"),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "id,name\nx,y\n", "id,name\n1,a\n1,b\n"])
def test_bad_tables_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError):
        read_table(tmp_path / "t.csv")


def test_colours() -> None:
    assert parse_colour("#F0a") == "#ff00aa"
    assert parse_colour("FF8000") == "#ff8000"
    assert parse_colour("0.5 0 1.0") == "#8000ff"
    assert parse_colour("255,0,1") == "#ff0001"
    assert parse_colour("red-ish") is None
    colours = [default_colour(number) for number in range(1, 118)]
    assert len(set(colours)) == 117
    rgb = np.array([[int(c[n : n + 2], 16) for n in (1, 3, 5)] for c in colours])
    near = np.abs(rgb[1:] - rgb[:-1]).sum(axis=1)
    assert near.min() > 80


def test_slicer_segmentation(tmp_path: Path) -> None:
    values = np.zeros((4, 5, 6), np.uint8)
    values[1], values[2] = 1, 4
    head = (
        "NRRD0004\ntype: unsigned char\ndimension: 3\nspace: left-posterior-superior\n"
        "sizes: 6 5 4\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nencoding: raw\n"
        "space origin: (0,0,0)\nSegment0_LabelValue:=1\nSegment0_Name:=Femur\n"
        "Segment0_Color:=0.5 0.25 1\nSegment0_Layer:=0\nSegment1_LabelValue:=4\n"
        "Segment1_Name:=Tibia\n\n"
    )
    (tmp_path / "s.seg.nrrd").write_bytes(head.encode() + values.tobytes())
    loaded = read_labels(tmp_path / "s.seg.nrrd")
    assert [(label.id, label.name) for label in loaded.labels.table] == [(1, "Femur"), (4, "Tibia")]
    assert loaded.labels.table[0].color == "#8040ff"
    assert loaded.name == "s"


def test_slicer_layers_are_merged(tmp_path: Path) -> None:
    layered = np.zeros((4, 5, 6, 2), np.uint8)
    layered[1:3, ..., 0] = 1
    layered[2:4, ..., 1] = 1
    head = (
        "NRRD0004\ntype: uint8\ndimension: 4\nspace: LPS\nsizes: 2 6 5 4\n"
        "space directions: none (1,0,0) (0,1,0) (0,0,2)\nkinds: list domain domain domain\n"
        "encoding: raw\nspace origin: (0,0,0)\n"
        "Segment0_LabelValue:=1\nSegment0_Name:=A\nSegment0_Layer:=0\n"
        "Segment1_LabelValue:=1\nSegment1_Name:=B\nSegment1_Layer:=1\n\n"
    )
    (tmp_path / "m.seg.nrrd").write_bytes(head.encode() + layered.tobytes())
    loaded = read_labels(tmp_path / "m.seg.nrrd")
    assert [label.name for label in loaded.labels.table] == ["A", "B"]
    assert loaded.labels.values[:, 0, 0].tolist() == [0, 1, 3, 2]
    # Where both are, a voxel belongs to both.
    assert loaded.labels.overlaps == ((3, (1, 2)),)
    assert loaded.labels.ids_of("A") == (1, 3)
    assert loaded.labels.ids_of("B") == (2, 3)
    assert loaded.labels.names_at(3) == ("A", "B")
    assert not [text for text in loaded.warnings if "segment" in text]


@pytest.mark.data
def test_real_maps(data: Path, tmp_path: Path) -> None:
    pelvis = read_labels(data / "ct" / "abdpelvis_hipnail_3mm_seg.nii.gz")
    assert len(pelvis.labels.table) == 61
    assert pelvis.labels.ids_of("hip_left") == (77,)
    chest = read_labels(data / "ct" / "chest_lidc0001_seg.nii.gz")
    assert chest.labels.ids_of("costal_cartilages") == (118,)
    bare = tmp_path / "bare.nii.gz"
    bare.write_bytes((data / "ct" / "abdpelvis_hipnail_3mm_seg.nii.gz").read_bytes())
    offered = read_labels(bare)
    assert offered.labels.table[0].name == "label-1"
    assert any("TotalSegmentator" in text for text in offered.warnings)
    taken = read_labels(bare, scheme="totalsegmentator")
    assert taken.labels.table[0].name == TOTAL_V2[0]
    vertebrae = tmp_path / "v.nii.gz"
    vertebrae.write_bytes((data / "ct" / "lumbar_crop_oblique_vert.nii.gz").read_bytes())
    assert read_labels(vertebrae).labels.table[0].name == "label-21"
