"""Disks that fail: every write once, no room left, a folder that may not be written to."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import TEMPORARY, all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export import space
from synthex_gui.export.dataset import JOURNAL, MANIFEST, ExportError
from synthex_gui.export.place import LOCK
from synthex_gui.export.run import export_series
from synthex_gui.export.space import Room, estimated_bytes
from synthex_gui.scene.project import read_project
from tests.trust.failing_disk import ERRORS, FailingDisk

FILES = ("files", "coco")
LAYOUTS = ("synthex-h5", "synthex-folder")


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=2, size=16), level="naive")


@pytest.fixture(scope="module")
def whole(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "a"
    run_to_end(export_series(scene, out))
    return tree(out)


def claims_more_than_there_is(out):
    """What the journal or the manifest names and is not there with its hash."""
    named = {}
    if (out / JOURNAL).exists():
        for line in (out / JOURNAL).read_text().splitlines()[1:]:
            named |= json.loads(line)["files"]
    if (out / MANIFEST).exists():
        named |= {
            item["path"]: item["sha256"]
            for item in json.loads((out / MANIFEST).read_text())["files"]
        }
    return [
        name
        for name, digest in named.items()
        if not (out / name).exists() or hash_of(out / name) != digest
    ]


@pytest.mark.trust("E2")
@pytest.mark.parametrize(
    ("stride", "shift"),
    [(7, 0), *(pytest.param(1, shift, marks=pytest.mark.slow) for shift in range(len(ERRORS)))],
)
@pytest.mark.parametrize(
    "formats",
    [FILES, pytest.param(LAYOUTS, marks=pytest.mark.slow)],
    ids=["files", "layouts"],
)
def test_every_write_fails_once(scene, tmp_path, monkeypatch, tries, stride, shift, formats):
    if formats is LAYOUTS:
        plan = scene.plan.evolve(image_format="tiff32", formats=LAYOUTS)
        scene = scene.evolve(plan=plan)
    run_to_end(export_series(scene, tmp_path / "whole"))
    whole = tree(tmp_path / "whole")
    disk = FailingDisk(monkeypatch, tmp_path)
    disk.shift = shift
    disk.start()
    run_to_end(export_series(scene, tmp_path / "counted"))
    calls = disk.calls
    assert calls > 40
    for call in range(1, calls + 1, stride):
        out = tmp_path / f"a{call}"
        disk.start(call)
        fault, said = "", None
        try:
            run_to_end(export_series(scene, out))
        except SynthexError as error:
            said = str(error)
        except OSError as error:
            fault = f"a bare {error!r}"
        disk.start()
        if said is not None and (str(out) not in said or "\n" in said):
            fault = f"names no file of it: {said}"
        if said is None and not fault and tree(out) != whole:
            fault = "went on in silence, with other bytes"
        fault = fault or ", ".join(claims_more_than_there_is(out))
        if said is not None:
            left = [name for name in all_files(out) if name.endswith(TEMPORARY) or name == LOCK]
            fault = fault or ", ".join(left)
            run_to_end(export_series(scene, out, resume=True))
        tries.check(not fault and tree(out) == whole, f"call {call}: {fault or 'other bytes'}")


@pytest.mark.trust("E3")
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_disk_that_fills_up_is_named_and_the_export_goes_on_when_there_is_room(
    scene, whole, tmp_path, monkeypatch, share
):
    out = tmp_path / "a"
    run_to_end(export_series(scene, tmp_path / "sized"))
    total = sum((tmp_path / "sized" / name).stat().st_size for name in whole)
    disk = FailingDisk(monkeypatch, tmp_path)
    disk.room = int(total * share)
    with pytest.raises(
        SynthexError, match=r"cannot be written \(No space left on device\)"
    ) as caught:
        run_to_end(export_series(scene, out))
    assert str(out) in str(caught.value)
    assert not (out / MANIFEST).exists()
    assert not claims_more_than_there_is(out)
    disk.room = 1 << 40
    run_to_end(export_series(scene, out, resume=True))
    assert tree(out) == whole


@pytest.mark.trust("E4")
def test_a_disk_that_becomes_read_only_in_mid_run_stops_it(scene, whole, tmp_path, monkeypatch):
    out, disk = tmp_path / "a", FailingDisk(monkeypatch, tmp_path)
    steps = export_series(scene, out)
    while not (out / "images/00000.png").exists():
        next(steps)
    disk.is_read_only = True
    with pytest.raises(SynthexError, match="Read-only file system") as caught:
        run_to_end(steps)
    assert str(out) in str(caught.value)
    assert not claims_more_than_there_is(out)
    disk.is_read_only = False
    run_to_end(export_series(scene, out, resume=True))
    assert tree(out) == whole


@pytest.mark.trust("E3")
def test_a_journal_never_keeps_half_a_line(scene, tmp_path, monkeypatch):
    out = tmp_path / "a"
    steps = export_series(scene, out)
    disk = FailingDisk(monkeypatch, tmp_path / "a" / JOURNAL)
    while not (out / JOURNAL).exists():
        next(steps)
    disk.room = 20
    with pytest.raises(SynthexError, match=f"{JOURNAL}: cannot be written"):
        run_to_end(steps)
    text = (out / JOURNAL).read_text()
    assert text.endswith("\n")
    assert [json.loads(line) for line in text.splitlines()]


# (columns, format, level); at the other levels nothing but the images themselves tells.
PLANS = [(64, "png16", "realistic"), (512, "png16", "realistic"), (512, "tiff32", "realistic")]
PLANS += [(256, "png16", "naive"), (256, "png16", "heuristic")]


@pytest.mark.trust("E3")
@pytest.mark.parametrize(("size", "kind", "level"), PLANS)
def test_the_room_a_series_takes_is_known_before(small_project, tmp_path, size, kind, level):
    scene = read_project(small_project)[0]
    plan = scene.plan.evolve(count=6, size=size, image_format=kind)
    out = tmp_path / "a"
    run_to_end(export_series(scene.evolve(plan=plan, level=level), out))
    sizes = {name: (out / name).stat().st_size for name in all_files(out)}
    room = Room(out, plan, 2)
    for index in range(3):
        of_image = [name for name in sizes if f"{index:05d}" in name]
        room.check_after(dict.fromkeys(of_image, ""), 0)
    first = sum(size for name, size in sizes.items() if re.search("0000[012]", name))
    assert first + room.expected_bytes(3) == pytest.approx(sum(sizes.values()), rel=0.2)
    if level == "realistic":
        assert estimated_bytes(plan, 6, 2) == pytest.approx(sum(sizes.values()), rel=0.2)


@pytest.mark.trust("E3")
@pytest.mark.parametrize("formats", [("synthex-h5",), ("files", "synthex-folder")])
def test_so_is_the_room_of_the_layouts(small_project, tmp_path, formats):
    scene = read_project(small_project)[0]
    plan = scene.plan.evolve(count=4, size=128, image_format="tiff32", formats=formats)
    steps, most = export_series(scene.evolve(plan=plan), tmp_path / "a"), 0
    while True:
        try:
            next(steps)
        except StopIteration:
            break
        finally:
            most = max(most, sum(path.stat().st_size for path in (tmp_path / "a").rglob("*.*")))
    images = 4 * 128 * 128 * 4.0 if formats == ("synthex-h5",) else 0.0
    assert estimated_bytes(plan, 4, 2) - images <= most * 1.2
    assert estimated_bytes(plan, 4, 2) >= most * 0.8


@pytest.mark.trust("E3")
def test_a_series_that_its_first_images_show_to_be_too_large_stops_early(
    small_project, tmp_path, monkeypatch
):
    scene = read_project(small_project)[0]
    scene = scene.evolve(plan=scene.plan.evolve(count=50, size=64))
    usage = shutil.disk_usage(tmp_path)
    free = estimated_bytes(scene.plan, 40, 2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free))
    monkeypatch.setattr(space, "_image_bytes", lambda *_: 1.0)
    with pytest.raises(ExportError, match=r"are needed and .* are free; free some space"):
        run_to_end(export_series(scene, tmp_path / "a"))
    assert len((tmp_path / "a" / JOURNAL).read_text().splitlines()) == 2


@pytest.mark.trust("E3")
def test_what_does_not_fit_is_said_before_anything_is_written(scene, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(ExportError, match=r"are needed and .* are free"):
        run_to_end(export_series(scene, tmp_path / "a"))
    assert not all_files(tmp_path / "a")
