"""The table top: each ray's path through an endless slab against closed forms."""

import math

import numpy as np
import pytest
from scenes import box, box_paths, c_arm

from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.physics.backends.cpu.chain.matter import crossed_slab
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.beam.table_top import table_place_mm, table_slab
from synthex_gui.physics.matter.basis import LIPID_BONE, WATER_BONE, mixture_of
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import TableTop
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool

TABLE = TableTop(is_shown=True, thickness_mm=40, width_mm=500, aluminium_equivalent_mm=0.8)
# g/cm2 of aluminium straight through.
STRAIGHT = 0.08 * 2.699


def table_areal(table, camera, top_y_mm, middle_x_mm):
    slab = table_slab(table, camera, top_y_mm, middle_x_mm)
    return crossed_slab(slab, (camera.height, camera.width))


def test_straight_through_it_is_the_equivalent_and_aslant_it_grows_with_the_path():
    areal = table_areal(TABLE, c_arm(0, 0, 65), 100.0, 0.0)
    assert areal[32, 32] == pytest.approx(STRAIGHT, rel=1e-6)
    for angle in (20, 40, 60):
        aslant = table_areal(TABLE, c_arm(0, angle, 65), 100.0, 0.0)
        expected = STRAIGHT / math.cos(math.radians(angle))
        assert aslant[32, 32] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("angles", [(0, 0), (70, 10), (90, 0), (90, 20), (180, -15), (-80, 0)])
def test_every_ray_has_its_path_through_a_very_long_box(angles):
    camera = c_arm(*angles, 64, detector_mm=400.0)
    shift = np.eye(4)
    shift[:3, 3] = [30.0, 60.0, 0.0]
    paths = box_paths(camera, np.array([500.0, 40.0, 1e7]), shift)
    areal = table_areal(TABLE, camera, 40.0, 30.0)
    assert areal == pytest.approx(paths * STRAIGHT / 40.0, rel=1e-4, abs=1e-6)
    assert areal.max() > 0


def test_a_source_inside_the_table_or_past_it_counts_what_lies_ahead():
    camera = c_arm(0, 0, 33)
    inside = table_areal(TABLE, camera, camera.source_mm[1] - 10, 0.0)
    assert inside[16, 16] == pytest.approx(STRAIGHT / 4, rel=1e-6)
    assert table_areal(TABLE, camera, camera.source_mm[1] + 1, 0.0).max() == 0


def test_the_table_lies_under_the_ct_else_under_the_tools():
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = [10, 20, 30]
    ct = Volume(np.zeros((4, 5, 6), np.int16), Grid((4, 5, 6), affine))
    assert table_place_mm(Scene(), SceneAssets(ct)) == pytest.approx((33.5, 15.0))
    raised = Scene(table=TABLE.evolve(top_y_mm=7.0))
    assert table_place_mm(raised, SceneAssets(ct)) == pytest.approx((7.0, 15.0))
    pose = np.eye(4)
    pose[:3, 3] = [5, 6, 7]
    tool = Tool(name="a", source=BuiltInTool(tool="k-wire"), world_from_tool=as_pose(pose))
    assets = SceneAssets(meshes={"a": box(2, 4, 6)})
    assert table_place_mm(Scene(tools=(tool,)), assets) == pytest.approx((8.0, 5.0))
    assert table_place_mm(Scene(), SceneAssets()) == (0.0, 0.0)


@pytest.mark.parametrize("basis", [WATER_BONE, LIPID_BONE])
@pytest.mark.parametrize("kvp", [60, 80, 120])
def test_as_a_mixture_of_the_basis_the_table_attenuates_as_aluminium(basis, kvp):
    beam = spectrum(kvp, {"Al": 2.5})
    energy = beam.energy_kev
    amounts = mixture_of(material("aluminium"), basis).amounts
    pairs = zip(amounts, basis, strict=True)
    mixed = sum(n * material(name).mass_attenuation(energy) for n, name in pairs)
    aluminium = material("aluminium").mass_attenuation(energy)
    for water_cm in (0, 10, 30):
        behind = np.exp(-water_cm * material("water").mass_attenuation(energy))
        weight = beam.fluence * energy * behind
        for areal in (STRAIGHT, 3 * STRAIGHT):
            got = np.log(weight @ np.exp(-areal * mixed) / (beam.fluence @ energy))
            exact = np.log(weight @ np.exp(-areal * aluminium) / (beam.fluence @ energy))
            # At most 0.16 % of the signal, in the open beam at 60 kVp; a tenth behind a patient.
            assert abs(got - exact) < 2e-3 * areal / STRAIGHT
