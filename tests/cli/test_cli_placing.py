"""Where a C-arm first stands, the same by every way in."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from synthex_gui.cli.main import main
from synthex_gui.geometry.device import Range
from synthex_gui.loading.placing import first_pose
from synthex_gui.scene.devices import device_by_id, devices, preset_by_id
from synthex_gui.scene.edits import aim_point_mm, camera_of, source_to_aim_mm
from synthex_gui.scene.project import read_project

AIM = [10.0, -20.0, 30.0]


@pytest.mark.parametrize("device", devices().values(), ids=devices())
def test_the_aim_point_lies_on_the_central_ray_at_eight_tenths_of_the_sdd(device):
    carm, said = first_pose(device, AIM)
    camera = camera_of(carm)
    assert said is None
    assert aim_point_mm(carm) == pytest.approx(AIM)
    assert source_to_aim_mm(carm) == pytest.approx(0.8 * device.home.sdd_mm)
    pixel, _ = camera.project([AIM])
    assert pixel[0] == pytest.approx([(camera.width - 1) / 2, (camera.height - 1) / 2], abs=1e-6)


def test_a_view_asks_for_its_own_distance():
    carm, _ = first_pose(device_by_id("radiography-room"), AIM, preset_by_id("chest-pa"))
    assert carm.joints.sdd_mm == 1800.0
    assert source_to_aim_mm(carm) == pytest.approx(1440.0)


@pytest.mark.parametrize(
    ("joint", "kind", "said"),
    [
        ("lift_mm", "centred", "lift -286.0 mm is beyond .* isocentre stands on the aim point"),
        ("orbital_deg", "free", "orbital rotation 90.0° is beyond .* free pose"),
    ],
)
def test_limits_put_the_isocentre_on_the_aim_or_leave_a_free_pose(joint, kind, said, monkeypatch):
    cios = device_by_id("cios-fusion")
    tight = replace(cios, limits=dict(cios.limits) | {joint: Range(-50.0, 50.0)})
    monkeypatch.setitem(devices(), cios.id, tight)
    view = preset_by_id("ap" if kind == "centred" else "lateral-left")
    carm, text = first_pose(tight, AIM, view)
    assert re.search(said, text)
    assert (carm.free_camera is not None) == (kind == "free")
    assert source_to_aim_mm(carm) == pytest.approx(530.0 if kind == "centred" else 816.0)


def test_new_and_render_stand_as_the_window_does(small_project, small_ct, tmp_path):
    out = tmp_path / "p.synthex"
    ct = small_project.parent / "ct.nii.gz"
    assert main(["new", "--ct", str(ct), "--out", str(out)]) == 0
    carm = read_project(out)[0].carm
    assert carm == first_pose(device_by_id("cios-fusion"), small_ct.grid.centre_mm)[0]
    image = tmp_path / "x.tif"
    assert main(["render", "--ct", str(ct), "--size", "16", "--out", str(image)]) == 0
    camera = json.loads((tmp_path / "x.tif.json").read_text())["camera"]
    assert np.array(camera["R"]) == pytest.approx(camera_of(carm).r)
    assert np.array(camera["t"]) == pytest.approx(camera_of(carm).t)
