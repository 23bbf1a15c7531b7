"""A series: the same bytes however it was made, exact truth, honest verification."""

import gzip
import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from synthex_gui.core.files import all_files, hash_of
from synthex_gui.experiment.sampling import sample
from synthex_gui.export.dataset import ExportError
from synthex_gui.export.marks import landmark_marks
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.geometry.camera import Camera
from synthex_gui.io.hashing import sha256_of
from synthex_gui.loading.resolve import resolve_now
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.edits import reach_direction
from synthex_gui.scene.project import map_files, read_project
from synthex_gui.scene.sources import BuiltInTool, LandmarkItem


def run(steps):
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        return stop.value


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    return read_project(small_project)[0]


@pytest.fixture(scope="module")
def series(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("series") / "a"
    run(export_series(scene, out))
    return out


@pytest.mark.trust("E6")
def test_two_workers_write_the_same_bytes(scene, series, tmp_path):
    run(export_series(scene, tmp_path / "b", workers=2))
    assert tree(tmp_path / "b") == tree(series)


@pytest.mark.trust("E1")
def test_an_interrupted_export_resumes_to_the_same_bytes(scene, series, tmp_path):
    steps = export_series(scene, tmp_path / "c")
    for _ in range(4):
        next(steps)
    steps.close()
    assert (tmp_path / "c" / "journal.jsonl").exists()
    torn = tmp_path / "c" / "images" / "00004.png"
    torn.write_bytes(b"half a picture")
    run(export_series(scene, tmp_path / "c", resume=True))
    assert tree(tmp_path / "c") == tree(series)


def test_a_folder_with_something_else_in_it_is_refused(scene, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match="not empty"):
        run(export_series(scene, tmp_path))
    with pytest.raises(ExportError, match="no unfinished export"):
        run(export_series(scene, tmp_path, resume=True))
    assert all_files(tmp_path) == {"notes.txt"}


def test_resuming_a_finished_series_changes_nothing_and_another_plan_is_refused(scene, series):
    before = tree(series)
    run(export_series(scene, series, resume=True))
    assert tree(series) == before
    other = scene.evolve(plan=scene.plan.evolve(seed=99))
    with pytest.raises(ExportError, match="another plan"):
        run(export_series(other, series, resume=True))


def test_verify_names_what_is_missing_changed_and_extra(scene, tmp_path):
    out = tmp_path / "e"
    run(export_series(scene, out))
    assert run(verify(out)).is_whole
    image = out / "images" / "00000.png"
    data = bytearray(image.read_bytes())
    data[100] ^= 1
    image.write_bytes(bytes(data))
    (out / "labels" / "00001.json").unlink()
    (out / "masks" / "mine.png").write_bytes(b"x")
    found = run(verify(out))
    assert found.changed == ("images/00000.png",)
    assert found.missing == ("labels/00001.json",)
    assert found.extra == ("masks/mine.png",)


def test_every_truth_agrees_with_a_fresh_rendering(scene, series):
    truth = json.loads((series / "labels/00002.json").read_text())
    item = sample(scene, scene.plan, 2)
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(resolve_now(scene).assets)
    image = renderer.render(
        item.scene.evolve(beam=item.scene.beam.evolve(seed=scene.plan.seed)),
        size=64,
        structures=("rod",),
        image_index=2,
    )
    assert truth["sampled"] == item.values
    stored = np.asarray(Image.open(series / "images/00002.png"))
    assert np.array_equal(stored, np.rint(np.clip(image.signal * (65535 / 1.25), 0, 65535)))
    mask = np.asarray(Image.open(series / "masks/00002/rod.png")) > 0
    assert np.array_equal(mask, image.structures_mm["rod"] > 0.5)
    record = next(r for r in truth["masks"] if r["name"] == "rod")
    rows, columns = np.nonzero(mask)
    assert record["bbox"] == [
        columns.min(),
        rows.min(),
        np.ptp(columns) + 1,
        np.ptp(rows) + 1,
    ]
    camera = Camera.from_json(truth["camera"], 1.0)
    pixel = next(m["pixel"] for m in truth["landmarks"] if m["name"] == "middle")
    assert pixel == pytest.approx(camera.project([[0, 0, 0]])[0][0].tolist())


def test_landmark_states(scene):
    from synthex_gui.scene.edits import camera_of

    camera = camera_of(scene.carm, 64)
    points = [(0, 0, 0), (0, 0, 900), (0, 2000, 0)]
    marks = landmark_marks(camera, ["a", "b", "c"], points)
    assert [mark.state for mark in marks] == ["inside", "outside", "behind the source"]
    metal = np.full((64, 64), 100.0, dtype=np.float32)
    assert landmark_marks(camera, ["a"], points[:1], metal)[0].state == "hidden"


def test_a_landmark_behind_metal_is_inside_and_flagged(scene, tmp_path):
    # An odd number of columns: the central ray goes through a pixel and through the ball.
    plan = scene.plan.evolve(count=1, size=65, joints={}, tools={})
    wire = scene.tools[0]
    pose = np.array(wire.world_from_tool)
    behind = scene.evolve(
        plan=plan,
        landmarks=(
            LandmarkItem(name="behind", position=tuple(pose[:3, 3] + [0.0, -60.0, 0.0])),
            LandmarkItem(name="beside", position=tuple(pose[:3, 3] + [30.0, 0.0, 30.0])),
        ),
        carm=reach_direction(scene.carm, scene.carm.joints, [0, -1, 0], pose[:3, 3])[0],
        tools=(wire.evolve(source=BuiltInTool(tool="ball-marker", parameters={})),),
    )
    run(export_series(behind, tmp_path / "series"))
    truth = json.loads((tmp_path / "series/labels/00000.json").read_text())
    assert [(m["state"], m["occluded_by_metal"]) for m in truth["landmarks"]] == [
        ("inside", True),
        ("inside", False),
    ]
    coco = json.loads((tmp_path / "series/coco.json").read_text())
    points = next(item["keypoints"] for item in coco["annotations"] if "keypoints" in item)
    assert points[2::3] == [1, 2]


def test_coco_masks_decode_to_the_mask_files(series):
    from pycocotools import mask as coco_mask

    coco = json.loads((series / "coco.json").read_text())
    names = {item["id"]: item["name"] for item in coco["categories"]}
    rods = [a for a in coco["annotations"] if names[a["category_id"]] == "rod"]
    assert len(rods) == 5
    decoded = coco_mask.decode(rods[0]["segmentation"]).astype(bool)
    stored = np.asarray(Image.open(series / "masks/00000/rod.png")) > 0
    assert np.array_equal(decoded, stored)


def test_saving_the_project_does_not_make_its_series_another_one(scene, series):
    before = tree(series)
    saved = map_files(scene, lambda source: source.evolve(sha256=sha256_of(source.path)))
    assert saved != scene
    run(export_series(saved, series, resume=True))
    assert tree(series) == before


@pytest.mark.parametrize("name", ["labels.nii.gz", "labels.csv"])
def test_a_series_does_not_go_on_with_other_inputs(small_project, tmp_path, name):
    folder = shutil.copytree(small_project.parent, tmp_path / "project")
    scene = read_project(folder / small_project.name)[0]
    steps = export_series(scene, tmp_path / "e")
    for _ in range(3):
        next(steps)
    steps.close()
    if name == "labels.csv":
        (folder / name).write_text("id,name,color,group\n1,rod,#00ff00,\n")
    else:
        with gzip.open(folder / name, "rb") as stream:
            content = stream.read()
        (folder / name).write_bytes(gzip.compress(content, 1))
    with pytest.raises(ExportError, match="another plan"):
        run(export_series(scene, tmp_path / "e", resume=True))


@pytest.mark.trust("E13")
def test_the_manifest_knows_inputs_by_their_hashes(small_project, series):
    manifest = json.loads((series / "manifest.json").read_text())
    roles = {item["role"]: item for item in manifest["inputs"]}
    folder = small_project.parent
    assert roles["ct"]["sha256"] == sha256_of(folder / "ct.nii.gz")
    assert roles["labels"]["sha256"] == sha256_of(folder / "labels.nii.gz")
    assert roles["labels"]["table_sha256"] == sha256_of(folder / "labels.csv")
    assert roles["tool wire"]["source"]["tool"] == "k-wire"


@pytest.mark.trust("E11")
def test_no_path_of_an_input_reaches_the_data_set(small_project, series):
    folder = str(small_project.parent).encode()
    for name in all_files(series):
        assert folder not in (series / name).read_bytes(), name


LIMITED = """
import resource, signal, sys
from synthex_gui.cli.main import main
from synthex_gui.export import engine
write = engine.write_item
def limited(*arguments):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    return write(*arguments)
engine.write_item = limited
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.trust("E3")
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_disk_that_takes_no_more_is_named_and_the_export_resumes(
    small_project, scene, series, tmp_path
):
    out = tmp_path / "f"
    command = [sys.executable, "-c", LIMITED, "export", str(small_project), "--out", str(out)]
    # The limit stands for a full disk: the first radiograph does not fit.
    failed = subprocess.run(command, capture_output=True, text=True)
    assert failed.returncode == 1
    last = failed.stderr.strip().splitlines()[-1]
    assert "images/00000.png" in last
    assert "cannot be written" in last
    assert not (out / "manifest.json").exists()
    assert not any(name.startswith("images/") for name in all_files(out))
    run(export_series(scene, out, resume=True))
    assert tree(out) == tree(series)
