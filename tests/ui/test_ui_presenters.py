"""From the document to the views, with stand-ins for all of them: no window, no screen."""

import numpy as np
import pytest
from stand_ins import Noting, Session, frame

from synthex_gui.app.overlays import Outline
from synthex_gui.geometry.arrays import Label, LabelMap
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.devices import device_by_id, presets
from synthex_gui.scene.edits import camera_of, isocentre_of, move_joints, new_carm
from synthex_gui.scene.model import SavedView, Scene, Tool
from synthex_gui.scene.sources import BuiltInTool, LandmarkItem
from synthex_gui.tools.catalogue import build_tool
from synthex_gui.ui.presenters.collisions import CollisionsPresenter
from synthex_gui.ui.presenters.radiograph import RadiographPresenter
from synthex_gui.ui.presenters.room import RoomPresenter
from synthex_gui.ui.presenters.selection import Selection
from synthex_gui.ui.presenters.slices import BONE_WINDOW_HU, SlicesPresenter
from synthex_gui.ui.presenters.thumbnails import ThumbnailsPresenter

WIRE = Tool(name="wire", source=BuiltInTool(tool="k-wire"), material="316L")


@pytest.fixture
def scene():
    return Scene(
        carm=new_carm(device_by_id("cios-fusion"), [5.0, 0.0, 0.0]),
        tools=(WIRE,),
        landmarks=(LandmarkItem(name="tip", position=(1.0, 2.0, 3.0)),),
        shown_structures=("rod",),
    )


@pytest.fixture
def assets(small_ct):
    labels = LabelMap(
        (small_ct.values == 1000).astype(np.uint8), small_ct.grid, (Label(1, "rod", "#ff8000", ""),)
    )
    return SceneAssets(ct=small_ct, labels=labels, meshes={"wire": build_tool("k-wire", {})})


@pytest.fixture
def session(qtbot, scene, assets):
    return Session(scene, assets)


def turned(scene, degrees=10.0):
    return scene.evolve(carm=move_joints(scene.carm, orbital_deg=degrees))


# The radiograph


def radiograph(session):
    """Presenter, view, and the set of overlays that are on."""
    on = {"structures", "tools", "landmarks"}
    view = Noting(window=(0.0, 2.0), is_inverted=False)
    presenter = RadiographPresenter(session, view, lambda overlay: overlay in on, session)
    session.store.changed.connect(presenter.sync)
    return presenter, view, on


def test_a_change_asks_for_an_image_with_the_structures_that_there_are(session):
    radiograph(session)
    session.store.apply("Show", lambda s: s.evolve(shown_structures=("rod", "nothing")))
    assert session.live.asked == [(session.store.scene, False, ("rod",))]
    gesture = session.store.begin_gesture("Turn")
    gesture.move(turned)
    assert session.live.asked[-1][1] is True
    gesture.commit()


def test_a_standing_image_waits_until_it_is_asked_for(session):
    presenter, _, _ = radiograph(session)
    presenter.set_live(False)
    session.store.apply("Turn", turned)
    assert not session.live.asked
    presenter.expose()
    assert [moving for _, moving, _ in session.live.asked] == [False]
    presenter.set_live(True)
    assert len(session.live.asked) == 2


def test_an_image_is_shown_with_its_facts_and_given_to_the_detector(session, scene, qtbot):
    presenter, view, _ = radiograph(session)
    shown = frame(scene, camera_of(scene.carm))
    frames = []
    presenter.frame_shown.connect(frames.append)
    with qtbot.waitSignal(presenter.face_ready) as seen:
        session.live.rendered.emit(shown)
    assert frames == [shown]
    (_, signal, full) = view.named("show_image")[0]
    assert signal is shown.radiograph.signal
    assert full.width == device_by_id("cios-fusion").columns
    assert view.named("set_facts")[0][0] == "80 kVp  2 mAs"
    assert view.named("set_message") == [("", "")]
    assert view.named("auto_window") == [()]
    face = seen.args[0]
    assert face.dtype == np.uint8
    assert face[0, 0] == 0
    assert face[-1, -1] == 255


