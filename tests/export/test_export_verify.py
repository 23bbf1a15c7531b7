"""What `verify` sees beyond a changed file."""

import json
import os
import random
import shutil
import socket
import subprocess
import sys

import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import digest_of_finished, verify
from synthex_gui.scene.project import read_project


@pytest.fixture(scope="module")
def made(small_project, tmp_path_factory):
    scene = read_project(small_project)[0]
    out = tmp_path_factory.mktemp("made") / "series"
    run_to_end(export_series(scene.evolve(plan=scene.plan.evolve(count=3, size=32)), out))
    return out


@pytest.fixture
def series(made, tmp_path):
    return shutil.copytree(made, tmp_path / "series")


def edited(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def first_input(manifest):
    manifest["inputs"][0]["sha256"] = "0" * 64


EDITS = {
    "seed": lambda m: m.update(seed=4),
    "plan seed": lambda m: (m.update(seed=4), m["scene"]["plan"].update(seed=4)),
    "beam": lambda m: m["scene"]["beam"].update(kvp=81.0),
    "inputs": first_input,
    "convention": lambda m: m.update(camera_convention="other"),
    "bytes": lambda m: m["files"][0].update(bytes=1),
    "structures": lambda m: m.update(structures=[]),
    "images": lambda m: m.update(images=2),
    "backends": lambda m: m.update(backends={"cuda": "0-2"}),
    "versions": lambda m: m["versions"].update(numpy="1.0"),
    "twice": lambda m: m["files"].append(m["files"][-1]),
}


@pytest.mark.trust("E5")
@pytest.mark.parametrize("name", EDITS)
def test_an_edited_manifest_is_seen(series, name):
    edited(series / "manifest.json", EDITS[name])
    assert run_to_end(verify(series)).inconsistent


def test_a_label_and_its_hash_edited_together_are_seen_by_the_digest(series, capsys):
    digest = digest_of_finished(series)
    assert main(["verify", str(series), "--digest", digest]) == 0
    assert f"digest: {digest}" in capsys.readouterr().out
    name = "labels/00001.json"
    edited(series / name, lambda record: record.update(photons_per_pixel=1.5))

    def mend(manifest):
        entry = next(item for item in manifest["files"] if item["path"] == name)
        entry |= {
            "sha256": hash_of(series / name),
            "bytes": (series / name).stat().st_size,
        }

    edited(series / "manifest.json", mend)
    assert main(["verify", str(series), "--digest", digest]) == 3
    assert "digest differs" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="sha256sum is POSIX")
def test_the_digest_is_what_other_programs_find(series):
    command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
    told = subprocess.run(command, shell=True, cwd=series, capture_output=True, text=True).stdout
    assert told.split()[0] == run_to_end(verify(series)).digest == digest_of_finished(series)


@pytest.mark.trust("E5", tried=5)
@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links are POSIX")
def test_special_files_and_links_are_seen_and_never_opened(series, monkeypatch):
    os.mkfifo(series / "images" / "pipe")
    monkeypatch.chdir(series)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
    (series / "dangling").symlink_to(series / "nowhere")
    (series / "folder").symlink_to("/usr")
    image = series / "images" / "00000.png"
    image.rename(series.parent / "moved.png")
    image.symlink_to(series.parent / "moved.png")
    found = run_to_end(verify(series))
    assert found.extra == ("dangling", "folder", "images/pipe", "socket")
    assert found.changed == ("images/00000.png",)
    assert not found.missing


@pytest.mark.parametrize("times", [0, 2])
def test_a_mask_that_records_do_not_name_once_is_seen(series, times):
    name = "labels/00000.json"

    def change(record):
        masks = record["masks"]
        mask = next(item for item in masks if "file" in item)
        masks.append(dict(mask)) if times else mask.pop("file")

    edited(series / name, change)
    said = run_to_end(verify(series)).inconsistent
    assert any(text.startswith("masks/00000/") for text in said)


@pytest.mark.trust("E5")
def test_every_flipped_bit_lost_and_added_file_is_listed(series):
    chosen = random.Random(1)
    names = sorted(all_files(series) - {"manifest.json"})
    chosen.shuffle(names)
    lost, flipped = sorted(names[:2]), sorted(names[2:])
    for name in lost:
        (series / name).unlink()
    for name in flipped:
        data = bytearray((series / name).read_bytes())
        data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
        (series / name).write_bytes(bytes(data))
    added = ["images/a.png", "labels/b", "c"]
    for name in added:
        (series / name).write_bytes(b"x")
    found = run_to_end(verify(series))
    assert found.missing == tuple(lost)
    assert found.changed == tuple(flipped)
    assert found.extra == tuple(sorted(added))
