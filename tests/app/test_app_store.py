"""The store and its gestures."""

import pytest

from synthex_gui.app.store import UNDO_LIMIT, SceneStore
from synthex_gui.scene.edits import move_joints
from synthex_gui.scene.model import Scene


@pytest.fixture
def store(qapp):
    return SceneStore(Scene())


@pytest.fixture
def told(store):
    seen = []
    store.changed.connect(lambda before, after: seen.append((lift(before), lift(after))))
    return seen


def lifted(value):
    return lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=float(value)))


def lift(scene):
    return scene.carm.joints.lift_mm


def test_an_edit_is_one_step_and_undone_by_value(store, told):
    first = store.scene
    store.apply("Lift", lifted(5))
    assert told == [(0.0, 5.0)]
    store.history.undo()
    assert store.scene is first
    store.history.redo()
    assert lift(store.scene) == 5.0
    assert store.history.undoText() == "Lift"


def test_an_edit_that_changes_nothing_is_no_step(store, told):
    store.apply("Lift", lifted(0))
    assert store.history.count() == 0
    assert told == []


def test_a_drag_is_many_previews_and_one_step(store, told, qtbot):
    moving = []
    store.moving_changed.connect(moving.append)
    gesture = store.begin_gesture("Lift")
    for value in (1, 2, 3):
        gesture.move(lifted(value))
        store.image_shown()
    gesture.commit()
    assert [after for _, after in told] == [1.0, 2.0, 3.0]
    assert store.history.count() == 1
    store.history.undo()
    assert lift(store.scene) == 0.0
    assert moving == [True, False]


def test_a_drag_waits_for_the_picture_but_not_for_long(store, told, qtbot):
    gesture = store.begin_gesture("Lift")
    for value in (1, 2, 3):
        gesture.move(lifted(value))
    # The first is shown at once, the newest when its picture is there or some time has passed.
    assert told == [(0.0, 1.0)]
    qtbot.waitUntil(lambda: len(told) == 2, timeout=2000)
    assert told[1] == (1.0, 3.0)
    gesture.move(lifted(4))
    gesture.commit()
    assert lift(store.scene) == 4.0


def test_each_preview_starts_from_the_beginning(store):
    def more(scene):
        return lifted(lift(scene) + 1)(scene)

    gesture = store.begin_gesture("Lift")
    for _ in range(5):
        gesture.move(more)
        store.image_shown()
    gesture.commit()
    assert lift(store.scene) == 1.0


def test_escape_takes_a_drag_back(store):
    gesture = store.begin_gesture("Lift")
    gesture.move(lifted(9))
    assert store.cancel_gesture()
    assert lift(store.scene) == 0.0
    assert store.history.count() == 0
    gesture.move(lifted(8))
    gesture.commit()
    assert lift(store.scene) == 0.0
    assert not store.cancel_gesture()


@pytest.mark.parametrize("end", ["begin_gesture", "apply", "replace"])
def test_whatever_comes_next_ends_a_drag(store, end):
    gesture = store.begin_gesture("Lift")
    gesture.move(lifted(9))
    if end == "begin_gesture":
        store.begin_gesture("Next")
    elif end == "apply":
        store.apply("Next", lambda scene: scene.evolve(level="naive"))
    else:
        store.replace(Scene())
    assert not gesture.is_open
    assert store.history.count() == {"begin_gesture": 1, "apply": 2, "replace": 0}[end]


def test_another_document_forgets_the_history_and_is_clean(store, told):
    store.apply("Lift", lifted(5))
    assert not store.history.isClean()
    store.replace(lifted(7)(Scene()))
    assert store.history.isClean()
    assert not store.history.canUndo()
    assert told[-1] == (5.0, 7.0)


def test_the_history_is_bounded(store):
    for value in range(1, UNDO_LIMIT + 20):
        store.apply("Lift", lifted(value))
    assert store.history.count() == UNDO_LIMIT
