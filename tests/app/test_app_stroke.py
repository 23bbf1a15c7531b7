"""Many previews, one undo step."""

from PySide6.QtCore import QObject, Signal

from synthex_gui.app.store import SceneStore
from synthex_gui.app.stroke import Stroke


class Slider(QObject):
    started = Signal()
    changed = Signal(float)
    ended = Signal()


def mas(scene, value):
    return scene.evolve(beam=scene.beam.evolve(mas=value))


def test_a_drag_of_a_control_is_one_undo_step_and_previews_on_the_way(qtbot):
    store, slider, seen = SceneStore(), Slider(), []
    Stroke(store).follow(slider, "Exposure", mas)
    store.changed.connect(lambda before, after: seen.append(after.beam.mas))
    slider.started.emit()
    assert store.is_moving
    for value in (3.0, 4.0, 5.0):
        slider.changed.emit(value)
        store.image_shown()
    slider.ended.emit()
    assert seen == [3.0, 4.0, 5.0]
    assert (store.history.count(), store.history.undoText()) == (1, "Exposure")
    store.history.undo()
    assert store.scene.beam.mas == 2.0


def test_moves_after_escape_change_nothing_and_the_next_drag_works(qtbot):
    store = SceneStore()
    stroke = Stroke(store)
    stroke.begin("Exposure")
    assert stroke.before is store.scene
    stroke.move(lambda scene: mas(scene, 9.0))
    assert store.cancel_gesture()
    assert stroke.before is None
    stroke.move(lambda scene: mas(scene, 9.5))
    stroke.end()
    assert (store.scene.beam.mas, store.history.count()) == (2.0, 0)
    stroke.begin("Exposure")
    stroke.move(lambda scene: mas(scene, 3.0))
    stroke.end()
    assert (store.scene.beam.mas, store.history.count()) == (3.0, 1)


def test_another_drag_ends_the_one_under_way(qtbot):
    store = SceneStore()
    first, second = Stroke(store), Stroke(store)
    first.begin("First")
    first.move(lambda scene: mas(scene, 3.0))
    second.begin("Second")
    first.move(lambda scene: mas(scene, 4.0))
    second.move(lambda scene: mas(scene, 5.0))
    first.end()
    assert second.before is not None
    second.end()
    assert (store.scene.beam.mas, store.history.count()) == (5.0, 2)
