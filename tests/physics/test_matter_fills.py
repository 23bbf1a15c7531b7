"""What labels and limits make of a CT: densities by voxel, and images against closed forms."""

import numpy as np
import pytest
from scenes import box

from synthex_gui.geometry.arrays import Grid, Label, LabelMap, Volume
from synthex_gui.geometry.transforms import rigid, rotation_about
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.matter.basis import LIPID_BONE, WATER_BONE, mixture_of
from synthex_gui.physics.matter.fields import MatterError, fields_of, matter_warnings
from synthex_gui.physics.matter.materials import material
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Beam, HuMap, LabelFill, Matter
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import new_carm
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool


def volume(values):
    values = np.asarray(values, dtype=np.int16)
    return Volume(values, Grid(values.shape, np.eye(4)))


@pytest.fixture
def row():
    """A row of 6 voxels: air, lung, water, blood, bone, metal; labels 1, 1, 2, 2, 0, 3."""
    ct = volume([[[-1000, -740, 0, 57, 1682, 3071]]])
    values = np.array([[[1, 1, 2, 2, 0, 3]]], dtype=np.uint8)
    table = (Label(1, "left", group="lungs"), Label(2, "vessel"), Label(3, "nail"))
    return ct, LabelMap(values, ct.grid, table)


def densities(matter, ct, labels=None):
    """Material name -> g/cm3 along the row."""
    plan = fields_of(matter)
    fields = plan.make(ct, labels)
    named = zip(plan.materials, fields, strict=True)
    return {item.name: (field.stored * field.scale)[0, 0] for item, field in named}


def test_without_fills_water_and_bone_are_the_whole(row):
    found = densities(Matter(), row[0])
    assert list(found) == ["water", "bone-cortical"]
    assert found["water"] == pytest.approx([0, 0.26, 1, 1 - 57 / 1682, 0, 0], abs=1e-4)
    bone = [0, 0, 0, 57 / 1682 * 1.92, 1.92, 3071 / 1682 * 1.92]
    assert found["bone-cortical"] == pytest.approx(bone, abs=1e-4)


def test_a_tissue_keeps_the_density_of_the_ct_and_needs_no_field(row):
    matter = Matter(fills=(LabelFill(structure="lungs", material="lung"),))
    found = densities(matter, *row)
    assert list(found) == ["water", "bone-cortical"]
    amounts = mixture_of(material("lung"), WATER_BONE).amounts
    assert found["water"][1] == pytest.approx(0.26 * amounts[0], abs=1e-4)
    assert found["bone-cortical"][1] == pytest.approx(0.26 * amounts[1], abs=1e-4)
    assert found["water"][2] == 1


def test_a_tissue_with_a_density_has_it(row):
    matter = Matter(fills=(LabelFill(structure="vessel", material="water", density_g_cm3=1.1),))
    assert densities(matter, *row)["water"][2:4] == pytest.approx([1.1, 1.1])


def test_fat_in_a_label_brings_lipid_as_basis(row):
    matter = Matter(fills=(LabelFill(structure="vessel", material="adipose"),))
    assert fields_of(matter).basis == LIPID_BONE
    assert fields_of(Matter()).basis == WATER_BONE


def test_metal_displaces_what_the_ct_shows_there(row):
    matter = Matter(fills=(LabelFill(structure="nail", material="Ti6Al4V"),))
    found = densities(matter, *row)
    assert found["Ti6Al4V"] == pytest.approx([0, 0, 0, 0, 0, 4.43])
    assert found["water"][5] == found["bone-cortical"][5] == 0
    heavy = Matter(fills=(LabelFill(structure="nail", material="tungsten"),))
    assert densities(heavy, *row)["tungsten"][5] == pytest.approx(19.25, rel=1e-4)


def test_contrast_dilutes_in_the_blood(row):
    fill = LabelFill(structure="vessel", material="iohexol-350", fraction=0.2)
    found = densities(Matter(fills=(fill,)), *row)
    assert found["iohexol-350"][2:4] == pytest.approx([0.2 * 1.406] * 2, abs=1e-4)
    assert found["water"][2:4] == pytest.approx([0.8, 0.8 * (1 - 57 / 1682)], abs=1e-4)