def test_a_bone_dark_image_is_dark_on_the_detector_too(session, scene, qtbot):
    presenter, view, _ = radiograph(session)
    view.is_inverted = True
    with qtbot.waitSignal(presenter.face_ready) as seen:
        session.live.rendered.emit(frame(scene, camera_of(scene.carm)))
    assert seen.args[0][0, 0] == 255


def test_overlays_are_in_the_full_cameras_pixels_and_go_when_switched_off(session, scene):
    presenter, view, on = radiograph(session)
    camera = camera_of(scene.carm)
    line = np.array([[0.0, 0.0], [95.0, 95.0]])
    rod, wire = Outline("rod", "#ff0000", (line,)), Outline("wire", "#00ff00", (line,))
    session.live.rendered.emit(frame(scene, camera, outlines=(rod,), tools=(wire,)))
    outlines, tools, marks = view.named("set_overlays")[-1]
    # The outermost pixels' borders are the same place on both grids.
    scale = camera.width / 96
    assert np.allclose(outlines[0].lines[0], (line + 0.5) * scale - 0.5)
    assert [item.name for item in tools] == ["wire"]
    assert [mark.name for mark in marks] == ["tip"]
    for gone, place in (("structures", 0), ("tools", 1), ("landmarks", 2)):
        on.discard(gone)
        presenter.overlays_changed()
        assert view.named("set_overlays")[-1][place] == ()


def test_outlines_stay_until_those_of_the_full_image_come_but_not_in_another_pose(session, scene):
    _, view, _ = radiograph(session)
    camera = camera_of(scene.carm)
    rod = Outline("rod", "#ff0000", (np.zeros((3, 2)),))
    session.live.rendered.emit(frame(scene, camera, outlines=(rod,)))
    session.live.rendered.emit(frame(scene, camera))
    assert len(view.named("set_overlays")[-1][0]) == 1
    session.live.rendered.emit(frame(turned(scene), camera))
    assert view.named("set_overlays")[-1][0] == ()


def test_an_empty_image_says_what_would_mend_it(session, scene):
    _, view, _ = radiograph(session)
    empty = frame(scene, camera_of(scene.carm), is_empty=True)
    session.live.rendered.emit(empty)
    assert view.named("set_message")[-1] == ("The beam misses the CT", "Aim at the CT")
    session.assets = SceneAssets(meshes=session.assets.meshes)
    session.live.rendered.emit(empty)
    assert view.named("set_message")[-1] == ("The beam misses the tools", "Aim at the tools")
    session.assets = SceneAssets()
    session.live.rendered.emit(empty)
    assert view.named("set_message")[-1][0].startswith("Nothing in the scene yet")
    session.live.failed.emit("no such pose")
    assert view.named("set_message")[-1] == ("no such pose",)


def test_each_look_comes_back_with_its_own_window(session, scene):
    _, view, _ = radiograph(session)
    camera = camera_of(scene.carm)
    raw = scene.evolve(processing=scene.processing.evolve(look="raw"))
    session.live.rendered.emit(frame(scene, camera))
    view.window = (0.5, 7.0)
    session.live.rendered.emit(frame(raw, camera))
    assert view.named("set_window") == [(0.0, 1.0)]
    session.live.rendered.emit(frame(scene, camera))
    assert view.named("set_window")[-1] == (0.5, 7.0)


def test_pulses_come_while_the_beam_is_pulsed_and_the_image_live(session, qtbot):
    presenter, _, _ = radiograph(session)
    session.store.apply("Pulses", lambda s: s.evolve(beam=s.beam.evolve(pulses_per_s=50.0)))
    qtbot.waitUntil(lambda: len(session.live.pulses) >= 3, timeout=3000)
    assert session.live.pulses[:3] == [1, 2, 3]
    presenter.set_live(False)
    count = len(session.live.pulses)
    qtbot.wait(100)
    assert len(session.live.pulses) == count


