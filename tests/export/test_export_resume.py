"""Resuming touches nothing that it did not write, and keeps what a damaged journal still says."""

import pytest

from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.dataset import ExportError
from synthex_gui.export.journal import OWN, UNFINISHED, _image_of
from synthex_gui.export.run import export_series
from synthex_gui.scene.project import read_project


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=5, size=32))


@pytest.fixture(scope="module")
def whole(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "a"
    run_to_end(export_series(scene, out))
    return tree(out)


@pytest.fixture
def stopped(scene, tmp_path):
    steps = export_series(scene, tmp_path / "a")
    for _ in range(4):
        next(steps)
    steps.close()
    return tmp_path / "a"


@pytest.mark.parametrize(
    "name",
    [
        "images/mine.png",
        "labels/00004.txt",
        "masks/notes.png",
        "images/00000.tiff",
        "a.synthex-tmp",
    ],
)
def test_a_foreign_file_is_named_and_nothing_is_touched(scene, whole, stopped, name):
    (stopped / name).write_bytes(b"mine")
    before = tree(stopped)
    with pytest.raises(ExportError, match=f"{name}: is not of this export"):
        run_to_end(export_series(scene, stopped, resume=True))
    assert tree(stopped) == before
    (stopped / name).unlink()
    run_to_end(export_series(scene, stopped, resume=True))
    assert tree(stopped) == whole


@pytest.mark.trust("E1")
@pytest.mark.parametrize(
    "bad", [b"{", b"\0" * 40, b"[]", b'{"index": 1, "files": {"../x": "0"}}', b"[" * 99999]
)
def test_a_damaged_line_costs_its_image_alone(scene, whole, stopped, caplog, bad):
    journal = stopped / "journal.jsonl"
    lines = journal.read_bytes().splitlines()
    journal.write_bytes(b"\n".join([lines[0], lines[1], bad, *lines[3:], b'{"index"']))
    steps = export_series(scene, stopped, resume=True)
    done, _, _ = next(steps)
    assert done == len(lines) - 2
    run_to_end(steps)
    assert tree(stopped) == whole
    assert "line 3 is damaged" in caplog.text


@pytest.mark.trust("E1")
def test_a_changed_image_is_made_again_with_a_notice(scene, whole, stopped, caplog):
    (stopped / "images/00000.png").write_bytes(b"x")
    run_to_end(export_series(scene, stopped, resume=True))
    assert tree(stopped) == whole
    assert "image 0 is made again: images/00000.png" in caplog.text


def test_what_the_run_left_is_told_from_what_it_did_not():
    own = ["images/100000.png.12.synthex-tmp", "masks/00001/rod.png", "coco.json"]
    assert all(OWN.fullmatch(UNFINISHED.sub("", name)) for name in own)
    assert _image_of({"index": 100000, "files": {"labels/100000.json": "0"}})
    assert not _image_of({"index": 1, "files": {"labels/00002.json": "0"}})
