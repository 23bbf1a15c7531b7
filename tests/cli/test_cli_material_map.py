"""``synthex render --material-map`` and the beam's options, through the program itself."""

import json

import numpy as np
import pytest
import tifffile

from synthex_gui.cli.main import main
from synthex_gui.core.errors import SynthexError
from synthex_gui.loading.material_map import HELP, matter_of
from synthex_gui.scene.beam import HuMap, LabelFill


@pytest.fixture
def map_file(tmp_path):
    def write(data):
        path = tmp_path / "map.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return path

    return write


def render(project, out, *options):
    folder = project.parent
    arguments = ["render", "--ct", folder / "ct.nii.gz", "--labels", folder / "labels.nii.gz"]
    arguments += ["--size", 48, "--no-noise", "--threads", 1, "--out", out, *options]
    code = main([str(part) for part in arguments])
    return code


def test_a_steel_rod_is_darker_and_the_record_says_so(small_project, tmp_path, map_file):
    path = map_file({"fills": [{"structure": "rod", "material": "316L"}]})
    assert render(small_project, tmp_path / "bone.tif") == 0
    assert render(small_project, tmp_path / "steel.tif", "--material-map", path) == 0
    bone, steel = (tifffile.imread(tmp_path / f"{name}.tif") for name in ("bone", "steel"))
    assert steel.min() < 0.3 * bone.min()
    assert np.median(steel) == pytest.approx(np.median(bone), rel=0.05)
    record = json.loads((tmp_path / "steel.tif.json").read_text())
    assert record["matter"]["fills"][0]["material"] == "316L"
    assert record["dose"]["dose_area_product_ugy_m2"] > 0
    assert record["dose"]["reference_distance_mm"] == 380.0
    assert "not measured" in record["dose"]["basis"]


def test_beam_by_name_with_a_voltage_of_its_own(small_project, tmp_path):
    options = ("--beam", "rqa-5", "--kvp", 75, "--anode-deg", 9, "--focal-spot-mm", 0.3)
    assert render(small_project, tmp_path / "a.tif", *options) == 0
    beam = json.loads((tmp_path / "a.tif.json").read_text())["beam"]
    assert beam["kvp"] == 75
    assert beam["filtration_mm"] == {"Al": 23.87}
    assert (beam["anode_deg"], beam["focal_spot_mm"]) == (9, 0.3)


def test_the_example_of_the_help_is_a_map(map_file):
    text = HELP[HELP.index("{") : HELP.rindex("}") + 1]
    for comment in ('or "schneider", "deepdrr", or "points" with',):
        text = text.replace(comment, "")
    data = json.loads(text) | {"map": "points"}
    matter = matter_of(map_file(data))
    assert matter.hu_map.points[2] == (1700.0, 1.92, "bone-cortical")
    assert matter.fills[1] == LabelFill(structure="aorta", material="iohexol-350", fraction=0.1)
    assert (matter.metal_above_hu, matter.metal) == (3000, "Ti6Al4V")


def test_every_part_may_be_left_out(map_file):
    assert matter_of(map_file({})).hu_map == HuMap()
    assert matter_of(map_file({"map": "schneider"})).hu_map.kind == "schneider"


@pytest.mark.parametrize(("data", "what"), [
    ("[1]", "one JSON object"),
    ("{", "no valid JSON"),
    ({"map": "guess"}, "hu_map"),
    ({"colour": 1}, "colour"),
    ({"map": "points"}, "points are given"),
    ({"points": [[0, 1, "water"], [0, 2, "water"]]}, "must rise"),
    ({"points": [[0, 1, "unobtainium"]]}, "unobtainium"),
    ({"fills": [{"structure": "a", "material": "kryptonite"}]}, "kryptonite"),
    ({"fills": [{"structure": "a", "material": "water", "fraction": 2}]}, "fraction"),
])  # fmt: skip
def test_a_wrong_map_is_refused_in_one_line_that_names_the_file(map_file, data, what):
    path = map_file(data)
    with pytest.raises(SynthexError) as caught:
        matter_of(path)
    text = str(caught.value)
    assert text.startswith(str(path))
    assert what in text
    assert "\n" not in text


def test_a_map_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SynthexError, match=r"does not exist"):
        matter_of(tmp_path / "none.json")


def test_a_structure_that_the_labels_lack_fails_in_one_line(
    small_project, tmp_path, map_file, capsys
):
    path = map_file({"fills": [{"structure": "spleen", "material": "water"}]})
    assert render(small_project, tmp_path / "a.tif", "--material-map", path) == 1
    assert "no structure called 'spleen'" in capsys.readouterr().err
