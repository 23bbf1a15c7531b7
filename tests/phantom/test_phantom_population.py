"""Random adults: every shape must keep the topology that the labels and landmarks need."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthex_gui.phantom import Phantom, PhantomParameters, build_phantom

BONES = (
    "hemipelvis-left",
    "hemipelvis-right",
    "femur-left",
    "femur-right",
    "L5",
    "L3",
    "T12",
    "T6",
)
SACRUM = ("upper-sacrum", "lower-sacrum")
SOFT = {"costal-cartilage", "intervertebral-discs", "pubic-symphysis"}


def faults(phantom: Phantom) -> list[str]:
    """What is wrong with a phantom, in words; empty when nothing is."""
    labels, h = phantom.labels, float(phantom.ct.grid.spacing_mm[0])
    found = []
    masks = {name: np.isin(labels.values, labels.ids_of(name)) for name in BONES}
    masks["sacrum"] = np.isin(labels.values, [labels.ids_of(name)[0] for name in SACRUM])
    for name, mask in masks.items():
        pieces = ndimage.label(mask, np.ones((3, 3, 3)))[1]
        if pieces != 1:
            found.append(f"{name} is in {pieces} pieces")
    last = labels.ids_of("scapula-right")[0]
    late = {"C7", "C6", "C5", "C4", "humerus-left", "humerus-right"}
    bone_ids = [
        row.id
        for row in labels.table
        if (row.id <= last and row.name not in SOFT) or row.name in late
    ]
    bone = np.isin(labels.values, bone_ids)
    air = np.pad(phantom.ct.values < -500, ((0, 0), (1, 1), (1, 1)), constant_values=True)
    pieces = ndimage.label(air)[0]
    outside = (pieces == pieces[air.shape[0] // 2, 0, 0])[:, 1:-1, 1:-1]
    depth = ndimage.distance_transform_edt(~outside)[bone].min() * h
    if depth < 2.9:
        found.append(f"a bone lies {depth:.1f} mm under the skin")
    inverse = np.linalg.inv(labels.grid.world_from_voxel)
    for mark in phantom.landmarks:
        side = "left" if mark.name.endswith("-l") else "right"
        name = f"femur-{side}" if mark.name.startswith("FH") else f"hemipelvis-{side}"
        kji = (inverse @ [*mark.position, 1.0])[:3][::-1]
        low = np.maximum(np.rint(kji).astype(int) - 4, 0)
        part = masks[name][tuple(slice(a, a + 9) for a in low)]
        gaps = np.linalg.norm(np.argwhere(part) + low - kji, axis=1)
        if not gaps.size or gaps.min() > 1.4:
            found.append(f"{mark.name} lies off its bone")
    for name in ("s1-iliosacral", "s2-iliosacral", "superior-ramus"):
        for side in ("left", "right"):
            corridor = phantom.truth["corridors"].get(f"{name}-{side}")
            if corridor is None or corridor["radius_mm"] < 3:
                found.append(f"no {name} corridor at the {side}")
    return found


@pytest.mark.parametrize("seed", [0, 3, 6, 12])
def test_random_adult_is_sound(seed: int) -> None:
    phantom = build_phantom(PhantomParameters.sampled(seed, spacing_mm=3.0), threads=2)
    assert faults(phantom) == []


CORNERS = [
    {"sex": "female", "stature_cm": 148, "body_mass_kg": 40, "pelvic_tilt_deg": -5,
     "lordosis_deg": 45, "pelvic_width": 1.12, "asymmetry_mm": 3},
    {"stature_cm": 195, "body_mass_kg": 66, "pelvic_tilt_deg": 15, "lordosis_deg": 75,
     "pelvic_width": 0.9, "neck_shaft_angle_deg": 140, "femoral_anteversion_deg": 30},
    {"body_mass_kg": 120, "pelvic_tilt_deg": 15, "lordosis_deg": 45, "bone_density": 0.6,
     "neck_shaft_angle_deg": 112, "femoral_anteversion_deg": -5, "asymmetry_mm": 3},
]  # fmt: skip


@pytest.mark.parametrize("values", CORNERS, ids=["light", "tall", "heavy"])
def test_corners_of_the_ranges_are_sound(values: dict[str, float | str]) -> None:
    parameters = PhantomParameters.checked({"spacing_mm": 3.0, **values})
    assert faults(build_phantom(parameters, threads=2)) == []


@pytest.mark.slow
@pytest.mark.parametrize("decade", range(10))
def test_hundred_adults_are_sound(decade: int) -> None:
    for seed in range(10 * decade, 10 * decade + 10):
        phantom = build_phantom(PhantomParameters.sampled(seed, spacing_mm=3.0), threads=2)
        assert faults(phantom) == [], f"seed {seed}"
