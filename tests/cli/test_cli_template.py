"""``synthex template`` and ``synthex plan``: the published studies, to the figure."""

import csv
import json

import h5py
import nibabel as nib
import numpy as np
import pytest
from scipy import stats

from synthex_gui.cli.main import main
from synthex_gui.experiment.cases import cases_of
from synthex_gui.experiment.templates import HIP_LANDMARKS, HIP_STRUCTURES
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.loading.project import open_project
from synthex_gui.phantom import PhantomParameters, build_phantom
from synthex_gui.scene.edits import camera_of

# Gao et al. 2023, arXiv:2206.06127, section 5: half widths, deg and mm.
UNIFORM = {
    "hip": {
        "patient.rx_deg": (-45, 45),
        "patient.ry_deg": (-45, 45),
        "patient.rz_deg": (-45, 45),
        "patient.x_mm": (-50, 50),
        "patient.y_mm": (-100, 100),
        "patient.z_mm": (-20, 20),
    },
    "tool": {
        "view.primary_deg": (-30, 30),
        "view.secondary_deg": (-10, 10),
        "source_isocentre_mm": (600, 900),
    },
    "covid": {
        "patient.rx_deg": (-5, 5),
        "patient.ry_deg": (-5, 5),
        "patient.rz_deg": (-5, 5),
        "source_isocentre_mm": (350, 650),
        "shear_deg": (-30, 30),
    },
}
BEND = "tool.continuum-manipulator.bend_{}_deg"
NORMAL = {"tool": {"tool.x_mm": 10, "tool.y_mm": 10, **{BEND.format(n): 2.5 for n in range(1, 6)}}}
COUNT = {"hip": 20_000, "tool": 30_800, "covid": 19_800}


def planned(study, folder, *options):
    project, table = folder / f"{study}.synthex", folder / f"{study}.csv"
    assert main(["template", study, "--out", str(project), *options]) == 0
    assert main(["plan", str(project), "--table", str(table)]) == 0
    with table.open() as file:
        return open_project(project)[0], list(csv.DictReader(file))


@pytest.mark.parametrize("study", ["hip", "tool", "covid"])
def test_a_published_study_has_the_published_distributions(study, tmp_path):
    scene, table = planned(study, tmp_path, "--phantoms", "4")
    assert len(table) == scene.plan.count == COUNT[study]
    names = {*UNIFORM[study], *NORMAL.get(study, {})}
    extra = {"hip": {"source_isocentre_mm"}, "covid": {"shear_axis"}}.get(study, set())
    assert set(table[0]) == {"index", "case", "split", "level", *names, *extra}
    for name, (low, high) in UNIFORM[study].items():
        values = np.array([float(line[name]) for line in table])
        assert low <= values.min() < low + 0.01 * (high - low), name
        assert high - 0.01 * (high - low) < values.max() <= high, name
        assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.001, name
    for name, sigma in NORMAL.get(study, {}).items():
        values = [float(line[name]) for line in table]
        assert stats.kstest(values, stats.norm(0, sigma).cdf).pvalue > 0.001, name
    assert {line["level"] for line in table} == {"realistic"}
    assert {line["split"] for line in table} == {"train", "valid"}
    assert [line["index"] for line in table] == [str(n) for n in range(COUNT[study])]


def test_the_hip_template_is_the_published_camera(tmp_path):
    scene, table = planned("hip", tmp_path, "--phantoms", "1", "--count", "3")
    study = scene.plan.study
    assert (study.anchor.kind, study.anchor.names) == ("midpoint", ("FH-l", "FH-r"))
    assert {line["source_isocentre_mm"] for line in table} == {"816.0"}
    camera = camera_of(scene.carm)
    assert (camera.width, camera.pixel_pitch_mm, camera.sdd_mm) == (1536, 0.194, 1020)
    assert (study.border_px, scene.plan.size) == (48, 360)
    assert scene.plan.structures == HIP_STRUCTURES
    assert len(HIP_LANDMARKS) == 14


