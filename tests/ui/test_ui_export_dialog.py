"""The export dialog by mouse and keys: every control edits its part of the plan."""

import pytest
from hands import click, controls_of, pick, type_number, type_text
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from synthex_gui.core.steps import run_to_end
from synthex_gui.export.verify import verify
from synthex_gui.geometry.device import JOINT_NAMES, joint_label
from synthex_gui.scene.distributions import Normal, Uniform
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.ui.dialogs import export_dialog
from synthex_gui.ui.dialogs.estimates import series_seconds, time_text
from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.dialogs.plan_form import TOOL_AXES

pytestmark = pytest.mark.display

LABELS = {name: joint_label(name) for name in JOINT_NAMES}
# key -> (the plan's field, how to change it, what it is then)
FIELDS = {
    "box:Images": ("count", lambda c: type_number(c, 7), 7),
    "box:Seed": ("seed", lambda c: type_number(c, 41), 41),
    "box:Columns over the field": ("size", lambda c: type_number(c, 128), 128),
    "combo:Format": ("image_format", lambda c: pick(c, "TIFF, float32"), "tiff32"),
    "combo:Values": ("quantity", lambda c: pick(c, "Line integral, −ln"), "log"),
    "check:COCO JSON": ("formats", click, ("files",)),
    "check:Images, masks and records as files": ("formats", click, ("coco",)),
    "combo:Structures": ("structures", lambda c: pick(c, "None"), ()),
    "box:Thinnest path in a mask": (
        "mask_threshold_mm",
        lambda c: type_number(c, 1.25),
        1.25,
    ),
    "check:Tool masks": ("tool_masks", click, False),
    "check:Landmarks": ("landmarks", click, False),
    "combo:Images are made by": ("backend", lambda c: pick(c, "CPU"), "cpu"),
    "choice:Current view": ("source", click, "current"),
    "choice:Saved views": ("source", click, "views"),
}
SPREADS = {f"combo:{label}: distribution": ("joints", key) for key, label in LABELS.items()} | {
    f"combo:{label}: distribution": ("tools", key) for key, label in TOOL_AXES.items()
}
NUMBERS = {
    f"box:{key.removeprefix('combo:').removesuffix('distribution')}{which} number"
    for key in SPREADS
    for which in ("first", "second")
}
# Not the plan's.
OTHERS = {
    # These change two fields: SyntheX's layouts hold float32.
    "check:SyntheX HDF5, a group a person",
    "check:SyntheX folders, a folder a split",
    "choice:Sampled series",
    "combo:Tool",
    "list:Structures by name",
    "box:Workers",
    "text:Folder",
    "button:Choose…",
    "check:Resume",
    "button:Pause",
    "button:Copy digest",
    "button:Close",
    "button:Export",
}


def named(dialog):
    found = controls_of(dialog)
    return {"button:Export" if k.startswith("button:Export") else k: w for k, w in found.items()}


@pytest.fixture
def dialog(module_window, qtbot):
    """Of a project that varies nothing yet."""
    window = module_window
    plan = SeriesPlan(count=5, size=64, seed=3)
    window.session.store.apply("Plan", lambda scene: scene.evolve(plan=plan))
    made = ExportDialog(window, window.session, window.workspace.room)
    made.open()
    qtbot.waitUntil(made.isVisible, timeout=5000)
    yield made
    made.close()


def test_every_control_of_the_dialog_is_in_a_table(dialog):
    assert set(named(dialog)) == set(FIELDS) | set(SPREADS) | NUMBERS | OTHERS


@pytest.mark.parametrize("key", FIELDS)
def test_a_control_changes_its_field_of_the_plan_alone(dialog, key):
    field, change, wanted = FIELDS[key]
    before = dialog.plan
    change(named(dialog)[key])
    assert getattr(dialog.plan, field) == wanted
    assert dialog.plan == before.evolve(**{field: wanted})


