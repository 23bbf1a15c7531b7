"""SyntheX's layouts, read by a loader written from their published tables alone."""

import json
import shutil

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from synthex_gui.cli.main import main
from synthex_gui.core.steps import run_to_end
from synthex_gui.experiment.errors import PlanError
from synthex_gui.export import run as run_module
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.export.writers.classes import priority_of
from synthex_gui.scene.cases import Case
from synthex_gui.scene.distributions import Uniform
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.project import read_project
from synthex_gui.scene.sources import BuiltInTool, LandmarkItem
from synthex_gui.scene.study import Anchor, Study

MARKS = ("front", "right", "far")


@pytest.fixture
def scene(small_project):
    """Two people (of one CT) with three landmarks each, the third far outside."""
    plain, _ = read_project(small_project)
    people = []
    for number in (1, 2):
        places = ((0.0, -20.0, 5.0 * number), (25.0, 0.0, 10.0), (0.0, 900.0, 40.0))
        marks = tuple(
            LandmarkItem(name=name, position=place)
            for name, place in zip(MARKS, places, strict=True)
        )
        people.append(
            Case(
                name=f"case-{number:02d}",
                ct=plain.ct,
                labels=plain.labels,
                landmarks=marks,
                split="train" if number == 1 else "valid",
            )
        )
    study = Study(
        cases=tuple(people),
        anchor=Anchor(kind="landmark", names=("front",)),
        factors={"patient.rx_deg": Uniform(low=-15, high=15)},
        template="hip",
    )
    plan = SeriesPlan(
        count=6,
        seed=2,
        size=40,
        structures=("rod",),
        landmark_names=MARKS,
        image_format="tiff32",
        study=study,
    )
    return Scene(ct=plain.ct, labels=plain.labels, carm=plain.carm, plan=plan)


def exported(scene, out, **changes):
    run_to_end(export_series(scene.evolve(plan=scene.plan.evolve(**changes)), out))
    result = run_to_end(verify(out))
    assert result.is_whole, result
    return out


def load_controlled(images, labels):
    """As the training code does: patient -> images, classes, landmarks by name."""
    found = {}
    with h5py.File(images) as pictures, h5py.File(labels) as truth:
        count = int(truth["land-names/num-lands"][()])
        names = [truth[f"land-names/land-{n:02d}"][()].decode() for n in range(count)]
        for patient in pictures:
            lands = truth[f"{patient}/lands"]
            assert lands.dtype == np.float32
            found[patient] = (
                pictures[f"{patient}/projs"][:],
                truth[f"{patient}/segs"][:],
                {name: lands[:, :, n] for n, name in enumerate(names)},
            )
    return found


def load_scaled_up(folder, ending="png", keys=("dim1", "dim2")):
    found = []
    for path in sorted((folder / "proj").iterdir()):
        seg = folder / "seg" / f"{path.stem}.{ending}"
        classes = tifffile.imread(seg) if ending == "tiff" else np.asarray(Image.open(seg))
        with h5py.File(folder / "lands" / f"{path.stem}.h5") as file:
            points = np.stack([file[key][:] for key in keys], axis=1)
        found.append((path.name, tifffile.imread(path), classes, points))
    return found


def truth_of(folder, number):
    return json.loads((folder / "labels" / f"{number:05d}.json").read_text())


def test_the_controlled_layout_holds_what_the_files_hold(scene, tmp_path):
    out = exported(scene, tmp_path / "a", formats=("files", "synthex-h5"), quantity="log")
    patients = load_controlled(out / "hip.h5", out / "hip_label.h5")
    assert list(patients) == ["01", "02"]
    for patient, (images, classes, lands) in patients.items():
        assert images.dtype == np.float32
        assert images.shape == classes.shape == (3, 40, 40)
        assert list(lands) == list(MARKS)
        for place in range(3):
            number = 2 * place + int(patient) - 1
            record = truth_of(out, number)
            assert record["case"] == f"case-{patient}"
            file = tifffile.imread(out / record["image"])
            np.testing.assert_array_equal(images[place], file)
            rod = np.asarray(Image.open(out / record["masks"][0]["file"])) > 0
            np.testing.assert_array_equal(classes[place] == 1, rod)
            assert set(np.unique(classes[place])) == {0, 1}
            for mark in record["landmarks"]:
                np.testing.assert_allclose(lands[mark["name"]][place], mark["pixel"], rtol=1e-6)
    assert np.isfinite(patients["01"][2]["far"]).all()
    # -ln of the signal: water's 80 mm and the rod's bone, no open field's 1.
    assert 0.5 < np.median(patients["01"][0][:, 18:22, 18:22]) < 4


