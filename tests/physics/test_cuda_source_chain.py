"""The imaging chain on the CUDA kernels next to the CPU's, on the same projections."""

from __future__ import annotations

import numpy as np
import pytest
from cuda_backends import KINDS, make_backend
from scenes import ball, c_arm

from synthex_gui.geometry.transforms import rigid
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cpu.exposer import CpuExposer
from synthex_gui.physics.look.scene_look import look_of
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Beam, Collimator, TableTop
from synthex_gui.scene.detector import AntiScatterGrid, Detector, Processing
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool

SIZE = 96
TOOL = Tool(
    name="ball",
    source=BuiltInTool(tool="k-wire"),
    material="316L",
    world_from_tool=tuple(tuple(row) for row in rigid(None, [10.0, 0, 12.0])),
)
SCENES = {
    "plain": {},
    "no noise": {"beam": Beam(noise=False)},
    "few photons": {"beam": Beam(photons=40.0, seed=7)},
    "anode at the left": {"beam": Beam(anode_side="left", noise=False)},
    "no heel": {"beam": Beam(heel_effect=False, noise=False)},
    "sharp, no scatter": {
        "beam": Beam(focal_spot_mm=0.0, noise=False),
        "detector": Detector(scatter=False),
    },
    "exposure control": {"beam": Beam(exposure_control=True, noise=False)},
    "exposure control, grid": {
        "beam": Beam(exposure_control=True),
        "grid": AntiScatterGrid(is_in=True, focus_mm=1300.0),
    },
    "blades": {
        "collimator": Collimator(left_mm=40, top_mm=50, rotation_deg=10.0),
        "beam": Beam(noise=False),
    },
    "grid": {"grid": AntiScatterGrid(is_in=True, focus_mm=1100.0), "beam": Beam(noise=False)},
    "table": {"table": TableTop(is_shown=True), "beam": Beam(noise=False)},
    "tool": {"tools": (TOOL,), "beam": Beam(noise=False)},
    "gains, dead pixels, lag": {
        "detector": Detector(gain_spread=0.1, dead_pixels=0.002, lag=0.2),
        "tools": (TOOL,),
        "table": TableTop(is_shown=True),
    },
    "ideal energy": {"detector": Detector(kind="ideal-energy"), "beam": Beam(seed=3)},
    "ideal count": {
        "detector": Detector(kind="ideal-count"),
        "beam": Beam(noise=False),
        "grid": AntiScatterGrid(is_in=True),
    },
    "8 bits": {"detector": Detector(bit_depth=8), "beam": Beam(photons=1e5)},
}


class OnCpu:
    """A backend's projections, whose chain the CPU carries out."""

    def __init__(self, backend) -> None:
        self.name, self.project = backend.name, backend.project
        self.upload_field, self.upload_mesh = backend.upload_field, backend.upload_mesh
        self.has, self.release = backend.has, backend.release

    def expose(self, what, into=None):
        made = self.project(what.request)
        fields = [made.fields[key] for key in dict.fromkeys(what.request.fields)]
        return CpuExposer(2).expose(what, [*fields, *made.meshes_mm], made)


@pytest.fixture(scope="module", params=KINDS)
def renderers(request, small_ct):
    backend = make_backend(request.param)
    assets = SceneAssets(ct=small_ct, meshes={"ball": ball(9.0, 3)})
    made = []
    for each in (backend, OnCpu(backend)):
        renderer = Renderer(each, 2)
        renderer.set_assets(assets)
        made.append(renderer)
    yield made
    backend.close()


def both(renderers, scene, quality=Quality.EXACT, **given):
    camera = c_arm(20, 10, SIZE, detector_mm=280)
    return [
        renderer.render(scene, camera=camera, quality=quality, image_index=4, **given)
        for renderer in renderers
    ]


