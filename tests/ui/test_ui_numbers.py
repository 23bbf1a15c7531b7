"""Numbers typed with a point or a comma, under every locale, in every box of the window."""

import ast

import pytest
from hands import show
from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QToolTip, QVBoxLayout, QWidget

from synthex_gui.scene.distributions import Normal
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.widgets.number_box import NumberBox, WholeBox
from tests.house.graph import modules, tree_of

pytestmark = pytest.mark.display

LOCALES = ("C", "de_DE", "fr_FR", "ar_EG")
# What is typed, and the number it is: none, where it is not one number.
TYPED = {
    "1.5": 1.5,
    "1,5": 1.5,
    "0.25": 0.25,
    "0,25": 0.25,
    "-2,5": -2.5,
    "\u2212" + "2.5": -2.5,
    "+3": 3.0,
    ".5": 0.5,
    "4,": 4.0,
    "٣٫٥": 3.5,
    "١٢": 12.0,
    "1.005": 1.0,
    "1.234,5": None,
    "1,234.5": None,
    "1 234": None,
    "1\u00a0234": None,
    "1\u202f234": None,
    "1'234": None,
    "1,2,3": None,
    "1e3": None,
    "2 cm": None,
    "": None,
}
# A name of each plain box of Qt, in code.
PLAIN = {"QDoubleSpinBox", "QSpinBox", "QDoubleValidator", "QIntValidator", "QLCDNumber"}
BASE = "ui.widgets.number_box"


@pytest.fixture(params=LOCALES)
def locale(request, qapp):
    before = QLocale()
    QLocale.setDefault(QLocale.c() if request.param == "C" else QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def keys(box, text):
    """One event a sign, of any alphabet; what stood there is replaced."""
    box.setFocus()
    box.selectAll()
    for sign in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, sign)
            QApplication.sendEvent(box, event)
    if not text:
        QTest.keyClick(box, Qt.Key.Key_Delete)


def paste(box, text):
    QGuiApplication.clipboard().setText(text)
    box.setFocus()
    box.selectAll()
    QTest.keyClick(box, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


@pytest.fixture
def boxes(locale, qtbot):
    """A box of millimetres and one of whole numbers, made under the locale."""
    host = QWidget()
    qtbot.addWidget(host)
    number, whole = NumberBox(), WholeBox(-50, 5000, 7)
    number.setRange(-50, 5000)
    number.setSuffix(" mm")
    column = QVBoxLayout(host)
    column.addWidget(number)
    column.addWidget(whole)
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow, timeout=5000)
    yield number, whole
    host.close()


@pytest.mark.trust("I10")
@pytest.mark.parametrize("how", [keys, paste])
def test_point_and_comma_are_the_decimal_sign_and_nothing_else_is_read(boxes, how):
    number, whole = boxes
    for text, wanted in TYPED.items():
        for box in (number, whole):
            box.setValue(7)
            how(box, text)
            if how is paste and text == "":
                continue
            QTest.keyClick(box, Qt.Key.Key_Return)
            refused = wanted is None or (box is whole and not text.strip("+").isdecimal())
            assert box.value() == (7 if refused else wanted), f"{text!r} in {type(box).__name__}"
    number.setValue(1234.5)
    assert number.text() == "1234.50 mm"
    whole.setValue(1234)
    assert whole.text() == "1234"


def test_what_is_refused_stands_until_enter_and_is_then_explained(boxes, qtbot):
    number, whole = boxes

    def said(text):
        qtbot.waitUntil(lambda: QToolTip.isVisible() and QToolTip.text() == text, timeout=5000)

    keys(number, "1.234,5")
    assert number.text() == "1.234,5 mm"
    QTest.keyClick(number, Qt.Key.Key_Return)
    assert number.text() == "0.00 mm"
    said("“1.234,5” is not a number: write 1234.5 or 1234,5")
    keys(whole, "1.5")
    QTest.keyClick(whole, Qt.Key.Key_Tab)
    assert whole.text() == "7"
    said("“1.5” is not a whole number")
    keys(whole, "60000")
    QTest.keyClick(whole, Qt.Key.Key_Return)
    assert whole.text() == "5000"
    said("60000 is outside -50 to 5000")


