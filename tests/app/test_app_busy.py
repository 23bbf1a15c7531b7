"""Opening, exporting and verifying are work of other threads: the event loop goes on."""

import pytest
from ticking import ticking

from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify

LONGEST_MS = 200_000


@pytest.mark.trust("R6", tried=3)
def test_the_event_loop_goes_on(opened, small_project, qtbot, tmp_path):
    scene = opened.store.scene
    scene = scene.evolve(plan=scene.plan.evolve(count=8, size=128))
    out, found = tmp_path / "a", []
    with ticking():
        with qtbot.waitSignal(opened.document_replaced, timeout=LONGEST_MS):
            opened.open_project(small_project)
        qtbot.waitUntil(lambda: not opened.is_busy(), timeout=LONGEST_MS)
    works = {"Export": lambda: export_series(scene, out), "Verify": lambda: verify(out)}
    for title, work in works.items():
        with ticking():
            job = opened.run_job(title, work)
            job.done.connect(found.append)
            qtbot.waitUntil(lambda: not opened.is_busy(), timeout=LONGEST_MS)
    assert (out / "manifest.json").is_file()
    assert found[1].is_whole
