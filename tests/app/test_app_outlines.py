"""An outline encloses the pixels that an exported mask has, and no others."""

import numpy as np
import pytest

from synthex_gui.app.frame import FrameRequest, render_frame, with_outlines
from synthex_gui.app.overlays import outline
from synthex_gui.experiment.sampling import sample
from synthex_gui.export.dataset import JOURNAL
from synthex_gui.export.item import write_item
from synthex_gui.loading.resolve import resolve_now
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.project import read_project


def enclosed(lines, shape):
    """(h, w) bool: pixel centres that lie inside the lines, by the even-odd rule."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(float)
    inside = np.zeros(shape, dtype=bool)
    for line in lines:
        for (x1, y1), (x2, y2) in zip(line, np.roll(line, -1, axis=0)):
            crosses = (y1 > rows) != (y2 > rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= crosses & (columns < x1 + (rows - y1) / (y2 - y1) * (x2 - x1))
    return inside


@pytest.mark.parametrize("threshold_mm", [0.0, 0.5])
def test_the_outline_of_a_wedge_is_its_masks(threshold_mm):
    rows, columns = np.mgrid[:60, :50]
    path = np.maximum(0, 30 - np.hypot(rows - 30, columns - 20)).astype(np.float32) * 0.0197
    lines = outline("wedge", "#fff", path, threshold_mm).lines
    assert np.array_equal(enclosed(lines, path.shape), path > threshold_mm)


def test_what_is_drawn_over_the_image_is_what_an_export_writes(small_project, tmp_path):
    from PIL import Image

    scene, _ = read_project(small_project)
    plan = scene.plan.evolve(source="current", size=200, mask_threshold_mm=12.0)
    scene = scene.evolve(plan=plan)
    assets = resolve_now(scene).assets
    renderer = Renderer(CpuBackend(2), 2)
    renderer.set_assets(assets)
    request = FrameRequest(1, scene, assets, 200, Quality.EXACT, ("rod",), is_full=True)
    frame = with_outlines(renderer, request, render_frame(renderer, request))
    (tmp_path / JOURNAL).touch()
    write_item(renderer, sample(scene, plan, 0), plan, ("rod",), tmp_path)
    for item in (*frame.outlines, *frame.tool_outlines):
        mask = np.array(Image.open(tmp_path / f"masks/00000/{item.name}.png")) > 0
        assert np.array_equal(enclosed(item.lines, mask.shape), mask), item.name
