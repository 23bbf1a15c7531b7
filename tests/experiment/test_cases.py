"""Several people in one series: who comes when, and that each image is of its own person."""

import csv
import io
import json
import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from three_people import NAMES

from synthex_gui.cli.main import main
from synthex_gui.core.steps import run_to_end
from synthex_gui.experiment.cases import case_number, cases_of
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.sampling import row
from synthex_gui.experiment.table import plan_table
from synthex_gui.export import cases as cases_module
from synthex_gui.export.cases import by_case
from synthex_gui.export.dataset import ExportError
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.loading.project import open_project
from synthex_gui.scene.cases import PhantomCases
from synthex_gui.scene.distributions import Fixed, Uniform
from synthex_gui.scene.project import write_project
from synthex_gui.scene.study import Anchor, Study

FACTORS = {"patient.rx_deg": Uniform(low=-20, high=20), "patient.x_mm": Uniform(low=-9, high=9)}


def bytes_of(folder):
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_cases_come_in_turn_and_by_their_weights(cases):
    assert Counter(case_number(cases, index) for index in range(300)) == {0: 100, 1: 100, 2: 100}
    heavy = (cases[0].evolve(weight=3.0), *cases[1:])
    for count in (50, 1000):
        found = Counter(case_number(heavy, index) for index in range(count))
        assert found[0] == pytest.approx(0.6 * count, abs=2)
        assert found[1] == pytest.approx(0.2 * count, abs=2)


def test_phantoms_are_different_people_by_their_seeds():
    study = Study(cases=(PhantomCases(first_seed=7, count=3, parameters={"extent": "pelvis"}),))
    people = cases_of(study)
    assert [case.name for case in people] == ["phantom-0007", "phantom-0008", "phantom-0009"]
    assert len({case.ct.parameters["stature_cm"] for case in people}) == 3
    assert {case.ct.parameters["extent"] for case in people} == {"pelvis"}
    assert cases_of(study)[0] is people[0]


def test_each_case_is_read_once_in_the_order_of_the_export(study_scene, monkeypatch):
    scene = study_scene(factors=FACTORS, count=9, levels=("naive", "heuristic"))
    order = by_case(scene, range(18))
    assert sorted(order) == list(range(18))
    names = [row(scene, scene.plan, number).case_name for number in order]
    assert names == ["case-01"] * 6 + ["case-02"] * 6 + ["case-03"] * 6
    read = []
    resolve = cases_module.resolve_now

    def noted(scene):
        read.append(scene.ct.path)
        return resolve(scene)

    monkeypatch.setattr(cases_module, "resolve_now", noted)
    people = cases_module.People(scene)
    for number in order:
        people.sample(number)
    assert len(read) == 3


