"""What each factor changes, and that what belongs together moves together."""

import numpy as np
import pytest

from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.factors import shear_of, with_nodes
from synthex_gui.experiment.sampling import row, sample, sample_count
from synthex_gui.export.cases import People, arrays_of
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.distributions import Fixed, Listed, TruncatedNormal, Uniform
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.naming import remove_tool, rename_tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.scene.study import SHEAR_AXES, Anchor
from synthex_gui.tools.catalogue import tool_points

MANIPULATOR = Tool(name="cm", source=BuiltInTool(tool="continuum-manipulator"), material="nitinol")


def test_a_field_of_the_scene_takes_its_value_and_no_other_changes():
    values = {"beam.kvp": 66.0, "beam.filtration_mm.Cu": 0.2, "processing.look": "raw"}
    scene = with_nodes(Scene(), values)
    assert scene.beam == Scene().beam.evolve(kvp=66.0, filtration_mm={"Al": 2.5, "Cu": 0.2})
    assert scene.processing.look == "raw"
    assert scene.evolve(beam=Scene().beam, processing=Scene().processing) == Scene()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"beam.kvp": 500.0}, "beam.kvp cannot be 500"),
        ({"processing.look": "sepia"}, "processing.look cannot be sepia"),
    ],
)
def test_a_value_that_the_scene_refuses_is_named(values, said):
    with pytest.raises(PlanError, match=said):
        with_nodes(Scene(), values)


@pytest.mark.parametrize("axis", SHEAR_AXES)
def test_a_shear_moves_voxels_and_landmarks_alike(study_scene, axis):
    """A landmark in the middle of the rod stays in the middle of its mask."""
    values = {"shear_deg": 25.0, "shear_axis": axis, "view.primary_deg": 20.0}
    factors = {name: Fixed(value=value) for name, value in values.items()}
    scene = study_scene(factors=factors, size=128, anchor=Anchor(kind="ct"))
    people = People(scene)
    chosen, assets = people.sample(0)
    plain, before = people.of(row(scene, scene.plan, 0))
    shear = shear_of(values, before.ct.grid.centre_mm)
    moved = {item.name: item.position for item in chosen.scene.landmarks}
    for item in plain.landmarks:
        expected = transform_points(shear, [item.position])[0]
        np.testing.assert_allclose(moved[item.name], expected)
    centre = before.ct.grid.centre_mm
    np.testing.assert_allclose(transform_points(shear, [centre])[0], centre)
    one, other = "xyz".index(axis[0]), "xyz".index(axis[1])
    step = transform_points(shear, [centre + 10 * np.eye(3)[other]])[0] - centre
    assert step[one] == pytest.approx(10 * np.tan(np.radians(25)))
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(assets)
    path = renderer.structure_paths_mm(chosen.scene, ["rod"], 128)["rod"]
    middle = np.argwhere(before.labels.values == 1)[:, ::-1].mean(axis=0)
    place = transform_points(assets.labels.grid.world_from_voxel, [middle])
    (pixel,), _ = camera_of(chosen.scene.carm, 128).project(place)
    rows, columns = np.nonzero(path > 0.5)
    centroid = np.average([columns, rows], axis=1, weights=path[rows, columns])
    np.testing.assert_allclose(centroid, pixel, atol=1.5)


def test_without_shear_the_arrays_are_the_very_same(study_scene):
    scene = study_scene(factors={"view.primary_deg": Uniform(low=0, high=5)})
    people = People(scene)
    chosen, assets = people.sample(0)
    assert chosen.shear is None
    assert people.sample(3)[1] is assets
    assert arrays_of(chosen, chosen.scene, assets) is assets


def test_the_tools_base_stands_at_the_anchor_across_the_central_ray(study_scene):
    values = {"tool.x_mm": 7.0, "tool.y_mm": -4.0, "view.primary_deg": 25.0}
    factors = {name: Fixed(value=value) for name, value in values.items()}
    scene = study_scene(factors=factors, tools=(MANIPULATOR,))
    chosen, _ = People(scene).sample(0)
    camera = camera_of(chosen.scene.carm)
    pose = np.array(chosen.scene.tools[0].world_from_tool)
    base = transform_points(pose, [tool_points("continuum-manipulator")["base"]])
    (pixel,), (depth,) = camera.project(base)
    assert depth == pytest.approx(816)
    scale = 1020 / 816 / 0.194
    # Camera x runs to the patient's right, where AP's columns fall.
    wanted = np.array([(1536 - 1) / 2 - 7.0 * scale, (1536 - 1) / 2 - 4.0 * scale])
    assert pixel == pytest.approx(wanted)
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)


def test_a_tools_parameters_bend_its_mesh_and_its_base_stays(study_scene):
    name = "tool.cm.bend_5_deg"
    factors = {name: TruncatedNormal(sigma=2.5, low=-7.9, high=7.9), "tool.x_mm": Fixed(value=0)}
    scene = study_scene(factors=factors, tools=(MANIPULATOR,), cases=(), anchor=Anchor(kind="aim"))
    people = People(scene)
    shapes = []
    for number in range(3):
        chosen, assets = people.sample(number)
        tool = chosen.scene.tools[0]
        assert tool.source.parameters["bend_5_deg"] == chosen.values[name]
        shapes.append(assets.meshes["cm"].bounds_mm())
        base = transform_points(np.array(tool.world_from_tool), [[0.0, 0.0, 35.0]])
        assert base[0] == pytest.approx([0, 0, 0], abs=1e-9)
    assert not np.allclose(shapes[0], shapes[1])


def test_renaming_and_removing_a_tool_changes_its_factors(study_scene):
    factors = {
        "tool.cm.bend_1_deg": Uniform(low=-1, high=1),
        "tool.x_mm": Uniform(low=-1, high=1),
        "beam.kvp": Uniform(low=60, high=80),
    }
    scene = study_scene(factors=factors, tools=(MANIPULATOR,))
    renamed = rename_tool(scene, "cm", "snake.2").plan.study.factors
    assert set(renamed) == {"tool.snake.2.bend_1_deg", "tool.x_mm", "beam.kvp"}
    assert set(remove_tool(scene, "cm").plan.study.factors) == {"tool.x_mm", "beam.kvp"}
    with pytest.raises(ValueError, match="'other'"):
        study_scene(factors={"tool.other.bend_1_deg": Uniform(low=0, high=1)})


def test_levels_share_a_pose_and_its_values(study_scene):
    levels = ("naive", "heuristic", "realistic")
    scene = study_scene(
        factors={"patient.rx_deg": Uniform(low=-45, high=45)}, levels=levels, count=4
    )
    assert sample_count(scene, scene.plan) == 12
    rows = [row(scene, scene.plan, number) for number in range(12)]
    assert [item.index for item in rows] == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [item.level for item in rows] == [*levels] * 4
    people = People(scene)
    made = [people.sample(number)[0] for number in range(3)]
    assert len({item.scene.level for item in made}) == 3
    assert len({item.scene.evolve(level="naive").model_dump_json() for item in made}) == 1
    assert made[0].values == made[2].values


def test_words_vary_as_numbers_do(study_scene):
    scene = study_scene(factors={"processing.look": Listed(values=("log", "raw"))}, count=30)
    looks = {sample(scene, scene.plan, n).scene.processing.look for n in range(30)}
    assert looks == {"log", "raw"}