def test_the_later_of_two_fills_has_a_voxel_and_labels_win_over_the_limit(row):
    fills = (
        LabelFill(structure="nail", material="316L"),
        LabelFill(structure="nail", material="CoCr"),
    )
    found = densities(Matter(fills=fills, metal_above_hu=3000), *row)
    assert found["CoCr"][5] == pytest.approx(8.3, rel=1e-4)
    assert found["316L"].max() == found["Ti6Al4V"].max() == 0


def test_above_the_limit_voxels_are_metal(row):
    found = densities(Matter(metal_above_hu=3000, metal="316L"), row[0])
    assert found["316L"] == pytest.approx([0, 0, 0, 0, 0, 7.95], rel=1e-4)
    assert found["bone-cortical"][5] == 0
    assert found["bone-cortical"][4] == pytest.approx(1.92)


def test_labels_on_another_grid_count_where_the_voxels_centre_lies():
    ct = volume(np.zeros((5, 6, 7)))
    turn = rigid(rotation_about([0, 0, 1], 90.0), [3.0, 2.0, 1.0])
    affine = turn @ np.diag([0.5, 0.5, 2.0, 1.0])
    labels = LabelMap(np.ones((2, 3, 5), np.uint8), Grid((2, 3, 5), affine), (Label(1, "a"),))
    fill = LabelFill(structure="a", material="water", density_g_cm3=2.0)
    plan = fields_of(Matter(fills=(fill,)))
    field = plan.make(ct, labels, threads=2)[0]
    k, j, i = np.indices((5, 6, 7))
    world = np.stack([i, j, k, np.ones_like(i)], axis=-1) @ np.linalg.inv(affine).T
    near = np.floor(world[..., :3] + 0.5)
    inside = ((near >= 0) & (near < [5, 3, 2])).all(axis=-1)
    assert inside.any()
    assert np.array_equal(field.stored * field.scale > 1.5, inside)


def test_a_structure_that_is_not_there_is_refused(row):
    matter = Matter(fills=(LabelFill(structure="spleen", material="water"),))
    with pytest.raises(MatterError, match="spleen"):
        fields_of(matter).make(*row)
    with pytest.raises(MatterError, match="no labels"):
        fields_of(matter).make(row[0], None)


def test_warnings_count_what_no_tissue_has(row):
    assert "1 voxels above 3000 HU (up to 3071)" in matter_warnings(row[0], Matter())[0]
    assert "count as 316L" in matter_warnings(row[0], Matter(metal_above_hu=1000, metal="316L"))[0]
    assert matter_warnings(volume([[[0, 100]]]), Matter()) == ()


def scene(**changes):
    beam = Beam(noise=False, heel_effect=False, focal_spot_mm=0.0, filtration_mm={"Al": 3.0})
    base = Scene(carm=new_carm(device_by_id("cios-fusion"), [0, 0, 0]), beam=beam)
    base = base.evolve(detector=base.detector.evolve(kind="ideal-energy", scatter=False), **changes)
    return base


def centre(radiograph):
    middle = radiograph.signal.shape[0] // 2
    return float(radiograph.signal[middle, middle])


def transmission(layers, kvp=80):
    """Closed form: layers of (material, g/cm2)."""
    beam = spectrum(kvp, {"Al": 3.0})
    weight = beam.fluence * beam.energy_kev
    thickness = sum(
        areal * material(name).mass_attenuation(beam.energy_kev) for name, areal in layers
    )
    return float(weight @ np.exp(-thickness) / weight.sum())


@pytest.fixture(scope="module")
def slab():
    """100 mm of water across the beam with a label over its middle 20 mm."""
    values = np.full((41, 60, 41), -1000, dtype=np.int16)
    values[:, 5:55] = 0
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = [-40, -59, -40]
    grid = Grid(values.shape, affine)
    labels = np.zeros(values.shape, np.uint8)
    labels[:, 25:35] = 1
    return SceneAssets(Volume(values, grid), LabelMap(labels, grid, (Label(1, "vessel"),)))


@pytest.fixture
def renderer(slab):
    made = Renderer(CpuBackend(1), 1)
    made.set_assets(slab)
    return made


def test_a_contrast_filled_vessel_attenuates_as_the_direct_sum(renderer):
    fill = LabelFill(structure="vessel", material="iohexol-350", fraction=0.1)
    got = centre(renderer.render(scene(matter=Matter(fills=(fill,))), size=65))
    expected = transmission([("water", 8.0 + 2.0 * 0.9), ("iohexol-350", 2.0 * 0.1 * 1.406)])
    assert np.log(got) == pytest.approx(np.log(expected), rel=3e-3)


