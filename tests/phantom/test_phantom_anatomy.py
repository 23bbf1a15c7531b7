"""What must be true of the default phantom's voxels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from synthex_gui.phantom import Phantom

HIP_ORDER = ["hemipelvis-left", "hemipelvis-right", "upper-sacrum", "femur-left", "femur-right"]
BONES = [*HIP_ORDER, "lower-sacrum", "vertebrae"]
WATER_PER_MM = 0.0206


def mask(phantom: Phantom, name: str) -> np.ndarray:
    return np.isin(phantom.labels.values, phantom.labels.ids_of(name))


def test_table_has_the_hip_structures_first(coarse: Phantom) -> None:
    table = coarse.labels.table
    assert [label.name for label in table[:5]] == HIP_ORDER
    levels = [label.name for label in table if label.group == "vertebrae"]
    counts = (("L", 5, 0), ("T", 12, 0), ("C", 7, 3))
    assert levels == [f"{part}{n}" for part, top, end in counts for n in range(top, end, -1)]
    # New structures go to the end: ids are part of saved projects and exported series.
    ids = {label.name: label.id for label in table}
    assert [ids[name] for name in ("rib-left-1", "sternum", "lung-left", "bowel-gas")] == [
        24,
        48,
        56,
        72,
    ]
    assert len({label.id for label in table}) == len(table)
    assert len([label for label in table if label.group == "ribs"]) == 24
    assert all(mask(coarse, label.name).any() for label in table)


def test_arrays_and_grid(coarse: Phantom) -> None:
    assert coarse.ct.values.dtype == np.int16
    assert coarse.labels.values.dtype == np.uint8
    assert coarse.ct.values.flags.c_contiguous
    np.testing.assert_array_equal(coarse.ct.grid.corners_mm(), coarse.labels.grid.corners_mm())
    assert np.allclose(coarse.ct.grid.spacing_mm, 3.0)
    assert abs(coarse.ct.grid.centre_mm[0]) < 1e-9
    assert coarse.ct.values.min() >= -1100
    assert 900 < coarse.ct.values.max() < 1700


@pytest.mark.parametrize("bone", ["hemipelvis", "femur"])
def test_paired_hip_bones_are_mirror_images(pelvis: Phantom, bone: str) -> None:
    left, right = mask(pelvis, f"{bone}-left"), mask(pelvis, f"{bone}-right")
    assert left.sum() > 50_000
    assert np.array_equal(left, right[:, :, ::-1])


def test_paired_chest_bones_are_mirror_images(coarse: Phantom) -> None:
    for name in ("rib-{}-1", "rib-{}-7", "rib-{}-12", "clavicle-{}", "scapula-{}", "humerus-{}"):
        left, right = mask(coarse, name.format("left")), mask(coarse, name.format("right"))
        assert left.any()
        assert np.array_equal(left, right[:, :, ::-1]), name


@pytest.mark.parametrize("side", ["left", "right"])
def test_obturator_foramen_is_open_in_the_coronal_shadow(pelvis: Phantom, side: str) -> None:
    shadow = mask(pelvis, f"hemipelvis-{side}").any(axis=1)
    pieces, count = ndimage.label(~shadow)
    edge = np.unique(np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]]))
    holes = [n for n in range(1, count + 1) if n not in edge]
    largest = max(holes, key=lambda n: (pieces == n).sum())
    z, x = np.nonzero(pieces == largest)
    assert 29 <= np.ptp(x) + 1 <= 37
    assert 43 <= np.ptp(z) + 1 <= 53


@pytest.mark.parametrize("name", HIP_ORDER)
def test_bones_are_in_one_piece(pelvis: Phantom, name: str) -> None:
    _, count = ndimage.label(mask(pelvis, name), np.ones((3, 3, 3)))
    assert count == 1


def test_hip_joint_and_sacroiliac_joint_are_open(pelvis: Phantom) -> None:
    hip = ndimage.binary_dilation(mask(pelvis, "hemipelvis-left"))
    for other in ("femur-left", "upper-sacrum", "hemipelvis-right"):
        assert not (hip & mask(pelvis, other)).any(), other


def test_head_is_a_ball_in_a_socket(pelvis: Phantom) -> None:
    k, j, i = np.nonzero(mask(pelvis, "femur-left"))
    index = np.stack([i, j, k, np.ones_like(i)])
    points = (pelvis.ct.grid.world_from_voxel @ index)[:3].T - [83, 0, 0]
    inner = points[(points[:, 0] < -5) & (points[:, 2] > 0)]
    assert np.linalg.norm(inner, axis=1).max() == pytest.approx(24.0, abs=0.8)
    hip = np.stack(np.nonzero(mask(pelvis, "hemipelvis-left"))[::-1])
    world = (pelvis.ct.grid.world_from_voxel @ np.vstack([hip, np.ones(hip.shape[1])]))[:3].T
    nearest = np.linalg.norm(world - [83, 0, 0], axis=1).min()
    assert nearest == pytest.approx(27.5, abs=0.8)


def test_bone_is_dense_outside_and_spongy_inside(pelvis: Phantom) -> None:
    where = ndimage.find_objects(mask(pelvis, "hemipelvis-left").astype(np.int8))[0]
    hip = mask(pelvis, "hemipelvis-left")[where]
    depth = ndimage.distance_transform_edt(np.pad(hip, 1))[1:-1, 1:-1, 1:-1]
    values = pelvis.ct.values[where]
    assert np.median(values[hip & (depth > 1.5) & (depth < 2.1)]) > 500
    assert 120 < np.median(values[hip & (depth > 5)]) < 300


def test_lungs_and_soft_tissue_have_their_numbers(coarse: Phantom) -> None:
    values = coarse.ct.values
    for name, low, high in (
        ("lung-left", -900, -800), ("liver", 50, 66), ("heart", 35, 50), ("bladder", 0, 12),
    ):  # fmt: skip
        inside = ndimage.binary_erosion(mask(coarse, name))
        assert low < np.median(values[inside]) < high, name


def line_integrals(phantom: Phantom, direction: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Integrals over 40 x 40 rays: 298 mm field, isocentre (0, 0, 70), distances 530 and 1020."""
    attenuation = np.maximum(0, WATER_PER_MM * (1 + phantom.ct.values / 1000.0)).astype(np.float32)
    isocentre = np.array([0.0, 0.0, 70.0])
    source = isocentre - 530 * direction
    offsets = (np.arange(40) - 19.5) * 298 / 40
    u, v = np.meshgrid(offsets, offsets)
    down = np.array([0.0, 0.0, -1.0])
    targets = source + 1020 * direction + u[..., None] * right + v[..., None] * down
    rays = targets - source
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    t = np.arange(250.0, 900.0, 1.0)
    points = source + rays[:, :, None, :] * t[:, None]
    inverse = np.linalg.inv(phantom.ct.grid.world_from_voxel)
    index = points @ inverse[:3, :3].T + inverse[:3, 3]
    samples = ndimage.map_coordinates(attenuation, np.moveaxis(index, -1, 0)[::-1], order=1)
    return samples.sum(axis=-1)


@pytest.mark.parametrize(
    ("direction", "right", "expected"),
    [
        ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (4.46, 4.93, 5.33)),
        ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (5.87, 7.10, 8.12)),
    ],
    ids=["ap", "lateral"],
)
def test_line_integrals_match_the_design(
    pelvis: Phantom, direction: tuple[float, ...], right: tuple[float, ...],
    expected: tuple[float, ...],
) -> None:  # fmt: skip
    integrals = line_integrals(pelvis, np.array(direction), np.array(right))
    assert np.percentile(integrals, [5, 50, 95]) == pytest.approx(expected, rel=0.03)
