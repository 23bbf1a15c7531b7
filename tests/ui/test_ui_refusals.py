"""What a panel says of a value that the scene does not take: plain words, no library's."""

import pytest

from synthex_gui.app.store import SceneStore
from synthex_gui.scene.model import Scene
from synthex_gui.ui.panels.scene_form import SceneForm


def beam(**changes):
    return lambda scene: scene.evolve(beam=scene.beam.evolve(**changes))


def plainly(scene):
    raise ValueError("there is no such metal")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (beam(kvp=900.0), "Beam: it must be less than or equal to 150"),
        (beam(mas=-1.0), "Beam: it must be greater than 0"),
        (beam(kvp="a"), "Beam: it must be a valid number"),
        (beam(anode_side="up"), "Beam: it must be 'top', 'bottom', 'left' or 'right'"),
        (plainly, "Beam: there is no such metal"),
    ],
)
def test_a_refusal_says_what_it_must_be(qtbot, edit, said):
    store = SceneStore(Scene())
    form = SceneForm(store)
    qtbot.addWidget(form)
    before = store.scene
    form.apply("Beam", edit)
    assert form.refused.text() == said
    assert not form.refused.isHidden()
    assert store.scene == before
    form.apply("Beam", beam(kvp=70.0))
    assert form.refused.isHidden()
