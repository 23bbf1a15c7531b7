"""A study in the window: what it is stands in the export dialog, and one of its people is shown."""

import json

import h5py
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton

from synthex_gui.scene.cases import Case
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.distributions import TruncatedNormal, Uniform
from synthex_gui.scene.edits import new_carm, source_to_aim_mm
from synthex_gui.scene.project import read_project, write_project
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.scene.study import Anchor, Study
from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.widgets.forms import ValueRow

pytestmark = pytest.mark.display

HDF5 = "SyntheX HDF5, a group a person"
ON_THE_BOX = QPoint(8, 8)


@pytest.fixture
def study_window(window, small_project, qtbot):
    """The window with a project of two cases, the first one open."""
    plain, _ = read_project(small_project)
    mark = LandmarkItem(name="front", position=(10.0, -20.0, 5.0))
    cases = tuple(
        Case(
            name=f"case-0{n}",
            ct=plain.ct if n == 1 else plain.ct.evolve(hu_offset=1.0),
            labels=plain.labels,
            landmarks=(mark,),
            split="train" if n == 1 else "valid",
        )
        for n in (1, 2)
    )
    study = Study(
        cases=cases,
        anchor=Anchor(kind="landmark", names=("front",)),
        factors={
            "patient.rx_deg": Uniform(low=-45, high=45),
            "beam.kvp": TruncatedNormal(mean=80, sigma=5, low=70, high=90),
        },
        template="hip",
        levels=("naive", "realistic"),
    )
    plan = plain.plan.evolve(joints={}, study=study, count=4, size=48)
    # As `synthex template` leaves it: nobody has put the C-arm anywhere yet.
    carm = new_carm(device_by_id("cios-fusion"), [0.0, 0.0, 0.0])
    scene = plain.evolve(plan=plan, landmarks=(mark,), tools=(), carm=carm)
    path = small_project.parent / "study.synthex"
    write_project(path, scene)
    window.session.store.history.setClean()
    with qtbot.waitSignal(window.session.document_replaced, timeout=60_000):
        window.session.open_project(path)
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=60_000)
    yield window
    for dialog in window.findChildren(ExportDialog):
        dialog.close()


@pytest.fixture
def dialog(study_window, qtbot):
    study_window.commands["export"].trigger()
    (found,) = study_window.findChildren(ExportDialog)
    qtbot.waitUntil(lambda: found._sheet.tiles[3]._image is not None, timeout=60_000)
    return found


def lines(dialog):
    rows = [row for row in dialog.findChildren(ValueRow) if row.isVisible()]
    return {row.toolTip().partition(":")[0]: row.text for row in rows if row.toolTip()}


def box(dialog, title):
    return next(item for item in dialog.findChildren(QCheckBox) if item.text() == title)


def test_a_study_opens_on_its_first_person_before_the_anchor(study_window):
    scene = study_window.session.store.scene
    assert [item.name for item in scene.landmarks] == ["front"]
    assert source_to_aim_mm(scene.carm) == pytest.approx(816.0)
    camera_x = scene.carm.world_from_device[0][3]
    assert camera_x == pytest.approx(10.0)


def test_the_dialog_says_what_the_experiment_is(dialog):
    found = lines(dialog)
    assert found["Template"] == "Hip image analysis"
    assert found["People"] == "2 (1 train, 1 valid)"
    assert found["Turns about"] == "front"
    assert found["Levels of each pose"] == "naive, realistic"
    assert found["Patient turned about left"] == "−45 to 45°"
    assert found["beam.kvp"] == "80 ± 5, 70 to 90"
    assert dialog._form.rows["total"].text == "8"
    # Joints do not vary where the camera is free.
    assert not any(row.isVisible() for row in dialog._form._joint_rows)
    assert "case-01" in dialog._sheet._title.text()
    # Poses 0 and 2 at two levels each are of the person who is open.
    numbers = [tile.caption.split(":")[0] for tile in dialog._sheet.tiles[:4]]
    assert numbers == ["0", "1", "4", "5"]


def test_taking_the_experiment_out_is_a_series_of_the_scene(dialog):
    button = next(item for item in dialog.findChildren(QPushButton) if item.text() == "Take out")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert dialog.plan.study is None
    assert dialog._form.rows["total"].text == "4"
    assert "Template" not in lines(dialog)
    assert all(row.isVisible() for row in dialog._form._joint_rows)


def test_formats_are_chosen_and_written(dialog, qtbot, tmp_path):
    form = dialog._form
    for title in (HDF5, "COCO JSON", "Images, masks and records as files"):
        form.ensureWidgetVisible(box(dialog, title))
        QTest.mouseClick(box(dialog, title), Qt.MouseButton.LeftButton, pos=ON_THE_BOX)
    assert dialog.plan.formats == ("synthex-h5",)
    assert dialog.plan.image_format == "tiff32"
    # The last one stays.
    last = box(dialog, HDF5)
    QTest.mouseClick(last, Qt.MouseButton.LeftButton, pos=ON_THE_BOX)
    assert dialog.plan.formats == ("synthex-h5",)
    assert last.isChecked()
    quantity = next(
        item for item in dialog.findChildren(QComboBox) if item.accessibleName() == "Values"
    )
    quantity.setFocus()
    QTest.keyClick(quantity, Qt.Key.Key_Down)
    quantity.activated.emit(quantity.currentIndex())
    assert dialog.plan.quantity == "log"
    out = tmp_path / "series"
    dialog._folder.setText(str(out))
    QTest.mouseClick(dialog._go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: (out / "manifest.json").exists() and dialog._job is None, timeout=90_000
    )
    with h5py.File(out / "hip-naive.h5") as file:
        assert list(file) == ["01", "02"]
        assert file["01/projs"].shape == (2, 48, 48)
    record = json.loads((out / "labels" / "00007.json").read_text())
    assert (record["case"], record["level"]) == ("case-02", "realistic")