@pytest.mark.parametrize("kind", ["water-bone", "schneider", "deepdrr"])
def test_a_water_slab_attenuates_as_its_map_says(renderer, kind):
    got = centre(renderer.render(scene(matter=Matter(hu_map=HuMap(kind=kind))), size=65))
    layers = {
        "water-bone": [("water", 10.0)],
        "deepdrr": [("muscle", 10.3)],
    }
    if kind == "schneider":
        # At 0 HU: 1.0175 g/cm3 of tissue no. 4, here as its mixture.
        plan = fields_of(Matter(hu_map=HuMap(kind=kind)))
        table = plan.tables[:, 0, 32768]
        layers[kind] = [(m.name, 10 * d) for m, d in zip(plan.materials, table, strict=True)]
        assert 10 * sum(table) == pytest.approx(10.175, rel=0.01)
    assert np.log(got) == pytest.approx(np.log(transmission(layers[kind])), rel=2e-3)


def test_a_new_implant_displaces_metal_that_the_ct_shows(slab):
    """A PEEK block over half of a steel-filled label: its path is PEEK alone."""
    block = box(30, 20, 30)
    tool = Tool(
        name="block",
        source=BuiltInTool(tool="k-wire"),
        material="PEEK",
        world_from_tool=as_pose(rigid(None, [0, 0, 0])),
    )
    assets = SceneAssets(slab.ct, slab.labels, {"block": block})
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(assets)
    fill = LabelFill(structure="vessel", material="316L")
    with_metal = scene(matter=Matter(fills=(fill,)))
    bare = centre(renderer.render(with_metal, size=65))
    assert bare < 1e-3
    got = centre(renderer.render(with_metal.evolve(tools=(tool,)), size=65))
    # The label spans y -10 ... 10 mm and a steel voxel's slope into the water next to it.
    inside = transmission([("water", 8.0), ("PEEK", 2.0 * 1.3)])
    slope = transmission([("water", 8.0), ("PEEK", 2.0 * 1.3), ("316L", 0.1 * 7.95)])
    assert slope < got <= inside * 1.01


def test_a_screw_in_a_plate_in_bone_is_each_its_own(slab):
    parts = {"plate": (box(40, 4, 40), "Ti6Al4V", 0), "screw": (box(6, 20, 6), "316L", 1)}
    assets = SceneAssets(slab.ct, slab.labels, {name: part[0] for name, part in parts.items()})
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(assets)
    tools = tuple(
        Tool(name=name, source=BuiltInTool(tool="k-wire"), material=part[1], priority=part[2])
        for name, part in parts.items()
    )
    bone = Matter(fills=(LabelFill(structure="vessel", material="bone-cortical",
                                   density_g_cm3=1.92),))  # fmt: skip
    image = renderer.render(scene(matter=bone, tools=tools), size=257).signal
    middle, beside = image[128, 128], image[128, 128 + 15]
    assert np.log(middle) == pytest.approx(
        np.log(transmission([("water", 8.0), ("316L", 2.0 * 7.95)])), rel=0.02
    )
    through_plate = [("water", 8.0), ("bone-cortical", 1.6 * 1.92), ("Ti6Al4V", 0.4 * 4.43)]
    assert np.log(beside) == pytest.approx(np.log(transmission(through_plate)), rel=0.01)


def test_fields_follow_the_matter_and_old_ones_go(renderer, slab):
    backend = renderer.backend
    plain = scene()
    renderer.render(plain, size=17)
    first = fields_of(plain.matter).keys
    renderer.render(plain.evolve(level="naive"), size=17)
    assert all(backend.has(key) for key in first)
    filled = plain.evolve(
        matter=Matter(fills=(LabelFill(structure="vessel", material="lung", density_g_cm3=0.3),))
    )
    light = renderer.render(filled, size=17)
    second = fields_of(filled.matter).keys
    assert set(first).isdisjoint(second)
    assert not any(backend.has(key) for key in first)
    assert backend.has("ct:mu-naive")
    assert centre(light) > 1.3 * centre(renderer.render(plain, size=17))
    renderer.render(filled, size=17)
    emptied = LabelMap(slab.labels.values * 0 + 2, slab.labels.grid, (Label(2, "vessel"),))
    renderer.set_assets(SceneAssets(slab.ct, emptied))
    assert not any(backend.has(key) for key in second)
    assert centre(renderer.render(filled, size=17)) > centre(light)
