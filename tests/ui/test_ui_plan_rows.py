"""Rows of the export dialog by themselves: what a plan says is what they show."""

import pytest
from hands import controls_of, pick, tick
from PySide6.QtCore import Qt

from synthex_gui.export.run import HIP_STRUCTURES
from synthex_gui.scene.distributions import Normal, Uniform
from synthex_gui.ui.dialogs.spread_rows import SpreadRow
from synthex_gui.ui.dialogs.structure_choice import StructureChoice

NAMES = (*HIP_STRUCTURES, "sacrum", "skin")


def test_a_row_keeps_what_a_plan_says(qtbot):
    row = SpreadRow("Angulation", "deg")
    qtbot.addWidget(row)
    for wanted in (None, Uniform(low=-3, high=12.5), Normal(mean=1.5, sigma=4)):
        row.set_distribution(wanted)
        assert row.distribution() == wanted


@pytest.fixture
def choice(qtbot):
    widget = StructureChoice(NAMES)
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    widget.show()
    return widget, controls_of(widget)


def ticked(items):
    rows = (items.item(number) for number in range(items.count()))
    return {r.text() for r in rows if r.checkState() == Qt.CheckState.Checked}


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        (None, "Shown by their eye"),
        ((), "None"),
        (HIP_STRUCTURES, "The hip's six"),
        (NAMES, "All of the label map"),
        (("sacrum", "skin"), "By name"),
        (("skin", "a name of another map"), "By name"),
    ],
)
def test_any_list_of_structures_shows_as_what_it_is(choice, chosen, title):
    widget, controls = choice
    widget.set_choice(chosen)
    assert controls["combo:Structures"].currentText() == title
    assert controls["list:Structures by name"].isVisible() == (title == "By name")
    assert ticked(controls["list:Structures by name"]) == set(chosen or ())


def test_structures_are_ticked_by_name(choice):
    widget, controls = choice
    seen = []
    widget.changed.connect(seen.append)
    widget.set_choice(("skin",))
    tick(controls["list:Structures by name"], "sacrum")
    assert seen[-1] == ("sacrum", "skin")
    tick(controls["list:Structures by name"], "skin")
    assert seen[-1] == ("sacrum",)


def test_a_set_can_be_thinned_out_by_name(choice):
    widget, controls = choice
    seen = []
    widget.changed.connect(seen.append)
    pick(controls["combo:Structures"], "The hip's six")
    assert seen[-1] == HIP_STRUCTURES
    pick(controls["combo:Structures"], "By name")
    assert ticked(controls["list:Structures by name"]) == set(HIP_STRUCTURES)
    tick(controls["list:Structures by name"], HIP_STRUCTURES[0])
    assert set(seen[-1]) == set(HIP_STRUCTURES[1:])


def test_a_map_without_a_hip_does_not_offer_one(qtbot):
    widget = StructureChoice(("lung",))
    qtbot.addWidget(widget)
    sets = controls_of(widget)["combo:Structures"]
    assert sets.findText("The hip's six") < 0