# The room


@pytest.fixture
def room(session):
    view, selection = Noting(), Selection()
    presenter = RoomPresenter(session, view, selection)
    session.store.changed.connect(presenter.sync)
    return presenter, view, selection


def test_the_room_is_told_only_of_what_changed(session, room):
    _, view, _ = room
    session.store.apply("Turn", turned)
    assert view.names() == ["show_arm"]
    view.calls.clear()
    session.store.apply("Landmarks", lambda s: s.evolve(landmarks=()))
    assert view.calls == [("show_landmarks", ((),))]
    view.calls.clear()
    session.store.apply("Beam", lambda s: s.evolve(beam=s.beam.evolve(kvp=90.0)))
    assert view.calls == []


def test_the_selected_tool_has_handles_of_the_chosen_kind(session, room):
    presenter, view, selection = room
    session.take(session.assets)
    selection.select("wire")
    pose, mode = view.named("show_gizmo")[-1]
    assert np.array_equal(pose, WIRE.world_from_tool)
    assert mode == "move"
    assert view.named("show_tools")[-1][2] == "wire"
    presenter.set_gizmo_mode("rotate")
    assert view.named("show_gizmo")[-1][1] == "rotate"
    session.store.apply("Remove", lambda s: s.evolve(tools=()))
    assert view.named("show_gizmo")[-1][0] is None


def test_another_document_deselects_and_looks_at_its_isocentre(session, room):
    _, view, selection = room
    selection.select("wire")
    session.document_replaced.emit()
    assert selection.tool is None
    (focus,) = view.named("reset_view")[-1]
    assert np.allclose(focus, isocentre_of(session.store.scene.carm))


def test_without_a_ct_there_is_no_patient(session, room):
    _, view, _ = room
    session.take(session.assets)
    assert view.named("show_table") == [(session.assets.ct,)]
    session.take(SceneAssets())
    assert view.named("show_table")[-1] == (None,)
    assert view.named("show_surfaces") == [(None, None)]
    session.surfaces_ready.emit("bone", "skin")
    assert view.named("show_surfaces")[-1] == ("bone", "skin")


# The slices


@pytest.fixture
def slices(session):
    views = [Noting(), Noting()]
    presenter = SlicesPresenter(session, views)
    session.store.changed.connect(presenter.sync)
    assert [view.calls for view in views] == [[("set_window", BONE_WINDOW_HU)]] * 2
    return presenter, views


def test_the_crosshair_is_one_for_all_slices(session, slices):
    presenter, views = slices
    presenter.go_to_landmark("tip")
    assert np.array_equal(presenter.crosshair, [1.0, 2.0, 3.0])
    for view in views:
        assert np.array_equal(view.named("set_crosshair")[-1][0], [1.0, 2.0, 3.0])
    session.document_replaced.emit()
    assert np.allclose(presenter.crosshair, [5.0, 0.0, 0.0])


def test_slices_get_arrays_colours_and_tools(session, slices):
    _, views = slices
    session.take(session.assets)
    for view in views:
        assert view.named("set_volume") == [(session.assets.ct, session.assets.labels)]
        (colors,) = view.named("set_label_colors")[-1]
        assert colors[1].tolist() == [255, 128, 0, 70]
        assert [mesh.name for mesh in view.named("set_meshes")[-1][0]] == ["wire"]
    session.store.apply("Hide", lambda s: s.evolve(shown_structures=()))
    assert views[0].named("set_label_colors")[-1][0][1].tolist() == [0, 0, 0, 0]
    session.store.apply("Hide", lambda s: s.evolve(tools=(WIRE.evolve(visible=False),)))
    assert views[0].named("set_meshes")[-1] == ((),)


