"""The window with real CTs: a DICOM folder, an abdomen with a metal nail, a chest, a real X-ray."""

import numpy as np
import pytest

from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.scene.distributions import Uniform
from synthex_gui.scene.plan import SeriesPlan

pytestmark = [pytest.mark.display, pytest.mark.data, pytest.mark.timeout(300)]


def opened(window, qtbot, path):
    """Open a file and wait for its full image and its bone surface."""
    frames = []
    window.radiograph.frame_shown.connect(frames.append)
    with qtbot.waitSignal(window.session.document_replaced, timeout=120_000):
        window.files.open_path(path)
    scene = window.session.store.scene
    qtbot.waitUntil(
        lambda: (
            any(f.is_full and f.scene is scene for f in frames)
            and not window.session.is_busy()
            and window.session.live.is_idle()
        ),
        timeout=180_000,
    )
    return frames[-1]


def result_of(steps):
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def ct_that_is(data_folder, part):
    return next(p for p in sorted((data_folder / "ct").iterdir()) if part in p.name)


def test_a_dicom_folder_opens_with_bone_in_the_middle_of_its_image(window, qtbot, data_folder):
    folder = next(p for p in sorted((data_folder / "dicom").iterdir()) if p.is_dir())
    frame = opened(window, qtbot, folder)
    assert not frame.is_empty
    logs = -np.log(frame.radiograph.signal)
    size = len(logs)
    inner = logs[size // 4 : -size // 4, size // 4 : -size // 4]
    assert 1.0 < np.median(inner) < 10.0


def test_a_series_of_a_real_abdomen_is_whole_and_labelled(window, qtbot, data_folder, tmp_path):
    ct = ct_that_is(data_folder, "hipnail_3mm.nii")
    opened(window, qtbot, ct)
    window.files.load_labels(ct.with_name(ct.name.replace(".nii.gz", "_seg.nii.gz")))
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=60_000)
    names = window.session.assets.labels.names()
    hips = tuple(name for name in names if "hip" in name or "femur" in name)
    assert len(hips) >= 3
    spread = Uniform(low=-10, high=10)
    plan = SeriesPlan(joints={"orbital_deg": spread}, count=2, size=256, structures=hips)
    scene = window.session.store.scene.evolve(plan=plan)
    result_of(export_series(scene, tmp_path / "series"))
    assert result_of(verify(tmp_path / "series")).is_whole
    masks = {path.name for path in (tmp_path / "series/masks/00000").iterdir()}
    assert masks >= {"hip_left.png", "hip_right.png"}


@pytest.mark.slow
def test_a_chest_opens_and_a_real_chest_lies_beside_it(window, qtbot, data_folder):
    frame = opened(window, qtbot, ct_that_is(data_folder, "chest"))
    assert not frame.is_empty
    real = next(p for p in sorted((data_folder / "xray_real").iterdir()) if "chest_cr" in p.name)
    window.files.open_path(real)
    view = window.workspace.radiograph
    qtbot.waitUntil(lambda: view.has_other, timeout=60_000)
    assert window.session.store.scene is frame.scene  # a radiograph is no CT: nothing is replaced
