"""Renaming and removing keep the plan with the scene."""

import pytest
from pydantic import ValidationError

from synthex_gui.experiment.sampling import sample
from synthex_gui.scene.distributions import Normal
from synthex_gui.scene.model import CArm, SavedView, Scene, Tool
from synthex_gui.scene.naming import (
    add_view,
    numbered_name,
    remove_tool,
    remove_view,
    rename_tool,
    rename_view,
)
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.sources import BuiltInTool

NORMAL = {"x_mm": Normal(sigma=2.0)}


@pytest.fixture
def scene():
    plan = SeriesPlan(tools={"wire": NORMAL, "screw": NORMAL}, view_names=("AP", "PA"), count=1)
    return Scene(
        tools=tuple(Tool(name=name, source=BuiltInTool(tool="k-wire")) for name in plan.tools),
        views=tuple(SavedView(name=name, carm=CArm()) for name in plan.view_names),
        plan=plan,
    )


def test_a_renamed_tool_keeps_its_factors(scene):
    renamed = rename_tool(scene, "wire", "pin")
    assert [tool.name for tool in renamed.tools] == ["pin", "screw"]
    assert renamed.plan.tools == {"pin": NORMAL, "screw": NORMAL}
    assert "pin.x_mm" in sample(renamed, renamed.plan, 0).values
    assert renamed.views is scene.views
    assert rename_tool(renamed, "pin", "wire") == scene


def test_a_removed_tool_takes_its_factors_along(scene):
    removed = remove_tool(scene, "wire")
    assert removed.plan.tools == {"screw": NORMAL}
    assert set(sample(removed, removed.plan, 0).values) == {"screw.x_mm"}


def test_views_likewise(scene):
    assert rename_view(scene, "AP", "Front").plan.view_names == ("Front", "PA")
    removed = remove_view(scene, "AP")
    assert removed.plan.view_names == ("PA",)
    assert [view.name for view in removed.views] == ["PA"]
    added = add_view(scene, scene.views[0])
    assert [view.name for view in added.views] == ["AP", "PA", "AP-2"]


def test_without_a_plan_only_the_tool_changes(scene):
    bare = scene.evolve(plan=None)
    assert rename_tool(bare, "wire", "pin").plan is None
    assert remove_view(bare, "PA").plan is None


def test_a_name_that_is_taken_empty_or_missing_is_refused(scene):
    for wanted in ("screw", "", "x" * 101):
        with pytest.raises(ValidationError):
            rename_tool(scene, "wire", wanted)
    for edit in (remove_tool, remove_view):
        with pytest.raises(KeyError):
            edit(scene, "nothing")


def test_numbered_names_take_the_first_free_number():
    assert numbered_name("mesh", []) == "mesh-1"
    assert numbered_name("mesh", ["mesh-1", "mesh-3"]) == "mesh-2"