def test_the_scaled_up_layout_has_a_folder_a_split(scene, tmp_path):
    out = exported(scene, tmp_path / "a", formats=("files", "synthex-folder"))
    assert not (out / "test_data").exists()
    for split, first in (("train_data", 0), ("valid_data", 1)):
        items = load_scaled_up(out / split)
        assert [name for name, *_ in items] == ["00000.tiff", "00001.tiff", "00002.tiff"]
        for place, (_, image, classes, points) in enumerate(items):
            record = truth_of(out, 2 * place + first)
            np.testing.assert_array_equal(image, tifffile.imread(out / record["image"]))
            assert classes.shape == image.shape == (40, 40)
            np.testing.assert_allclose(
                points, [mark["pixel"] for mark in record["landmarks"]], rtol=1e-6
            )


def test_levels_have_a_pair_each(scene, tmp_path):
    study = scene.plan.study.evolve(levels=("naive", "realistic"))
    out = exported(scene, tmp_path / "a", formats=("synthex-h5", "synthex-folder"), study=study)
    naive = load_controlled(out / "hip-naive.h5", out / "hip-naive_label.h5")
    real = load_controlled(out / "hip-realistic.h5", out / "hip-realistic_label.h5")
    for patient in ("01", "02"):
        assert not np.array_equal(naive[patient][0], real[patient][0])
        np.testing.assert_array_equal(naive[patient][1], real[patient][1])
        for name in MARKS:
            np.testing.assert_array_equal(naive[patient][2][name], real[patient][2][name])
    assert len(load_scaled_up(out / "realistic" / "train_data")) == 3
    assert not (out / "train_data").exists()


def test_images_and_masks_go_where_only_packs_are_asked_for(scene, tmp_path):
    kept = exported(scene, tmp_path / "a", formats=("files", "synthex-h5"))
    packed = exported(scene, tmp_path / "b", formats=("synthex-h5",))
    assert sorted(path.name for path in packed.iterdir()) == [
        "factors.csv",
        "hip.h5",
        "hip_label.h5",
        "labels",
        "manifest.json",
    ]
    for name in ("hip.h5", "hip_label.h5"):
        assert (kept / name).read_bytes() == (packed / name).read_bytes()
    assert not (kept / "coco.json").exists()


@pytest.mark.parametrize("formats", [("synthex-h5", "synthex-folder"), ("files", "synthex-h5")])
def test_a_run_stopped_anywhere_in_packing_resumes_to_the_same_bytes(
    scene, tmp_path, formats, monkeypatch
):
    whole = exported(scene, tmp_path / "whole", formats=formats)
    wanted = {
        str(path.relative_to(whole)): path.read_bytes()
        for path in whole.rglob("*")
        if path.is_file()
    }
    plan = scene.plan.evolve(formats=formats)
    write, remove = run_module.write_inside, run_module.remove_pixels

    class Stop(Exception):
        pass

    reached = 0
    for stop_at in range(0, 40, 3):
        calls = [0]

        def stopping(function, calls=calls, stop_at=stop_at):
            def called(*arguments):
                if calls[0] == stop_at:
                    raise Stop
                calls[0] += 1
                return function(*arguments)

            return called

        monkeypatch.setattr(run_module, "write_inside", stopping(write))
        monkeypatch.setattr(run_module, "remove_pixels", stopping(remove))
        out = tmp_path / "stopped"
        try:
            run_to_end(export_series(scene.evolve(plan=plan), out))
        except Stop:
            reached += 1
        monkeypatch.setattr(run_module, "write_inside", write)
        monkeypatch.setattr(run_module, "remove_pixels", remove)
        run_to_end(export_series(scene.evolve(plan=plan), out, resume=True))
        found = {
            str(path.relative_to(out)): path.read_bytes()
            for path in out.rglob("*")
            if path.is_file()
        }
        assert found == wanted, stop_at
        shutil.rmtree(out)
        if calls[0] < stop_at:
            break
    assert reached >= (8 if "synthex-folder" in formats else 2)