def test_a_wheel_turns_only_the_box_that_has_the_focus(boxes):
    number, whole = boxes
    whole.setFocus()
    for box, wanted in ((number, 0), (whole, 8)):
        at = QPointF(box.rect().center())
        event = QWheelEvent(
            at,
            QPointF(box.mapToGlobal(at.toPoint())),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)
        assert box.value() == wanted


def try_every_box(root, sign):
    """Each box that is shown, by keys; the number of boxes. The scene is not moved by them."""
    tried = 0
    for box in root.findChildren(QAbstractSpinBox):
        if not box.isVisibleTo(root) or box.isReadOnly() or not box.isEnabled():
            continue
        assert isinstance(box, NumberBox), box.accessibleName()
        was = box.value()
        blocked = box.blockSignals(True)
        start = max(box.minimum(), min(box.maximum(), 0.0))
        if box.decimals():
            wanted = round(start + (box.maximum() - start) / 2 + 0.1, 1)
            keys(box, str(wanted).replace(".", sign))
        else:
            wanted = start
            keys(box, f"{start + 1:.0f}{sign}5")
            box.setValue(wanted)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert box.value() == pytest.approx(wanted), f"{box.accessibleName()}: {box.text()}"
        box.setValue(was)
        box.blockSignals(blocked)
        tried += 1
    return tried


@pytest.mark.trust("I10")
@pytest.mark.parametrize(
    ("locale", "sign"),
    [("C", ","), ("de_DE", "."), ("de_DE", ","), ("fr_FR", "."), ("ar_EG", ".")],
    indirect=["locale"],
)
def test_every_box_of_the_window_and_its_dialogs(module_window, locale, sign, qtbot):
    window, panels = module_window, module_window.panels
    # As if it had been made under the locale: children without one of their own take it over.
    window.setLocale(QLocale())
    tried = 0
    try:
        panels.select_tool("wire")
        for index in range(panels.tabs.count()):
            panels.tabs.setCurrentIndex(index)
            tried += try_every_box(panels.tabs.currentWidget(), sign)
        panels.show_matter("rod")
        tried += try_every_box(panels.matter, sign)
    finally:
        window.unsetLocale()
        panels.tabs.setCurrentIndex(0)
    plan = SeriesPlan(count=5, size=64, joints={"lift_mm": Normal(sigma=1)})
    window.session.store.apply("Plan", lambda scene: scene.evolve(plan=plan))
    dialog = ExportDialog(window, window.session, window.workspace.room)
    dialog.open()
    qtbot.waitUntil(dialog.isVisible, timeout=5000)
    tried += try_every_box(dialog, sign)
    dialog.close()
    window.commands["undo"].trigger()
    assert tried > 45


@pytest.mark.trust("I10")
def test_a_typed_mas_reaches_the_scene(module_window, locale):
    store, panels = module_window.session.store, module_window.panels
    panels.show_panel(panels.beam)
    box = next(b for b in panels.beam.findChildren(NumberBox) if b.accessibleName() == "Exposure")
    before = store.scene
    store.apply(
        "Manual", lambda scene: scene.evolve(beam=scene.beam.evolve(exposure_control=False))
    )
    show(box)
    for text in ("0.25", "1,5"):
        keys(box, text)
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert store.scene.beam.mas == float(text.replace(",", "."))
    while store.scene != before:
        store.history.undo()


def test_a_density_takes_a_comma_too(module_window, qtbot):
    window, panel = module_window, module_window.panels.tool
    window.panels.select_tool("wire")
    before = window.session.store.scene
    editor = panel._material.lineEdit()
    qtbot.waitUntil(editor.isVisible, timeout=5000)
    keys(editor, "Al2O3@3,95")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert window.session.store.scene.tools[0].material == "Al2O3@3.95"
    window.commands["undo"].trigger()
    assert window.session.store.scene == before


def test_no_plain_box_of_qt_is_used():
    """Neither imported nor named, but by the one box that is made of it."""
    for name, path in modules().items():
        if name.endswith(BASE):
            continue
        for node in ast.walk(tree_of(path)):
            words = {getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "name", "")}
            assert not words & PLAIN, f"{name}:{node.lineno} uses {words & PLAIN}"
