"""Saving the shown radiograph: a whole image and its record, or neither, and a word of it."""

import errno
import json
import os

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtWidgets import QFileDialog

pytestmark = pytest.mark.display


@pytest.fixture
def save_as(module_window, monkeypatch):
    def save(path):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
        module_window.commands["save_image"].trigger()
        return module_window.toast.text

    return save


def names(folder):
    return sorted(item.name for item in folder.iterdir())


def test_both_kinds_are_written_with_their_record(module_window, save_as, tmp_path):
    view = module_window.workspace.radiograph
    assert save_as(tmp_path / "a.png").startswith("Saved a.png")
    assert save_as(tmp_path / "b.tif").startswith("Saved b.tif")
    assert save_as(tmp_path / "c").startswith("Saved c.png")
    assert names(tmp_path) == ["a.png", "a.png.json", "b.tif", "b.tif.json", "c.png", "c.png.json"]
    assert np.asarray(Image.open(tmp_path / "a.png")).shape == view.pixels.shape
    assert np.array_equal(tifffile.imread(tmp_path / "b.tif"), view.signal)
    assert json.loads((tmp_path / "a.png.json").read_text())["window"] == list(view.window)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("call", range(2))
def test_a_full_disk_leaves_the_old_files_and_is_said(save_as, tmp_path, monkeypatch, name, call):
    """It fills while the image is written, or the record beside it."""
    image, record = tmp_path / name, tmp_path / f"{name}.json"
    image.write_bytes(b"old image")
    record.write_bytes(b"old record")
    calls, fsync = [], os.fsync

    def full(number):
        calls.append(number)
        if len(calls) == call + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(number)

    monkeypatch.setattr("synthex_gui.core.files.os.fsync", full)
    said = save_as(image)
    assert name in said
    assert "No space left on device" in said
    assert "make room" in said
    assert image.read_bytes() == b"old image"
    assert record.read_bytes() == b"old record"
    assert names(tmp_path) == [name, f"{name}.json"]


def test_a_folder_that_is_gone_and_another_ending_are_refused(save_as, tmp_path):
    assert "gone" in save_as(tmp_path / "gone" / "a.png")
    assert "saved as .png or .tif" in save_as(tmp_path / "a.xyz")
    assert names(tmp_path) == []
