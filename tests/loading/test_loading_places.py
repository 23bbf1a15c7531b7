"""A phantom without a place to be kept is built all the same, and why is said."""

import errno
import os

from synthex_gui.core.steps import run_to_end
from synthex_gui.loading import resolve
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import PhantomSource


def test_it_is_built_and_said(monkeypatch):
    def read_only(name):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), f"/home/a/.cache/{name}")

    monkeypatch.setattr(resolve, "cache_folder", read_only)
    monkeypatch.setattr(resolve, "_kept_phantom", None)
    source = PhantomSource(parameters={"spacing_mm": 3.0, "extent": "pelvis"})
    assets = run_to_end(resolve.resolve(Scene(ct=source))).assets
    assert assets.ct is not None
    (text,) = [text for text in assets.warnings if "phantom" in text]
    assert "Read-only file system: /home/a/.cache/phantoms" in text


def test_what_keeps_code_from_being_kept_is_said_with_every_scene(monkeypatch, small_project):
    from synthex_gui.loading.project import open_project
    from synthex_gui.numeric import jit

    monkeypatch.setattr(jit, "_notices", ["compiled code cannot be kept between runs (full)"])
    scene, _ = open_project(small_project)
    assets = run_to_end(resolve.resolve(scene)).assets
    assert "compiled code cannot be kept between runs (full)" in assets.warnings