@pytest.mark.parametrize("key", SPREADS)
def test_a_value_varies_as_its_row_says(dialog, key):
    part, name = SPREADS[key]
    rows = named(dialog)
    label = key.removeprefix("combo:").removesuffix("distribution")

    def now():
        varied = dialog.plan.joints if part == "joints" else dialog.plan.tools.get("wire", {})
        assert set(varied) <= {name}
        return varied.get(name)

    pick(rows[key], "Normal")
    type_number(rows[f"box:{label}first number"], 3.0)
    type_number(rows[f"box:{label}second number"], 1.5)
    assert now() == Normal(mean=3.0, sigma=1.5)
    pick(rows[key], "Uniform")
    type_number(rows[f"box:{label}first number"], -4.0)
    type_number(rows[f"box:{label}second number"], 2.5)
    assert now() == Uniform(low=-4.0, high=2.5)
    pick(rows[key], "Fixed")
    assert now() is None


def test_the_estimates_follow_size_count_and_workers(dialog, module_window):
    live = module_window.session.live
    live.last_full_seconds = 0.5
    rows, boxes = dialog._form.rows, named(dialog)
    type_number(boxes["box:Images"], 50_000)
    type_number(boxes["box:Columns over the field"], 1536)
    full = rows["time"].text, rows["bytes"].text
    assert full[0].endswith("h")
    type_number(boxes["box:Columns over the field"], 128)
    small = rows["time"].text, rows["bytes"].text
    assert small[0].endswith("min")
    assert full[1].endswith("GB")
    assert float(small[1].split()[0]) < float(full[1].split()[0]) / 50
    live.last_full_seconds = 0.0
    type_number(boxes["box:Images"], 49_999)
    assert rows["time"].text == "–"


def test_time_grows_with_the_pixels_and_workers_save_only_what_is_around_them():
    def seconds(size, workers=1, masks=0):
        return series_seconds(1000, size, masks, workers, full_seconds=0.4, full_size=1536)

    assert seconds(1536) - seconds(768) == pytest.approx(300.0)
    assert seconds(384, masks=10) > seconds(384)
    assert 400.0 < seconds(1536, workers=4) < seconds(1536)
    assert [time_text(value) for value in (12.3, 600.0, 9000.0)] == ["12 s", "10 min", "2.5 h"]


def test_the_plan_is_one_undo_step_and_workers_and_folder_reach_the_export(
    dialog, module_window, qtbot, tmp_path, monkeypatch
):
    asked = []

    def series(scene, out, *, workers, resume):
        asked.append((scene, out, workers, resume))
        yield 1, 1, "Image 1 of 1"
        return out

    monkeypatch.setattr(export_dialog, "export_series", series)
    monkeypatch.setattr(export_dialog, "digest_of_finished", lambda out: "5f0c")
    session, rows = module_window.session, named(dialog)
    before, steps = session.store.scene, session.store.history.index()
    rows["box:Workers"].setMaximum(8)
    type_number(rows["box:Workers"], 3)
    type_text(rows["text:Folder"], str(tmp_path / "out"))
    assert not asked
    click(rows["check:Resume"])
    click(rows["check:Landmarks"])
    click(rows["button:Export"])
    qtbot.waitUntil(lambda: dialog._state.text().startswith("Finished"), timeout=10_000)
    (scene, out, workers, resume) = asked[0]
    assert (out, workers, resume) == (tmp_path / "out", 3, True)
    assert scene.plan == dialog.plan
    assert not scene.plan.landmarks
    assert session.store.history.index() == steps + 1
    module_window.commands["undo"].trigger()
    assert session.store.scene == before


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("SyntheX HDF5, a group a person", "synthex-h5"),
        ("SyntheX folders, a folder a split", "synthex-folder"),
    ],
)
def test_a_layout_of_synthex_comes_with_float32(dialog, title, name):
    before = dialog.plan
    click(named(dialog)[f"check:{title}"])
    assert dialog.plan == before.evolve(formats=("files", "coco", name), image_format="tiff32")


