"""Nothing blank without a word: empty images, a source in the body, masks that would be empty."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthex_gui.cli.main import main
from synthex_gui.experiment.errors import PlanError
from synthex_gui.export.run import export_series
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.project import read_project

AP = np.array([[-1.0, 0, 0], [0, 0, -1.0], [0, -1.0, 0]])
# From behind, source 600 mm posterior; likewise looking away, aside, and from within.
CAMERAS = {
    "good": ((0.0, 600.0, 0.0), AP, None),
    "looks away": ((0.0, 600.0, 0.0), AP * [[-1], [1], [-1]], "not in the beam"),
    "beside": ((900.0, 600.0, 0.0), AP, "not in the beam"),
    "within": ((0.0, 5.0, 0.0), AP, "lies inside the patient"),
}


def camera(name: str) -> Camera:
    source, rotation, _ = CAMERAS[name]
    return look(list(source), rotation, 1000.0, 4.0, 81, 81)


@pytest.mark.parametrize("name", CAMERAS)
@pytest.mark.parametrize("level", ["naive", "realistic"])
def test_what_an_image_does_not_show_is_said(small_ct, name, level):
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(SceneAssets(ct=small_ct))
    found = " ".join(renderer.notices(Scene(level=level), camera(name)))
    word = CAMERAS[name][2]
    assert (word is None and not found) or (word is not None and word in found)


def test_no_ct_and_no_tool():
    renderer = Renderer(CpuBackend(1), 1)
    assert "neither a CT nor a tool" in renderer.notices(Scene(), camera("good"))[0]


def test_render_says_it(small_project, tmp_path, capsys):
    ct = small_project.parent / "ct.nii.gz"
    (tmp_path / "c.json").write_text(json.dumps(camera("beside").to_json()))
    given = ["--ct", str(ct), "--camera", str(tmp_path / "c.json"), "--level", "naive"]
    assert main(["render", *given, "--out", str(tmp_path / "a.png")]) == 0
    assert "not in the beam" in capsys.readouterr().err


def run(scene: Scene, out, **how):
    return list(export_series(scene, out, **how))


@pytest.fixture
def looking_away(small_project):
    scene, _ = read_project(small_project)
    good = camera_of(scene.carm)
    aside = good.r @ (good.source_mm + [2000.0, 0, 0])
    away = Camera(k=good.k, r=good.r, t=-aside, width=good.width, height=good.height,
                  sdd_mm=good.sdd_mm)  # fmt: skip
    plan = SeriesPlan(source="current", size=32)
    carm = scene.carm.evolve(free_camera=FreeCamera.of(away))
    return scene.evolve(carm=carm, plan=plan, level="naive", tools=())


def test_a_series_whose_masks_would_all_be_empty_is_refused(looking_away, tmp_path):
    with pytest.raises(PlanError, match="all masks would be empty"):
        run(looking_away, tmp_path / "a")
    assert not (tmp_path / "a" / "images").exists()


def test_a_series_of_empty_images_says_so_and_counts_them(looking_away, tmp_path):
    steps = run(looking_away, tmp_path / "a", allows_empty_masks=True)
    assert any("not in the beam" in text and "(images 0)" in text for *_, text in steps)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert list(manifest["notices"].values()) == ["0"]
    record = json.loads((tmp_path / "a" / "labels" / "00000.json").read_text())
    assert "not in the beam" in record["notices"][0]


def test_a_plain_series_has_no_notices(small_project, tmp_path):
    scene, _ = read_project(small_project)
    run(scene.evolve(plan=scene.plan.evolve(count=1, size=32)), tmp_path / "a")
    assert "notices" not in json.loads((tmp_path / "a" / "manifest.json").read_text())
