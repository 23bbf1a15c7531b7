"""Ranges, hashes, and what each parameter does to the shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthex_gui.core.errors import SynthexError
from synthex_gui.phantom import PhantomParameters
from synthex_gui.phantom.paint.curves import points
from synthex_gui.phantom.skeleton.hip import ilium_grid
from synthex_gui.phantom.skeleton.spine import vertebrae
from synthex_gui.phantom.tables.hip import FEMUR_CHAINS, HEAD_CENTRE, HIP_CHAINS
from synthex_gui.phantom.tables.soft import CAVITY, OUTLINE
from synthex_gui.phantom.trunk.shape import Shape


def shape(**values: Any) -> Shape:
    return Shape(PhantomParameters(**values))


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("spacing_mm", 0.4, ("0.5", "3")),
        ("stature_cm", 230, ("145", "200")),
        ("neck_shaft_angle_deg", 90, ("112", "140")),
        ("bone_density", float("nan"), ()),
        ("seed", -1, ("0",)),
    ],
)
def test_values_out_of_range_name_the_range(name: str, value: float, bounds: tuple[str]) -> None:
    with pytest.raises(SynthexError) as caught:
        PhantomParameters.checked({name: value})
    text = str(caught.value)
    assert "\n" not in text
    assert name in text
    assert all(bound in text for bound in bounds)


def test_implausible_mass_names_the_masses_that_are_not() -> None:
    with pytest.raises(
        SynthexError, match=r"body_mass_kg must be 68 to 160 at a stature of 200 cm"
    ):
        PhantomParameters.checked({"stature_cm": 200, "body_mass_kg": 45})


def test_unknown_name_is_refused() -> None:
    with pytest.raises(SynthexError, match="colour"):
        PhantomParameters.checked({"colour": 1})


def test_key_tells_recipes_apart() -> None:
    assert PhantomParameters().key() == PhantomParameters(seed=0).key()
    keys = {
        PhantomParameters(**values).key()
        for values in ({}, {"seed": 1}, {"spacing_mm": 2}, {"sex": "female"}, {"extent": "pelvis"})
    }
    assert len(keys) == 5
    assert all(len(key) == 16 for key in keys)


def test_default_shape_is_the_identity() -> None:
    neutral = shape()
    grid = ilium_grid()
    assert np.allclose(neutral.pelvis(grid), grid, atol=1e-12)
    shaft = points(FEMUR_CHAINS["shaft"][1][0])
    assert np.allclose(neutral.femur(shaft), shaft, atol=1e-12)
    assert np.allclose(neutral.habitus.outline(OUTLINE), OUTLINE, atol=0.05)
    assert np.allclose(neutral.habitus.cavity(CAVITY), CAVITY, atol=0.05)
    assert np.allclose(neutral.bend.values, 0, atol=1e-12)


def _femur_angles(made: Shape) -> tuple[float, float]:
    """(neck-shaft angle, anteversion) in degrees, the shaft taken from z -60 to -135."""
    head = made.head_centre()
    neck = made.femur(np.array([[121.0, 7.0, -28.0, 1.0]]))[0, :3] - head
    shaft = made.femur(points("125,8,-60,1 118.5,0,-135,1"))[:, :3]
    down = shaft[1] - shaft[0]
    cosine = neck @ -down / np.linalg.norm(neck) / np.linalg.norm(down)
    return 180 - np.degrees(np.arccos(-cosine)), np.degrees(np.arctan2(neck[1], neck[0]))


def test_neck_shaft_angle_and_anteversion_follow() -> None:
    angle, version = _femur_angles(shape())
    steep, _ = _femur_angles(shape(neck_shaft_angle_deg=135))
    _, forward = _femur_angles(shape(femoral_anteversion_deg=26))
    assert steep - angle == pytest.approx(10, abs=1.0)
    assert forward - version == pytest.approx(15, abs=1.0)


@pytest.mark.parametrize("values", [{"sex": "female"}, {"pelvic_width": 1.1}, {"asymmetry_mm": 3}])
def test_socket_moves_rigidly_with_the_head(values: dict[str, Any]) -> None:
    made = shape(**values)
    rim = np.array(HEAD_CENTRE) + 30 * np.eye(3)
    moved = made.pelvis(rim) - made.head_centre()
    assert np.allclose(moved, 30 * np.eye(3), atol=1e-9)
    assert made.head_centre()[1:] == pytest.approx([0, 0])


def test_female_pelvis_has_the_wider_subpubic_angle_and_inlet() -> None:
    male, female = shape(), shape(sex="female")

    def subpubic(made: Shape) -> float:
        ramus = made.pelvis(points(HIP_CHAINS["inferior-ramus"][1][1]))
        a, b = ramus[0], ramus[3]
        return 2 * float(np.degrees(np.arctan2(b[0] - a[0], a[2] - b[2])))

    def inlet(made: Shape) -> float:
        return float(made.pelvis(points("72,8,50,4"))[0, 0])

    assert subpubic(female) - subpubic(male) > 10
    assert inlet(female) > inlet(male) + 1.5


def test_lordosis_is_what_was_asked() -> None:
    def l1_tilt(made: Shape) -> float:
        return next(v.tilt_deg for v in vertebrae(made) if v.name == "L1")

    assert l1_tilt(shape()) - l1_tilt(shape(lordosis_deg=72)) == pytest.approx(10, abs=1)


def test_chest_moves_as_one_with_its_spine() -> None:
    made = shape(lordosis_deg=72, pelvic_tilt_deg=12)
    t1 = made.vertebra(2.0, 512.0, 34.0)
    assert np.allclose(made.chest(np.array([[0.0, 2.0, 512.0]]))[0, 1:], t1[:2])
    assert t1[2] == pytest.approx(34.0)


def test_body_mass_moves_the_skin_not_the_back() -> None:
    thin, stout = (shape(body_mass_kg=m).habitus.outline(OUTLINE) for m in (58, 115))
    trunk = OUTLINE[:, 0] < 530
    assert (stout[:, 1] > thin[:, 1] + 5)[trunk].all()
    assert (stout[:, 1] > thin[:, 1]).all()
    assert (stout[:, 5] > thin[:, 5] * 1.8).all()
    assert ((thin[:, 3] + thin[:, 2]) > OUTLINE[:, 3] + OUTLINE[:, 2] - 0.1).all()


def test_samples_are_reproducible_and_differ() -> None:
    one = [PhantomParameters.sampled(seed) for seed in range(40)]
    assert one == [PhantomParameters.sampled(seed) for seed in range(40)]
    assert len({p.stature_cm for p in one}) > 30
    assert {p.sex for p in one} == {"male", "female"}
    assert PhantomParameters.sampled(3, spacing_mm=2.0).spacing_mm == 2.0