def test_the_window_s_backend_is_where_a_plan_begins(module_window, qtbot):
    window, store = module_window, module_window.session.store
    chosen = window.settings.backend
    window.settings.backend = "cuda:3"
    try:
        for plan, backend, title in (
            (None, "cuda:3", "NVIDIA GPU 3"),
            (SeriesPlan(backend="cpu"), "cpu", "CPU"),
        ):
            store.apply("Plan", lambda scene, plan=plan: scene.evolve(plan=plan))
            window.commands["export"].trigger()
            dialog = window.findChild(ExportDialog)
            assert dialog.plan.backend == backend
            combo = named(dialog)["combo:Images are made by"]
            assert combo.currentText() == title
            # What the project keeps may not be what the window was set to; the form says so.
            differs = backend != "cuda:3"
            assert is_said(dialog) == differs
            pick(combo, "NVIDIA GPU 3" if differs else "CPU")
            assert is_said(dialog) != differs
            with qtbot.waitSignal(dialog.destroyed, timeout=5000):
                QTest.keyClick(dialog, Qt.Key.Key_Escape)
    finally:
        window.settings.backend = chosen


def is_said(dialog):
    form = dialog._form
    said = "Kept in the project; the window's own images: NVIDIA GPU 3"
    return any(not w.isHidden() and w.text() == said for w in form.findChildren(QLabel))


def test_what_an_export_writes_of_names_takes_two_lines(dialog):
    note = dialog._state
    assert note.text().startswith("New folder; inputs are written as hashes")
    dialog.resize(1180, 740)
    lines = note.heightForWidth(note.width()) / note.fontMetrics().lineSpacing()
    assert lines < 2.5


def test_the_contact_sheet_shows_masks_boxes_and_landmarks_of_the_series(
    dialog, module_window, qtbot
):
    rows, room = named(dialog), module_window.workspace.room
    type_number(rows["box:Images"], 4)
    pick(rows["combo:Along its axis (z): distribution"], "Normal")
    tiles = dialog._sheet.tiles
    # The sheet of five images that the dialog opened with may still stand.
    qtbot.waitUntil(
        lambda: all(t._image is not None for t in tiles[:4]) and not tiles[4].isVisible(),
        timeout=30_000,
    )
    assert [tile.isVisible() for tile in tiles[:5]] == [True] * 4 + [False]
    assert {outline.name for outline in tiles[0]._outlines} == {"rod", "wire"}
    assert tiles[0].caption == "0: 1/2 landmarks, 2/2 masks"
    assert dialog.plan.tools == {"wire": {"z_mm": Normal(sigma=10.0)}}
    assert "100 %" in dialog._sheet.warning
    assert len(room.samples._actors) == 2
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert room.samples._actors == []


def test_the_dialog_writes_what_it_showed_and_says_so(dialog, module_window, qtbot, tmp_path):
    out, rows = tmp_path / "series", named(dialog)
    type_number(rows["box:Images"], 3)
    rows["text:Folder"].setText(str(out))
    go = rows["button:Export"]
    assert go.text() == "Export 3 images"
    click(go)
    qtbot.waitUntil(lambda: dialog._state.text().startswith("Finished"), timeout=60_000)
    assert len(list((out / "images").iterdir())) == 3
    assert (out / "manifest.json").exists()
    digest = run_to_end(verify(out)).digest
    assert digest in {label.text() for label in dialog.findChildren(QLabel) if label.isVisible()}
    click(rows["button:Copy digest"])
    assert QGuiApplication.clipboard().text() == digest
    assert module_window.session.store.scene.plan.count == 3
    qtbot.waitUntil(go.isEnabled, timeout=5000)
    # A second start into the same folder is refused by name, and nothing in it changes.
    click(go)
    qtbot.waitUntil(lambda: "not empty" in dialog._state.text(), timeout=20_000)
    assert not rows["button:Copy digest"].isVisible()
    qtbot.waitUntil(go.isEnabled, timeout=5000)
