"""Where the C-arm would touch the patient or the table: a warning, not a proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arm_body import body_points
from synthex_gui.geometry.arrays import Volume
from synthex_gui.geometry.carm import arm_rotation, isocentre_mm
from synthex_gui.geometry.transforms import Matrix, Vector, transform_points
from synthex_gui.scene.edits import carm_device, move_joints
from synthex_gui.scene.model import CArm

# Above air and the foam of mattresses, below fat.
BODY_HU = -300
CELLS = 96
TABLE_LENGTH_MM, TABLE_WIDTH_MM, TABLE_THICKNESS_MM = 2000.0, 480.0, 40.0
SWEEP_STEPS = 37

Span = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What can be touched: `body` (nz, ny, nx) cells of the patient, `cell_from_world` (4, 4) to
    their indices (x, y, z), and the table's box from `table_low` to `table_high` (3,) world mm.
    """

    body: NDArray[np.bool_]
    cell_from_world: Matrix
    table_low: Vector
    table_high: Vector


def table_top_mm(ct: Volume) -> Vector:
    """(3,) middle of the table's upper face: under the most posterior body voxel of the CT."""
    corners = ct.grid.corners_mm()
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    step = [max(1, size // CELLS) for size in ct.values.shape]
    is_body = ct.values[:: step[0], :: step[1], :: step[2]] > BODY_HU
    back = float(corners[:, 1].max())
    if is_body.any():
        to_y = ct.grid.world_from_voxel[1]
        z, y, x = (np.arange(n) * by for n, by in zip(is_body.shape, step, strict=True))
        plane = to_y[0] * x + to_y[1] * y[:, None] + to_y[2] * z[:, None, None] + to_y[3]
        # Fingers of noise and the scanner's couch lie lowest: the 99.5th percentile is the body.
        back = float(np.percentile(plane[is_body], 99.5)) + 2.0
    return np.array([centre[0], back, centre[2]])


def surroundings_of(ct: Volume) -> Surroundings:
    """The patient in cells of some millimetres, and the table under them."""
    step = np.array([max(1, size // CELLS) for size in ct.values.shape])
    # One voxel stands for its cell: a limb is many cells thick.
    body = ct.values[:: step[0], :: step[1], :: step[2]] > BODY_HU
    cell_from_voxel = np.diag([1 / step[2], 1 / step[1], 1 / step[0], 1.0])
    top = table_top_mm(ct)
    half = np.array([TABLE_WIDTH_MM / 2, 0.0, TABLE_LENGTH_MM / 2])
    return Surroundings(
        body,
        cell_from_voxel @ np.linalg.inv(ct.grid.world_from_voxel),
        top - half,
        top + half + np.array([0.0, TABLE_THICKNESS_MM, 0.0]),
    )


def touched(carm: CArm, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """(part, obstacle) pairs that touch: ``tube``, ``detector`` or ``arc`` and ``patient`` or
    ``table``. A free pose has no arm, so nothing touches.
    """
    if carm.free_camera is not None:
        return ()
    device, joints = carm_device(carm), carm.joints
    world = np.array(carm.world_from_device)
    rotation = world[:3, :3] @ arm_rotation(device, joints)
    iso = isocentre_mm(joints, world)
    found = []
    for part, points in body_points(device, joints, carm.base_side).items():
        at = points @ rotation.T + iso
        if _in_body(at, around):
            found.append((part, "patient"))
        if ((at > around.table_low) & (at < around.table_high)).all(axis=1).any():
            found.append((part, "table"))
    return tuple(found)


def touching_spans(
    carm: CArm, name: str, low: float, high: float, around: Surroundings
) -> list[Span]:
    """The parts of a joint's travel in which something would touch, the other joints as they are.

    Sampled at SWEEP_STEPS places; each counts half a step to both sides.
    """
    if carm.free_camera is not None or high <= low:
        return []
    values = np.linspace(low, high, SWEEP_STEPS)
    half = (values[1] - values[0]) / 2
    spans: list[Span] = []
    for value in values:
        if not touched(move_joints(carm, **{name: float(value)}), around):
            continue
        first, last = max(low, value - half), min(high, value + half)
        if spans and first <= spans[-1][1] + 1e-9:
            spans[-1] = (spans[-1][0], float(last))
        else:
            spans.append((float(first), float(last)))
    return spans


def _in_body(points: NDArray[np.float64], around: Surroundings) -> bool:
    cells = np.rint(transform_points(around.cell_from_world, points)).astype(np.intp)
    size = np.array(around.body.shape[::-1])
    inside = ((cells >= 0) & (cells < size)).all(axis=1)
    x, y, z = cells[inside].T
    return bool(around.body[z, y, x].any())
