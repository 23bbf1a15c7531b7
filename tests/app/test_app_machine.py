"""Random edits, drags, undo, redo, saving and opening: the document against a list of scenes."""

import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from synthex_gui.app.document import Document
from synthex_gui.loading.project import open_project
from synthex_gui.scene.distributions import Normal
from synthex_gui.scene.edits import add_tool, move_joints, replace_tool
from synthex_gui.scene.model import SavedView, Scene, Tool
from synthex_gui.scene.naming import (
    add_view,
    keep_structures,
    remove_tool,
    remove_view,
    rename_tool,
    rename_view,
)
from synthex_gui.scene.plan import around_current_view
from synthex_gui.scene.sources import BuiltInTool, PhantomSource
from synthex_gui.scene.view_state import ViewState

NUMBERS = st.integers(-40, 40).map(float)
NAMES = st.sampled_from(["wire", "screw", "a name with spaces", "Größe 5", "ap"])


def pick(items, number):
    """One of the items by any number; None where there is none."""
    return items[int(number) % len(items)] if items else None


def vary(scene, name, sigma):
    plan = scene.plan or around_current_view()
    return scene.evolve(
        plan=plan.evolve(tools=dict(plan.tools) | {name: {"x_mm": Normal(sigma=sigma)}})
    )


def edit_of(kind, number, name):
    """An edit that any scene allows; what it needs and the scene lacks makes it do nothing."""

    def edit(scene):
        tools = [tool.name for tool in scene.tools]
        views = [view.name for view in scene.views]
        tool, view = pick(tools, number), pick(views, number)
        if kind == "joint":
            return scene.evolve(carm=move_joints(scene.carm, orbital_deg=number))
        if kind == "filter":
            beam = scene.beam.evolve(filtration_mm={"Al": abs(number), "Cu": 0.1})
            return scene.evolve(beam=beam)
        if kind == "add tool":
            return add_tool(scene, Tool(name=name, source=BuiltInTool(tool="k-wire")))
        if kind == "save view":
            return add_view(scene, SavedView(name=name, carm=scene.carm))
        if kind == "plan views" and views:
            return scene.evolve(plan=around_current_view().evolve(view_names=tuple(views)))
        if kind == "structures":
            shown = scene.evolve(shown_structures=("rod", "peg"))
            return keep_structures(shown, ("rod",) if number > 0 else ())
        if kind == "colour" and tool:
            return replace_tool(scene, tool, color=f"#{abs(int(number)):06x}")
        if kind == "vary" and tool:
            return vary(scene, tool, abs(number))
        if kind == "rename tool" and tool and name not in tools:
            return rename_tool(scene, tool, name)
        if kind == "remove tool" and tool:
            return remove_tool(scene, tool)
        if kind == "rename view" and view and name not in views:
            return rename_view(scene, view, name)
        if kind == "remove view" and view:
            return remove_view(scene, view)
        return scene

    return edit


KINDS = st.sampled_from(
    [
        "joint",
        "filter",
        "add tool",
        "save view",
        "plan views",
        "structures",
        "colour",
        "vary",
        "rename tool",
        "remove tool",
        "rename view",
        "remove view",
    ]
)
EDITS = st.builds(edit_of, KINDS, NUMBERS, NAMES)


class DocumentMachine(RuleBasedStateMachine):
    """`scenes` are the steps of the history, `at` the present one, `clean` the one on disk."""

    def __init__(self):
        super().__init__()
        scene = Scene(ct=PhantomSource(parameters={"seed": 1}))
        self.document = Document(scene)
        self.store = self.document.store
        self.scenes, self.at, self.clean = [scene], 0, 0
        self.written = [scene.model_dump_json()]
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "p.synthex"
        self.told = []
        self.store.changed.connect(lambda before, after: self.told.append((before, after)))
        self.shown = scene

    def teardown(self):
        self.folder.cleanup()

    def step(self, after):
        """What one recorded step does to the list."""
        if after == self.scenes[self.at]:
            return
        if self.clean > self.at:
            self.clean = -1
        del self.scenes[self.at + 1 :], self.written[self.at + 1 :]
        self.scenes.append(after)
        self.written.append(after.model_dump_json())
        self.at += 1

    @rule(edit=EDITS)
    def edit(self, edit):
        self.store.apply("Edit", edit)
        self.step(edit(self.scenes[self.at]))

    @rule(edits=st.lists(EDITS, max_size=4), ending=st.sampled_from(["commit", "escape", "edit"]))
    def drag(self, edits, ending):
        start = self.scenes[self.at]
        gesture = self.store.begin_gesture("Drag")
        for edit in edits:
            gesture.move(edit)
            assert self.store.is_moving
        after = edits[-1](start) if edits else start
        if ending == "escape":
            assert self.store.cancel_gesture()
            assert not self.store.cancel_gesture()
            return
        self.step(after)
        if ending == "commit":
            gesture.commit()
        else:
            # Something else is done while the hand still holds the slider.
            last = edit_of("joint", 7.0, "")
            self.store.apply("Edit", last)
            self.step(last(self.scenes[self.at]))
        gesture.move(lambda scene: scene.evolve(level="naive"))
        gesture.commit()

    @rule()
    def undo(self):
        self.store.history.undo()
        self.at = max(self.at - 1, 0)

    @rule()
    def redo(self):
        self.store.history.redo()
        self.at = min(self.at + 1, len(self.scenes) - 1)

    @rule()
    def save(self):
        self.document.save(self.path, self.store.scene)
        self.clean = self.at
        assert open_project(self.path)[0] == self.store.scene

    @precondition(lambda self: self.path.exists())
    @rule()
    def load(self):
        scene, view = open_project(self.path)
        self.document.replace(scene, self.path, ViewState.of(view))
        self.scenes, self.written = [scene], [scene.model_dump_json()]
        self.at = self.clean = 0

    @invariant()
    def it_is_the_present_step(self):
        history = self.store.history
        assert self.store.scene == self.scenes[self.at]
        assert not self.store.is_moving
        assert history.canUndo() == (self.at > 0)
        assert history.canRedo() == (self.at < len(self.scenes) - 1)
        assert history.isClean() == (self.at == self.clean)

    @invariant()
    def no_snapshot_has_changed(self):
        assert [scene.model_dump_json() for scene in self.scenes] == self.written

    @invariant()
    def the_plan_names_only_what_is_there(self):
        scene = self.store.scene
        if scene.plan is not None:
            assert set(scene.plan.tools) <= {tool.name for tool in scene.tools}
            assert set(scene.plan.view_names) <= {view.name for view in scene.views}

    @invariant()
    def views_were_told_of_every_change_in_order(self):
        for before, after in self.told:
            # Equal, not the same: an equal document takes another's place without a word.
            assert before == self.shown
            assert before != after
            self.shown = after
        self.told.clear()
        assert self.shown == self.store.scene


@pytest.mark.usefixtures("qapp")
class TestDocument(DocumentMachine.TestCase):
    settings = settings(
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
