"""Asking a scene again, as an edit does on the window's thread, looks at no voxel again."""

import gc

import numpy as np

from synthex_gui.core.steps import run_to_end
from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.loading import fit, resolve
from synthex_gui.loading.project import open_project
from synthex_gui.loading.remembered import Remembered
from synthex_gui.scene.beam import HuMap


def test_an_edit_counts_no_voxels_again_but_another_matter_does(small_project, monkeypatch):
    scene, _ = open_project(small_project)
    cache, looked = resolve.AssetCache(), []
    for module, name in ((resolve, "matter_warnings"), (fit, "_labels")):
        real = getattr(module, name)

        def spy(*arguments, real=real, name=name):
            looked.append(name)
            return real(*arguments)

        monkeypatch.setattr(module, name, spy)
    first = run_to_end(resolve.resolve(scene, cache)).assets.warnings
    assert looked == ["matter_warnings", "_labels"]
    edited = scene.evolve(level="naive", tools=())
    again = run_to_end(resolve.resolve(edited, cache)).assets.warnings
    assert again == first
    assert len(looked) == 2
    other = scene.evolve(matter=scene.matter.evolve(hu_map=HuMap(kind="deepdrr")))
    run_to_end(resolve.resolve(other, cache))
    assert looked[2:] == ["matter_warnings"]


def test_answers_go_with_their_array():
    remembered = Remembered()
    values = np.zeros((2, 2, 2), np.int16)
    volume = Volume(values, Grid(values.shape, np.eye(4)))
    assert remembered.answer(volume, 1, lambda: "a") == "a"
    assert remembered.answer(volume, 1, lambda: "b") == "a"
    assert remembered.answer(volume, 2, lambda: "c") == "c"
    del volume
    gc.collect()
    assert not remembered._known