def test_another_tool_leaves_the_slices_their_zoom(session, slices):
    _, views = slices
    session.take(session.assets)
    same = session.assets
    session.take(SceneAssets(ct=same.ct, labels=same.labels, meshes={}))
    assert len(views[0].named("set_volume")) == 1


def test_the_beam_is_drawn_at_once_and_during_a_drag_a_little_later(session, slices, qtbot):
    _, views = slices
    session.store.apply("Turn", turned)
    source, end = views[0].named("set_beam")[-1]
    camera = camera_of(session.store.scene.carm)
    assert np.allclose(source, camera.source_mm)
    assert np.linalg.norm(end - source) == pytest.approx(camera.sdd_mm)
    assert len(views[0].named("update")) == 1
    gesture = session.store.begin_gesture("Turn")
    gesture.move(lambda s: turned(s, 20.0))
    assert len(views[0].named("update")) == 1
    qtbot.waitUntil(lambda: len(views[0].named("update")) == 2, timeout=2000)
    gesture.commit()


# Thumbnails


def test_thumbnails_are_of_presets_and_saved_views_in_the_clinical_look(session, qtbot):
    keys = ("saved:mine", "preset:lateral-left", "saved:gone")
    view = Noting(thumbnail_keys=lambda: keys)
    presenter = ThumbnailsPresenter(session, view)
    session.store.changed.connect(presenter.sync)
    mine = turned(session.store.scene, 30.0).carm
    saved = SavedView(name="mine", carm=mine)
    session.store.apply("Save view", lambda s: s.evolve(views=(saved,)))
    assert view.named("set_saved") == [(("mine",),)]
    qtbot.waitUntil(lambda: len(session.live.thumbnails) == 2, timeout=3000)
    small = session.live.thumbnails["saved:mine"]
    assert small.carm == mine
    assert small.processing.look == "clinical"
    assert not small.beam.noise
    direction = camera_of(session.live.thumbnails["preset:lateral-left"].carm).direction
    assert presets()["lateral-left"].primary_deg == 90.0
    assert np.allclose(direction, [1.0, 0.0, 0.0], atol=1e-6)


def test_another_document_drops_the_thumbnails_that_wait(session, qtbot):
    presenter = ThumbnailsPresenter(session, Noting(thumbnail_keys=lambda: ("preset:ap",)))
    session.document_replaced.emit()
    assert session.live.dropped == 1
    qtbot.waitUntil(lambda: "preset:ap" in session.live.thumbnails, timeout=3000)
    session.assets = SceneAssets()
    session.live.thumbnails.clear()
    presenter.request()
    assert not session.live.thumbnails


# Collisions


def test_what_touches_is_said_and_every_joint_is_marked_when_the_arm_rests(session, qtbot):
    names = ("orbital_deg", "lift_mm")
    panel, parts = Noting(joint_names=lambda: names), Noting()
    presenter = CollisionsPresenter(session, panel, parts)
    session.store.changed.connect(presenter.sync)
    session.take(session.assets)
    qtbot.waitUntil(lambda: bool(parts.named("set_touching")), timeout=5000)
    assert parts.named("set_touching")[-1] == (set(),)
    qtbot.waitUntil(lambda: len(panel.named("show_forbidden")) == 2, timeout=5000)
    assert [name for name, _ in panel.named("show_forbidden")] == list(names)
    lift = session.store.scene.carm.joints.lift_mm + 600.0
    session.store.apply("Up", lambda s: s.evolve(carm=move_joints(s.carm, lift_mm=lift)))
    (touching,) = parts.named("set_touching")[-1]
    (pairs,) = panel.named("show_touching")[-1]
    assert touching == {part for part, _ in pairs}
    assert touching


# The selection


def test_a_selection_is_told_once(qtbot):
    selection, seen = Selection(), []
    selection.changed.connect(seen.append)
    for name in ("a", "a", None, None, "b"):
        selection.select(name)
    assert seen == ["a", None, "b"]
    assert selection.tool == "b"