def test_lung_lesions_lie_about_what_the_covid_template_turns_phantoms_about(tmp_path):
    scene, _ = planned("covid", tmp_path, "--phantoms", "1", "--count", "3")
    study = scene.plan.study
    (person,) = cases_of(study)
    phantom = build_phantom(
        PhantomParameters.checked({**person.ct.parameters, "spacing_mm": 3.0}), threads=2
    )
    centre = phantom.ct.grid.centre_mm
    lesions = np.isin(phantom.labels.values, phantom.labels.ids_of("lung-lesions"))
    places = np.argwhere(lesions)[:, ::-1]
    heights = transform_points(phantom.ct.grid.world_from_voxel, places)[:, 2]
    # Half of the narrowest field: 298 mm of detector at 1020 mm, the middle of the CT at 350 mm.
    assert study.anchor.kind == "ct"
    assert np.mean(np.abs(heights - centre[2]) < 298 / 2 * 350 / 1020) > 0.25


def test_several_levels_are_made_of_each_pose(tmp_path):
    _, table = planned(
        "hip", tmp_path, "--phantoms", "2", "--count", "5", "--levels", "naive,realistic"
    )
    assert [line["index"] for line in table] == [str(n // 2) for n in range(10)]
    assert [line["level"] for line in table] == ["naive", "realistic"] * 5
    assert table[0]["patient.rx_deg"] == table[1]["patient.rx_deg"]


def hip_files(folder, names, marks):
    """A CT, a label map with these names, a landmark file."""
    values = np.zeros((12, 12, 12), np.uint8)
    for number in range(1, len(names) + 1):
        values[number, 3:6, 3:6] = number
    affine = np.diag([-20.0, -20.0, 20.0, 1.0])
    nib.save(nib.Nifti1Image(np.full((12, 12, 12), 20, np.int16), affine), folder / "ct.nii.gz")
    nib.save(nib.Nifti1Image(values, affine), folder / "seg.nii.gz")
    rows = "".join(f"{number},{name},,\n" for number, name in enumerate(names, start=1))
    (folder / "seg.csv").write_text("id,name,color,group\n" + rows)
    points = [{"name": name, "position": [10.0, 10.0, 10.0]} for name in marks]
    text = json.dumps({"frame": "LPS", "unit": "mm", "landmarks": points})
    (folder / "marks.json").write_text(text)
    return [str(folder / name) for name in ("ct.nii.gz", "seg.nii.gz", "marks.json")]


THEIRS = ("hip_left", "hip_right", "femur_left", "femur_right", "sacrum", "vertebrae_L5")


def test_totalsegmentators_names_are_understood(tmp_path, capsys):
    ct, seg, marks = hip_files(tmp_path, THEIRS, HIP_LANDMARKS)
    scene, table = planned("hip", tmp_path, "--case", f"{ct},{seg},{marks}", "--count", "4")
    assert capsys.readouterr().err == ""
    assert {line["case"] for line in table} == {"case-01"}
    assert scene.plan.study.cases[0].landmarks == scene.landmarks
    project = str(tmp_path / "hip.synthex")
    out = str(tmp_path / "series")
    assert main(["export", project, "--out", out, "--size", "48", "--count", "1"]) == 0
    record = json.loads((tmp_path / "series" / "labels" / "00000.json").read_text())
    assert [mask["name"] for mask in record["masks"]] == list(HIP_STRUCTURES)


def test_what_a_ct_lacks_is_said_and_left_out_when_asked(tmp_path, capsys):
    ct, seg, marks = hip_files(tmp_path, THEIRS[:4], HIP_LANDMARKS[:6])
    arguments = ["--ct", ct, "--labels", seg, "--landmarks", marks, "--count", "1"]
    planned("hip", tmp_path, *arguments)
    said = capsys.readouterr().err
    assert "case-01 has no vertebrae, upper-sacrum, MOF-l, MOF-r, SPS-l, SPS-r, IPS-l" in said
    assert "--drop-missing" in said
    project = str(tmp_path / "hip.synthex")
    assert main(["export", project, "--out", str(tmp_path / "refused")]) == 1
    said = capsys.readouterr().err
    assert "case-01: no structure called vertebrae, upper-sacrum" in said
    scene, _ = planned("hip", tmp_path, *arguments, "--drop-missing")
    assert scene.plan.structures == tuple(
        name for name in HIP_STRUCTURES if name not in ("vertebrae", "upper-sacrum")
    )
    assert "left out of the series" in capsys.readouterr().err
    out = str(tmp_path / "series")
    assert main(["export", project, "--out", out, "--size", "48"]) == 0


def test_without_femoral_heads_the_hip_turns_about_the_hip_bones_and_says_so(tmp_path, capsys):
    ct, seg, _ = hip_files(tmp_path, THEIRS, ())
    scene, _ = planned("hip", tmp_path, "--case", f"{ct},{seg}", "--count", "1")
    assert scene.plan.study.anchor.kind == "structure"
    assert "centred on hemipelvis-left, hemipelvis-right, since FH-l and FH-r are missing" in (
        capsys.readouterr().err
    )
    assert main(["template", "hip", "--case", ct, "--out", str(tmp_path / "no.synthex")]) == 1
    assert "case-01: the study is centred on FH-l and FH-r or hemipelvis-left" in (
        capsys.readouterr().err
    )


def test_landmarks_are_the_templates_whatever_a_ct_has(tmp_path):
    ct, seg, marks = hip_files(tmp_path, THEIRS, HIP_LANDMARKS)
    for study, names in (("hip", HIP_LANDMARKS), ("tool", ()), ("covid", ())):
        scene, _ = planned(study, tmp_path, "--phantoms", "1", "--count", "1")
        assert scene.plan.landmark_names == names, study
    case = ["--case", f"{ct},{seg}", "--phantoms", "1", "--drop-missing"]
    scene, _ = planned("hip", tmp_path, *case, "--count", "1")
    assert scene.plan.landmark_names == ()
    planned("tool", tmp_path, "--case", f"{ct},{seg},{marks}", "--count", "1")
    project, out = str(tmp_path / "tool.synthex"), tmp_path / "series"
    layout = ["--size", "48", "--format", "synthex-h5"]
    assert main(["export", project, "--out", str(out), *layout]) == 0
    with h5py.File(out / "tool_label.h5") as file:
        listed = [file[f"land-names/land-{place:02d}"][()].decode() for place in range(2)]
        assert (file["land-names/num-lands"][()], listed) == (2, ["base", "tip"])


def test_some_cases_are_kept_for_validation(tmp_path):
    splits = {}
    for count in (1, 2, 20):
        _, table = planned("hip", tmp_path, "--phantoms", str(count), "--count", str(count))
        splits[count] = [line["split"] for line in table]
    assert splits[1] == ["train"]
    assert splits[2] == ["train", "valid"]
    assert splits[20] == ["train"] * 18 + ["valid"] * 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["hip", "--out", "a.synthex"], 2, "give a person"),
        (["hip", "--phantoms", "0", "--out", "a.synthex"], 2, "give a person"),
        (["hip", "--phantoms", "2", "--out", "a.json"], 1, "ends in .synthex"),
        (["hip", "--phantoms", "2", "--levels", "real", "--out", "a.synthex"], 1, "levels"),
        (["hip", "--phantoms", "2", "--count", "0", "--out", "a.synthex"], 1, "count"),
        (["hip", "--case", "a,b,c,d", "--out", "a.synthex"], 1, "must be CT,LABELS[,LANDMARKS]"),
        (["hip", "--case", "no.nii.gz,no.nii.gz", "--out", "a.synthex"], 1, "no.nii.gz"),
        (["hip", "--labels", "x.nii", "--out", "a.synthex"], 2, "belong to --ct"),
    ],
)
def test_wrong_arguments_are_one_line(arguments, code, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["template", *arguments]) == code
    text = capsys.readouterr().err
    assert said in text
    assert text.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_plan_of_a_project_without_one_is_its_own_spread(small_project, tmp_path):
    table = tmp_path / "t.csv"
    assert main(["plan", str(small_project), "--table", str(table), "--count", "7"]) == 0
    lines = list(csv.DictReader(table.open()))
    assert len(lines) == 7
    assert {"orbital_deg", "angulation_deg"} < set(lines[0])
