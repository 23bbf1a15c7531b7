"""Planes, pedicles and corridors agree with the voxels."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthex_gui.phantom import Phantom, PhantomParameters, build_phantom


def share_inside(
    phantom: Phantom, ids: list[int], axis: tuple[list[float], ...], r: float
) -> float:
    """The part of a cylinder's wall that lies in some labels."""
    start, end = (np.array(point) for point in axis)
    way = (end - start) / np.linalg.norm(end - start)
    across = np.cross(way, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    up = np.cross(way, across)
    t = np.linspace(0, np.linalg.norm(end - start), 60)
    a = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = r * (np.cos(a)[:, None] * across + np.sin(a)[:, None] * up)
    wall = (start + t[:, None] * way)[:, None] + ring
    inverse = np.linalg.inv(phantom.labels.grid.world_from_voxel)
    index = np.rint(wall @ inverse[:3, :3].T + inverse[:3, 3]).astype(int)
    found = phantom.labels.values[index[..., 2], index[..., 1], index[..., 0]]
    return float(np.isin(found, ids).mean())


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["s1-iliosacral", "s2-iliosacral", "superior-ramus"])
def test_corridors_lie_in_bone(pelvis: Phantom, name: str, side: str) -> None:
    corridor = pelvis.truth["corridors"][f"{name}-{side}"]
    assert 3 < corridor["radius_mm"] < 14
    names = [f"hemipelvis-{side}"] + (["upper-sacrum"] if "sacral" in name else [])
    ids = [pelvis.labels.ids_of(n)[0] for n in names]
    axis = corridor["entry_mm"], corridor["target_mm"]
    # The sacro-iliac gap, 2-4 mm of some 60, is no bone.
    floor = 0.9 if "sacral" in name else 0.985
    assert share_inside(pelvis, ids, axis, corridor["radius_mm"] - 0.7) > floor
    assert share_inside(pelvis, ids, axis, corridor["radius_mm"] + 6) < floor


@pytest.mark.parametrize("level", ["L5", "L4", "L3", "L2", "L1"])
def test_pedicles_lie_in_their_vertebra(pelvis: Phantom, level: str) -> None:
    ids = list(pelvis.labels.ids_of(level))
    for pedicle in pelvis.truth["pedicles"][level].values():
        axis = pedicle["entry_mm"], pedicle["target_mm"]
        assert share_inside(pelvis, ids, axis, 0.6 * pedicle["radius_mm"]) > 0.9


def test_truth_is_plain_json_in_world_mm(coarse: Phantom) -> None:
    assert json.loads(json.dumps(coarse.truth)) == coarse.truth
    heads = coarse.truth["femoral_heads"]
    assert heads["left"]["centre_mm"] == [83.0, 0.0, 0.0]
    assert heads["left"]["radius_mm"] == 24.0
    for side, sign in (("left", 1), ("right", -1)):
        crest = coarse.truth["iliac_crests"][side]
        assert crest[0] * sign > 60
        assert 140 < crest[2] < 156


def test_anterior_pelvic_plane_follows_the_tilt() -> None:
    def tilt(degrees: float) -> float:
        parameters = PhantomParameters(spacing_mm=3.0, extent="pelvis", pelvic_tilt_deg=degrees)
        plane = build_phantom(parameters).truth["anterior_pelvic_plane"]
        assert plane["normal"][1] < 0
        return float(plane["tilt_deg"])

    default, more = tilt(5), tilt(13)
    assert default == pytest.approx(5, abs=2.0)
    assert more - default == pytest.approx(8, abs=1.5)


def test_stature_scales_everything() -> None:
    parameters = PhantomParameters(
        spacing_mm=3.0, extent="pelvis", stature_cm=158.4, body_mass_kg=63.18
    )
    phantom = build_phantom(parameters)
    assert np.allclose(phantom.ct.grid.spacing_mm, 3.0)
    marks = {mark.name: mark.position for mark in phantom.landmarks}
    assert marks["FH-l"] == pytest.approx((74.7, 0, 0))
    assert phantom.truth["femoral_heads"]["left"]["radius_mm"] == pytest.approx(21.6)