def test_a_series_of_several_people_is_the_same_however_it_is_made(study_scene, tmp_path):
    scene = study_scene(factors=FACTORS, levels=("naive", "realistic"))
    run_to_end(export_series(scene, tmp_path / "one"))
    run_to_end(export_series(scene, tmp_path / "two", workers=2))
    steps = export_series(scene, tmp_path / "cut")
    for done, _, text in steps:
        if text.startswith("Image") and done == 5:
            break
    steps.close()
    run_to_end(export_series(scene, tmp_path / "cut", resume=True))
    one = bytes_of(tmp_path / "one")
    assert one == bytes_of(tmp_path / "two") == bytes_of(tmp_path / "cut")
    assert run_to_end(verify(tmp_path / "one")).is_whole
    records = [json.loads(one[f"labels/{number:05d}.json"]) for number in range(12)]
    assert [item["case"] for item in records[::2]] == ["case-01", "case-02", "case-03"] * 2
    assert [item["split"] for item in records[:6:2]] == ["train", "train", "valid"]
    assert [item["index"] for item in records] == [n // 2 for n in range(12)]
    assert [item["level"] for item in records] == ["naive", "realistic"] * 6
    # Each turns about its own anchor: the rod, 10 mm behind its middle in all, is in the field.
    for item in records:
        marks = {mark["name"]: mark["position_mm"] for mark in item["landmarks"]}
        assert marks["FH-l"][0] == 30.0 + 40.0 * (int(item["case"][-1]) - 1)
        assert item["masks"][0]["area_px"] > 20
        assert abs(item["camera"]["P"][2][3]) < 1020


def test_neither_names_of_files_nor_paths_reach_the_data_set(study_scene, people_folder, tmp_path):
    scene = study_scene(factors=FACTORS, count=3)
    run_to_end(export_series(scene, tmp_path / "series"))
    whole = b"".join(bytes_of(tmp_path / "series").values())
    for secret in (*NAMES, ".nii", str(people_folder)):
        assert secret.encode() not in whole
    manifest = json.loads((tmp_path / "series" / "manifest.json").read_text())
    roles = [item["role"] for item in manifest["inputs"]]
    assert "case-02 ct" in roles
    assert "case-03 labels" in roles
    assert len({item["sha256"] for item in manifest["inputs"] if item["role"].endswith("ct")}) == 3


def test_everything_that_a_case_lacks_is_said_at_once_and_nothing_is_written(
    study_scene, cases, tmp_path
):
    bare = (cases[0], cases[1].evolve(labels=None), cases[2].evolve(landmarks=()))
    scene = study_scene(factors=FACTORS, cases=bare)
    with pytest.raises(PlanError) as refusal:
        run_to_end(export_series(scene, tmp_path / "series"))
    assert str(refusal.value) == (
        "case-02: no structure called rod; case-03: no landmark called FH-l, FH-r"
    )
    assert not list((tmp_path / "series").glob("images/*"))


def test_the_table_lists_the_raw_draws_as_they_are_exported(study_scene, tmp_path):
    scene = study_scene(factors=FACTORS, count=5, levels=("naive", "heuristic"))
    text = run_to_end(plan_table(scene, scene.plan))
    table = list(csv.DictReader(io.StringIO(text)))
    assert list(table[0]) == ["index", "case", "split", "level", *sorted(FACTORS)]
    assert len(table) == 10
    run_to_end(export_series(scene, tmp_path / "series"))
    for number, line in enumerate(table):
        record = json.loads((tmp_path / "series" / f"labels/{number:05d}.json").read_text())
        assert int(line["index"]) == record["index"]
        assert (line["case"], line["split"], line["level"]) == (
            record["case"],
            record["split"],
            record["level"],
        )
        assert {name: float(line[name]) for name in FACTORS} == record["sampled"]


def test_joints_stand_in_the_table_too(study_scene):
    scene = study_scene(cases=(), factors={"beam.kvp": Uniform(low=60, high=80)})
    plan = scene.plan.evolve(joints={"orbital_deg": Uniform(low=-5, high=5)}, count=4)
    table = list(csv.DictReader(io.StringIO(run_to_end(plan_table(scene, plan)))))
    assert {"beam.kvp", "orbital_deg"} < set(table[0])
    assert len({line["orbital_deg"] for line in table}) == 4


def test_a_project_keeps_its_cases_by_relative_paths(study_scene, cases, people_folder):
    scene = study_scene(factors=FACTORS)
    path = people_folder / "study.synthex"
    write_project(path, scene)
    text = path.read_text()
    assert str(people_folder) not in text
    assert "tanaka_seg.nii.gz" in text
    assert open_project(path)[0] == scene


def test_a_finished_export_of_other_people_is_not_gone_on_with(study_scene, cases, tmp_path):
    scene = study_scene(factors=FACTORS, count=2)
    run_to_end(export_series(scene, tmp_path / "series"))
    other = study_scene(factors=FACTORS, count=2, cases=cases[::-1])
    with pytest.raises(ExportError, match="another plan"):
        run_to_end(export_series(other, tmp_path / "series", resume=True))


def test_each_image_is_rendered_from_its_own_persons_ct(study_scene, tmp_path):
    factors = {"patient.rx_deg": Fixed(value=0.0)}
    scene = study_scene(factors=factors, count=3, levels=("naive",), anchor=Anchor(kind="ct"))
    run_to_end(export_series(scene, tmp_path / "series"))
    middles = [
        np.asarray(Image.open(tmp_path / "series" / f"images/{n:05d}.png"), float)[20:28, 20:28]
        for n in range(3)
    ]
    # 16 mm of bone along the ray: each 400 HU take exp(-0.4 * 16 * 0.02059).
    ratios = [middles[n + 1].min() / middles[n].min() for n in range(2)]
    assert ratios == pytest.approx([np.exp(-0.4 * 16 * 0.02059)] * 2, rel=0.01)


def test_what_is_in_no_image_is_said_at_the_end(study_scene, tmp_path):
    """The rod lies beside the field in all images: every mask is empty."""
    factors = {"patient.x_mm": Fixed(value=300.0)}
    scene = study_scene(factors=factors, count=2)
    said = [text for _, _, text in export_series(scene, tmp_path / "a", allows_empty_masks=True)]
    assert said[-1] == "in no image: rod; their masks are all empty"
    factors = {"patient.x_mm": Fixed(value=0.0)}
    scene = study_scene(factors=factors, count=2)
    assert not any("in no image" in text for _, _, text in export_series(scene, tmp_path / "b"))


def test_of_several_people_only_the_images_own_are_sought(study_scene, people_folder, tmp_path):
    scene = study_scene(factors={"beam.kvp": Uniform(low=60, high=90)}, count=3)
    run_to_end(export_series(scene, tmp_path / "data" / "set"))
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("tanaka.nii.gz", "tanaka_seg.nii.gz", "tanaka_seg.csv"):
        shutil.copy(people_folder / name, alone)
    arguments = ["rerun", str(tmp_path / "data" / "set"), "--ct", str(alone)]
    assert main([*arguments, "--image", "1", "--out", str(tmp_path / "out")]) == 0
    assert main([*arguments, "--image", "0", "--out", str(tmp_path / "no")]) == 1