@pytest.mark.parametrize("name", SCENES)
def test_the_chain_is_the_cpus(renderers, name):
    scene = Scene(**SCENES[name])
    given = {}
    if scene.detector.lag:
        rng = np.random.default_rng(1)
        given["previous"] = rng.uniform(0, 1, (SIZE, SIZE)).astype(np.float32)
    ours, theirs = both(renderers, scene, **given)
    assert ours.photons == pytest.approx(theirs.photons, rel=1e-5)
    assert ours.mas == pytest.approx(theirs.mas, rel=1e-5)
    assert ours.signal.dtype == np.float32
    assert ours.signal.shape == (SIZE, SIZE)
    assert theirs.signal.std() > 0.05
    difference = np.abs(ours.signal - theirs.signal)
    scale = np.maximum(theirs.signal, 0.01)
    # A count that lies at the edge between two can fall to either side by rounding.
    step = 2.0 * np.sqrt(scene.detector.saturation) / (2**scene.detector.bit_depth - 1)
    allowed = 2e-5 * scale + (3.0 * step * np.sqrt(scale) if scene.beam.noise else 0.0)
    assert np.mean(difference > allowed) < 2e-3
    assert np.median(difference / scale) < 2e-5 + (step if scene.beam.noise else 0.0)
    for mine, yours in zip(ours.tools_mm.values(), theirs.tools_mm.values(), strict=True):
        np.testing.assert_array_equal(mine, yours)
    assert ours.backend == theirs.backend == "cuda"


@pytest.mark.parametrize("quality", [Quality.FAST, Quality.DRAG])
def test_previews_too(renderers, quality):
    ours, theirs = both(renderers, Scene(tools=(TOOL,), beam=Beam(noise=False)), quality)
    np.testing.assert_allclose(ours.signal, theirs.signal, rtol=2e-5, atol=1e-6)


def test_tools_without_a_ct(renderers, small_ct):
    for renderer in renderers:
        renderer.set_assets(SceneAssets(meshes={"ball": ball(9.0, 3)}))
    try:
        ours, theirs = both(renderers, Scene(tools=(TOOL,), beam=Beam(noise=False)))
        np.testing.assert_allclose(ours.signal, theirs.signal, rtol=2e-5, atol=1e-6)
        assert theirs.signal.min() < 0.5
        assert np.isfinite(ours.first_metal_mm).any()
    finally:
        for renderer in renderers:
            renderer.set_assets(SceneAssets(ct=small_ct, meshes={"ball": ball(9.0, 3)}))


def test_seeds_and_images_have_noise_of_their_own(renderers):
    camera = c_arm(0, 0, SIZE)
    renderer = renderers[0]
    seen = set()
    for seed, index in ((0, 0), (0, 1), (1, 0), (0, 0)):
        scene = Scene(beam=Beam(seed=seed))
        seen.add(renderer.render(scene, camera=camera, image_index=index).signal.tobytes())
    assert len(seen) == 3


LOOKS = {
    "clinical": {},
    "clinical, blades": {"collimator": Collimator(left_mm=40, top_mm=50)},
    "log": {"processing": Processing(look="log")},
    "raw": {"processing": Processing(look="raw")},
    "naive": {"level": "naive"},
    "heuristic with tool, log": {
        "level": "heuristic",
        "tools": (TOOL,),
        "processing": Processing(look="log"),
    },
    "naive, raw": {"level": "naive", "processing": Processing(look="raw")},
    "dead pixels": {"detector": Detector(dead_pixels=0.01)},
}


@pytest.mark.parametrize("name", LOOKS)
def test_what_is_shown_is_the_cpus(renderers, name):
    """By the same signal; bone bright, whatever the scene's polarity."""
    common = {"processing": Processing(look="clinical"), "beam": Beam(noise=False)}
    scene = Scene(**{**common, **LOOKS[name]})
    ours, theirs = both(renderers, scene, with_look=True)
    np.testing.assert_allclose(ours.signal, theirs.signal, rtol=2e-5, atol=1e-6)
    assert theirs.shown.std() > 0.05
    np.testing.assert_allclose(ours.shown, theirs.shown, atol=2e-4)
    np.testing.assert_allclose(ours.shown, look_of(ours.signal, scene, ours.camera), atol=1e-4)
    dark = scene.evolve(processing=scene.processing.evolve(bone_dark=True))
    np.testing.assert_array_equal(both(renderers, dark, with_look=True)[0].shown, ours.shown)


def test_nothing_is_shown_unasked(renderers):
    ours, theirs = both(renderers, Scene(level="naive", tools=(TOOL,)))
    assert ours.shown is None
    np.testing.assert_allclose(ours.line_integral, theirs.line_integral, rtol=1e-6)
