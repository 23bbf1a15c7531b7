"""The live image: the newest pose wins, and nothing older is shown after it."""

import threading

import numpy as np
import pytest

from synthex_gui.app.live import REST_MS, LiveRadiograph
from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Grid, Label, LabelMap
from synthex_gui.physics.render import Radiograph
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of, move_joints
from synthex_gui.scene.model import Scene

ASSETS = SceneAssets()


class Backend:
    def __init__(self, name):
        self.name, self.is_closed = name, False

    def close(self):
        self.is_closed = True


class Renderer:
    """Images that cost nothing; `gate` holds each until it is let go. Notes what was rendered."""

    threads = 1

    def __init__(self, name="Quick"):
        self.backend = Backend(name)
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.rendered, self.assets = [], []
        self.error = None

    def set_assets(self, assets):
        self.assets.append(assets)

    def render(self, scene, *, size, quality=None, **options):
        self.rendered.append((scene, size, options))
        self.begun.set()
        self.gate.wait(10.0)
        if self.error is not None:
            raise self.error
        image = np.full((size, size), 0.5, np.float32)
        return Radiograph(camera_of(scene.carm, size), scene.level, image, None, shown=image)

    def structure_paths_mm(self, scene, structures, size):
        path = np.zeros((size, size), np.float32)
        path[size // 4 : size // 2, size // 4 : size // 2] = 5.0
        return dict.fromkeys(structures, path)


@pytest.fixture
def renderer():
    return Renderer()


@pytest.fixture
def live(qtbot, renderer):
    live = LiveRadiograph(lambda: renderer)
    live.frames, live.errors = [], []
    live.rendered.connect(live.frames.append)
    live.failed.connect(live.errors.append)
    yield live
    renderer.gate.set()
    live.close()


def lifted(value):
    scene = Scene(level="naive")
    return scene.evolve(carm=move_joints(scene.carm, lift_mm=float(value)))


def lifts(frames):
    return [frame.scene.carm.joints.lift_mm for frame in frames]


def settle(live, qtbot):
    qtbot.waitUntil(live.is_idle, timeout=10_000)
    qtbot.wait(20)


def test_poses_that_wait_are_left_out_for_the_newest(live, renderer, qtbot):
    renderer.gate.clear()
    live.request(lifted(1), ASSETS, moving=True)
    assert renderer.begun.wait(5.0)
    for value in range(2, 10):
        live.request(lifted(value), ASSETS, moving=True)
    renderer.gate.set()
    qtbot.waitUntil(lambda: lifts(live.frames)[-1:] == [9.0], timeout=10_000)
    moving = [frame for frame in live.frames if not frame.is_full]
    assert lifts(moving) == [1.0, 9.0]
    generations = [frame.generation for frame in live.frames]
    assert generations == sorted(generations)


def test_the_full_image_follows_when_the_hand_rests(live, qtbot):
    live.request(lifted(1), ASSETS, moving=True)
    qtbot.waitUntil(lambda: len(live.frames) == 1, timeout=10_000)
    assert not live.frames[0].is_full
    qtbot.waitUntil(lambda: live.frames[-1].is_full, timeout=20 * REST_MS)
    assert live.frames[-1].generation == live.frames[0].generation
    assert live.frames[-1].shown.shape[1] > live.frames[0].shown.shape[1]


def test_a_scene_that_stands_is_full_at_once(live, qtbot):
    live.request(lifted(1), ASSETS, moving=False)
    qtbot.waitUntil(lambda: bool(live.frames), timeout=10_000)
    assert live.frames[0].is_full


def test_outlines_come_after_their_image(live, qtbot):
    values = np.zeros((4, 4, 4), np.uint8)
    labels = LabelMap(values, Grid(values.shape, np.eye(4)), (Label(1, "rod"),))
    live.request(lifted(1), SceneAssets(labels=labels), moving=False, structures=("rod",))
    qtbot.waitUntil(lambda: len(live.frames) == 2, timeout=10_000)
    assert [len(frame.outlines) for frame in live.frames] == [0, 1]


@pytest.mark.trust("R4")
def test_what_cannot_be_rendered_is_said_and_the_next_image_comes(live, renderer, qtbot):
    for error, said in (
        (SynthexError("the table is in the way"), "the table is in the way"),
        (
            ZeroDivisionError("oops"),
            "The image failed by an error of the program; Help, Copy diagnostics has more",
        ),
    ):
        renderer.error = error
        live.request(lifted(1), ASSETS, moving=False)
        qtbot.waitUntil(lambda: bool(live.errors), timeout=10_000)
        assert live.errors.pop() == said
    renderer.error = None
    live.request(lifted(2), ASSETS, moving=False)
    qtbot.waitUntil(lambda: lifts(live.frames) == [2.0], timeout=10_000)


def test_small_images_wait_for_the_large_one_and_the_newest_of_a_key_wins(live, renderer, qtbot):
    small = []
    live.thumbnail_ready.connect(lambda key, frame: small.append((key, lifts([frame])[0])))
    renderer.gate.clear()
    live.request(lifted(1), ASSETS, moving=False)
    assert renderer.begun.wait(5.0)
    for value in (2, 3):
        live.request_thumbnail("a", lifted(value), ASSETS)
    live.request_thumbnail("b", lifted(4), ASSETS)
    live.request_thumbnail("gone-1", lifted(5), ASSETS)
    live.drop_thumbnails("gone")
    live.request(lifted(6), ASSETS, moving=False)
    renderer.gate.set()
    qtbot.waitUntil(lambda: len(small) == 2, timeout=10_000)
    settle(live, qtbot)
    assert small == [("a", 3.0), ("b", 4.0)]
    asked = [scene.carm.joints.lift_mm for scene, _, _ in renderer.rendered]
    assert asked.index(6.0) < asked.index(3.0)


def test_arrays_are_handed_over_once(live, renderer, qtbot):
    other = SceneAssets()
    for value, assets in ((1, ASSETS), (2, ASSETS), (3, other)):
        live.request(lifted(value), assets, moving=False)
        qtbot.waitUntil(lambda v=value: lifts(live.frames)[-1:] == [v], timeout=10_000)
    assert renderer.assets == [ASSETS, other]


def test_another_backend_takes_over_and_the_old_one_is_closed(live, renderer, qtbot):
    names = []
    live.backend_named.connect(names.append)
    live.request(lifted(1), ASSETS, moving=False)
    qtbot.waitUntil(lambda: names == ["Quick"], timeout=10_000)
    other = Renderer("Other")
    live.use_renderer(lambda: other)
    qtbot.waitUntil(lambda: names == ["Quick", "Other"], timeout=10_000)
    assert renderer.backend.is_closed
    assert lifts(live.frames)[-1] == 1.0
    live.close()
    assert other.backend.is_closed


def test_pulses_differ_in_their_noise_and_keep_the_last_signal(live, renderer, qtbot):
    scene = lifted(1).evolve(level="realistic")
    scene = scene.evolve(beam=scene.beam.evolve(pulses_per_s=15.0))
    live.request(scene, ASSETS, moving=False)
    qtbot.waitUntil(lambda: bool(live.frames), timeout=10_000)
    settle(live, qtbot)
    for pulse in (1, 2):
        live.request_pulse(scene, ASSETS, pulse)
        qtbot.waitUntil(lambda n=pulse: len(live.frames) == n + 1, timeout=10_000)
        settle(live, qtbot)
    first, second = [options for _, _, options in renderer.rendered if options.get("image_index")]
    assert (first["image_index"], second["image_index"]) == (1, 2)
    # The full image has another size than a pulse: nothing of it lags behind.
    assert first["previous"] is None
    assert second["previous"] is not None
