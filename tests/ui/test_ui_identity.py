"""A mesh that the window adds is not called after its file, which a patient may be called by."""

import pytest
import trimesh

from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series

pytestmark = pytest.mark.display
STEM = "Doe_Jane_1970"


@pytest.mark.trust("E11")
def test_no_byte_of_an_export_holds_the_name_of_a_mesh_file(window, tmp_path, qtbot):
    path = tmp_path / f"{STEM}.stl"
    trimesh.creation.box((10, 10, 10)).export(path)
    store = window.session.store
    for count in (2, 3):
        window.files.open_path(path)
        qtbot.waitUntil(lambda n=count: len(store.scene.tools) == n, timeout=30_000)
    assert [tool.name for tool in store.scene.tools] == ["wire", "mesh-1", "mesh-2"]
    scene = store.scene.evolve(plan=store.scene.plan.evolve(count=1, size=32))
    out = tmp_path / "out"
    run_to_end(export_series(scene, out))
    for item in out.rglob("*"):
        assert STEM not in str(item.relative_to(out))
        assert not item.is_file() or STEM.encode() not in item.read_bytes(), item
