"""The last request wins, and no edit is lost to a reading that was begun before it."""

import shutil

import pytest

from synthex_gui.scene.edits import add_tool, move_joints
from synthex_gui.scene.model import Tool
from synthex_gui.scene.sources import BuiltInTool, FileSource


@pytest.fixture
def copies(small_project, tmp_path):
    """Folders a and b, each with the project and files of its own."""
    return [
        shutil.copytree(small_project.parent, tmp_path / name) / small_project.name
        for name in ("a", "b")
    ]


def holds(path):
    """True for the scene of a project in that folder."""
    return lambda scene: scene.ct is not None and str(path.parent) in scene.ct.path


def lift(session):
    session.store.apply(
        "Lift", lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=33.0))
    )
    return session.store.scene


def test_an_older_reading_never_replaces_a_newer_document(session, gate, copies, qtbot, settled):
    slow, quick = copies
    gate.is_held = holds(slow)
    asked = []
    session.arrived.connect(asked.append)
    session.open_project(slow)
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(quick)
    edited = lift(session)
    gate.open()
    settled()
    assert session.path == quick
    assert session.store.scene is edited
    assert session.store.history.count() == 1
    assert not session.store.history.isClean()
    assert asked == []
    session.store.history.undo()
    assert holds(quick)(session.store.scene)
    assert session.store.history.isClean()
    assert session.assets.ct is session.reading.cache.get("ct", session.store.scene.ct).array


@pytest.mark.parametrize("takes", [False, True])
def test_a_document_edited_meanwhile_is_asked_about(opened, gate, copies, qtbot, settled, takes):
    slow, _ = copies
    before = opened.path
    gate.is_held = holds(slow)
    asked = []
    opened.arrived.connect(asked.append)
    opened.open_project(slow)
    edited = lift(opened)
    gate.open()
    qtbot.waitUntil(lambda: bool(asked), timeout=30_000)
    settled()
    # Until it is answered, and where nobody answers, the edited document stays.
    assert opened.store.scene is edited
    assert opened.path == before
    assert not opened.store.history.isClean()
    assert asked[0].title == slow.name
    if takes:
        asked[0].accept()
        assert opened.path == slow
        assert opened.store.history.count() == 0
        asked[0].accept()
        settled()


def test_an_answer_that_comes_after_a_newer_opening_is_too_late(
    opened, gate, copies, qtbot, settled
):
    slow, quick = copies
    gate.is_held = holds(slow)
    asked = []
    opened.arrived.connect(asked.append)
    opened.open_project(slow)
    lift(opened)
    gate.open()
    qtbot.waitUntil(lambda: bool(asked), timeout=30_000)
    with qtbot.waitSignal(opened.document_replaced, timeout=30_000):
        opened.open_project(quick)
    asked[0].accept()
    assert opened.path == quick
    settled()


def test_what_was_undone_or_saved_meanwhile_need_not_be_asked(
    opened, gate, copies, qtbot, settled, tmp_path
):
    for copy, settle in zip(
        copies,
        (opened.store.history.undo, lambda: opened.save(tmp_path / "saved.synthex")),
        strict=True,
    ):
        gate.__init__()
        gate.is_held = holds(copy)
        opened.open_project(copy)
        lift(opened)
        settle()
        with qtbot.waitSignal(opened.document_replaced, timeout=30_000):
            gate.open()
        assert opened.path == copy
        settled()


@pytest.mark.trust("I1")
def test_an_opening_that_fails_leaves_the_one_before_it(session, gate, copies, qtbot, settled):
    slow, bad = copies
    bad.write_text("{")
    gate.is_held = holds(slow)
    session.open_project(slow)
    with qtbot.waitSignal(session.problem, timeout=5000):
        session.open_project(bad)
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        gate.open()
    assert session.path == slow
    settled()


def test_recovered_work_that_something_newer_displaced_is_kept(
    session, gate, copies, qtbot, settled
):
    lost, quick = copies
    gate.is_held = holds(lost)
    taken = []
    session.open_recovered(lost, None, None, lambda: taken.append(True))
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(quick)
    gate.open()
    settled()
    assert taken == []
    session.open_recovered(lost, None, None, lambda: taken.append(session.store.history.isClean()))
    settled()
    assert taken == [False]


def test_an_edit_of_one_document_is_not_made_in_the_next(opened, gate, copies, qtbot, settled):
    gate.is_held = lambda scene: any(item.name == "peg" for item in scene.tools)
    said = []
    opened.noted.connect(said.append)
    peg = Tool(name="peg", source=BuiltInTool(tool="ball-marker"))
    opened.edit_references("Add peg", lambda scene: add_tool(scene, peg))
    with qtbot.waitSignal(opened.document_replaced, timeout=30_000):
        opened.open_project(copies[1])
    gate.open()
    settled()
    assert "peg" not in {item.name for item in opened.store.scene.tools}
    assert opened.store.history.isClean()
    assert said[-1].startswith("Add peg: left out")


def test_arrays_of_an_older_state_do_not_come_after_a_newer_one(opened, gate, qtbot, settled):
    ball = Tool(name="ball", source=BuiltInTool(tool="ball-marker"))
    gate.is_held = lambda scene: any(item.name == "ball" for item in scene.tools)
    # Not read beforehand, as after undo when the cache has let it go.
    opened.store.apply("Add ball", lambda scene: add_tool(scene, ball))
    opened.store.history.undo()
    assert set(opened.assets.meshes) == {"wire"}
    gate.open()
    settled()
    assert set(opened.assets.meshes) == {"wire"}


def test_another_label_map_takes_what_names_lost_structures_along(opened, qtbot, settled):
    labels = opened.store.scene.labels
    opened.store.apply(
        "Plan", lambda scene: scene.evolve(plan=scene.plan.evolve(structures=("rod",)))
    )
    folder = opened.path.parent
    for name, label in (("other", "peg"), ("same", "rod")):
        shutil.copy(labels.path, folder / f"{name}.nii.gz")
        (folder / f"{name}.csv").write_text(f"id,name,color,group\n1,{label},#ff0000,\n")
    planned = opened.store.scene
    for name, kept in (("same", True), ("other", False)):
        source = FileSource(path=str(folder / f"{name}.nii.gz"))
        opened.edit_references("Open labels", lambda scene, s=source: scene.evolve(labels=s), True)
        settled()
        assert opened.assets.labels.names() == (("rod",) if kept else ("peg",))
        assert opened.store.scene.shown_structures == (("rod",) if kept else ())
        assert opened.store.scene.plan.structures == (("rod",) if kept else None)
        opened.store.history.undo()
        settled()
        assert opened.store.scene == planned