def test_a_landmark_that_a_case_lacks_is_named(scene, tmp_path):
    bare = scene.plan.study.cases[1]
    bare = bare.evolve(landmarks=bare.landmarks[:1])
    study = scene.plan.study.evolve(cases=(scene.plan.study.cases[0], bare))
    with pytest.raises(Exception, match="case-02: no landmark called right, far"):
        exported(scene, tmp_path / "a", formats=("synthex-h5",), study=study)
    out = exported(
        scene, tmp_path / "b", formats=("synthex-h5",), study=study, landmark_names=("front",)
    )
    assert list(load_controlled(out / "hip.h5", out / "hip_label.h5")["02"][2]) == ["front"]


def test_people_with_different_landmarks_are_refused_before_anything_is_rendered(scene, tmp_path):
    one, other = scene.plan.study.cases
    study = scene.plan.study.evolve(cases=(one, other.evolve(landmarks=other.landmarks[:2])))
    with pytest.raises(PlanError, match="different landmarks; name those of the series"):
        exported(scene, tmp_path / "a", formats=("synthex-h5",), study=study, landmark_names=None)
    assert not (tmp_path / "a" / "images").exists()


def test_a_tools_base_and_tip_are_its_landmarks(scene, tmp_path):
    tool = Tool(name="cm", source=BuiltInTool(tool="continuum-manipulator"), material="nitinol")
    study = scene.plan.study.evolve(template="tool", factors={"tool.x_mm": Uniform(low=-5, high=5)})
    changed = scene.evolve(tools=(tool,))
    out = exported(
        changed,
        tmp_path / "a",
        formats=("synthex-folder",),
        study=study,
        structures=(),
        landmarks=False,
        landmark_names=None,
    )
    for _, _, classes, points in load_scaled_up(out / "train_data", "tiff", ("ld1", "ld2")):
        assert classes.dtype == np.uint8
        rows, columns = np.nonzero(classes)
        assert set(np.unique(classes)) == {0, 1}
        # Base and tip lie at the ends of what is drawn.
        for column, row in points:
            assert np.hypot(columns - column, rows - row).min() < 2.5


def test_lesions_are_eight_bits_without_landmarks(scene, tmp_path):
    study = scene.plan.study.evolve(template="covid")
    out = exported(
        scene,
        tmp_path / "a",
        formats=("synthex-folder",),
        study=study,
        landmarks=False,
        quantity="log",
    )
    folder = out / "train_data"
    assert sorted(path.name for path in folder.iterdir()) == ["proj", "seg"]
    image = np.asarray(Image.open(folder / "proj" / "00000.png"))
    lesion = np.asarray(Image.open(folder / "seg" / "00000.png"))
    assert image.dtype == np.uint8
    assert set(np.unique(lesion)) == {0, 255}


def test_overlaps_go_by_the_recorded_priority():
    names = ("hemipelvis-left", "other", "vertebrae", "femur-left", "upper-sacrum")
    assert priority_of(names) == (
        "femur-left",
        "hemipelvis-left",
        "upper-sacrum",
        "vertebrae",
        "other",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("h5", "no format 'h5'; use files, coco"), ("files,files", "a format is twice")],
)
def test_an_unknown_format_is_wrong_usage(text, said, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["export", "a.synthex", "--out", "b", "--format", text])
    assert stop.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("quantity", "top"), [("signal", 1.25), ("log", 12.0), ("look", 1.0)])
def test_a_quantity_is_the_same_in_sixteen_bits_and_in_float(scene, tmp_path, quantity, top):
    whole = exported(scene, tmp_path / "a", quantity=quantity, count=1)
    whole = tifffile.imread(whole / "images" / "00000.tiff")
    out = exported(scene, tmp_path / "b", quantity=quantity, count=1, image_format="png16")
    stored = np.asarray(Image.open(out / "images" / "00000.png")).astype(float)
    scale = truth_of(out, 0)["value_scale"]
    assert scale["full_scale"] == pytest.approx(65535 / top)
    np.testing.assert_allclose(
        stored / scale["full_scale"], np.clip(whole, 0, top), atol=0.51 * top / 65535
    )
