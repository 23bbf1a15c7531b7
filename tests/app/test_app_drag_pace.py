"""Moving images grow as far as the machine follows the hand."""

from __future__ import annotations

import time

import numpy as np
import pytest

from synthex_gui.app.live import LiveRadiograph
from synthex_gui.app.pace import SETTLED, DragPace
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.render import Radiograph
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene

FULL = 1536


def sizes(pace: DragPace, seconds_of: dict[int, float], count: int = 60) -> list[int]:
    found = []
    for _ in range(count):
        size, _ = pace.size_and_quality(FULL)
        found.append(size)
        pace.took(size, FULL, seconds_of[size])
    return found


def test_a_quick_machine_moves_the_full_image():
    pace = DragPace()
    assert pace.size_and_quality(FULL) == (384, Quality.DRAG)
    found = sizes(pace, {384: 0.004, 768: 0.005, FULL: 0.009})
    assert found == [384] * SETTLED + [768] * SETTLED + [FULL] * (60 - 2 * SETTLED)
    assert pace.size_and_quality(FULL) == (FULL, Quality.FAST)


def test_a_slow_machine_stays_coarse():
    assert set(sizes(DragPace(), {384: 0.024})) == {384}


def test_what_was_too_slow_is_not_tried_again_until_things_change():
    pace = DragPace()
    found = sizes(pace, {384: 0.004, 768: 0.006, FULL: 0.060})
    assert found.count(FULL) == SETTLED
    assert found[-1] == 768
    pace.reset()
    assert sizes(pace, {384: 0.004, 768: 0.006, FULL: 0.012})[-1] == FULL


def test_one_hitch_changes_nothing():
    pace = DragPace()
    sizes(pace, {384: 0.004, 768: 0.005, FULL: 0.009})
    for seconds in (0.009, 0.9, 0.009, 0.9, 0.009, 0.009):
        pace.took(FULL, FULL, seconds)
    assert pace.size_and_quality(FULL)[0] == FULL


@pytest.mark.parametrize("full", [200, 384, 500])
def test_no_image_is_larger_than_the_full_one(full):
    pace = DragPace()
    for _ in range(40):
        size, _ = pace.size_and_quality(full)
        assert size <= full
        pace.took(size, full, 0.001)
    assert size == full


class Quick:
    """A renderer whose images cost nothing."""

    threads = 1

    class backend:
        name = "Quick"

        @staticmethod
        def close() -> None: ...

    def set_assets(self, assets: SceneAssets) -> None: ...

    def render(self, scene, *, size, quality, **_):
        image = np.full((size, size), 0.5, np.float32)
        return Radiograph(camera_of(scene.carm, size), scene.level, image, None, shown=image)


def test_a_drag_reaches_the_full_image(qtbot):
    live = LiveRadiograph(Quick)
    seen = []
    live.rendered.connect(lambda frame: seen.append((frame.is_full, frame.shown.shape[1])))
    scene, assets = Scene(level="naive"), SceneAssets()
    full = min(camera_of(scene.carm).width, 1536)
    end = time.monotonic() + 20
    while (False, full) not in seen and time.monotonic() < end:
        before = len(seen)
        live.request(scene, assets, moving=True)
        qtbot.waitUntil(lambda before=before: len(seen) > before, timeout=5_000)
    assert next(size for is_full, size in seen if not is_full) == 384
    assert (False, full) in seen
    live.request(scene.evolve(level="heuristic"), assets, moving=True)
    qtbot.waitUntil(lambda: seen[-1] == (False, 384), timeout=5_000)
    live.close()
