"""Parameters to phantom, part by part; the last painter wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.steps import Progress, Steps, run_to_end
from synthex_gui.geometry.arrays import Grid, LabelMap, Landmark, Volume
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.numeric.tiles import Threads, default_threads
from synthex_gui.phantom.landmarks import all_landmarks, side_landmarks
from synthex_gui.phantom.paint.canvas import Canvas, ellipsoid
from synthex_gui.phantom.paint.lattice import Lattice
from synthex_gui.phantom.paint.noise import make_noise
from synthex_gui.phantom.skeleton.femur import build_femur, paint_femur
from synthex_gui.phantom.skeleton.hip import build_hip, paint_hip
from synthex_gui.phantom.skeleton.sacrum import build_sacrum, paint_sacrum
from synthex_gui.phantom.skeleton.spine import (
    build_vertebra,
    paint_discs,
    paint_vertebra,
    vertebrae,
)
from synthex_gui.phantom.skeleton.thorax import paint_thorax
from synthex_gui.phantom.tables import hip as tables_hip
from synthex_gui.phantom.tables.labels import ID, TABLE
from synthex_gui.phantom.tables.soft import OUTLINE
from synthex_gui.phantom.tissue.bowel import paint_bowel
from synthex_gui.phantom.tissue.chest import paint_chest
from synthex_gui.phantom.tissue.soft import fill_body, paint_breasts, paint_organs
from synthex_gui.phantom.trunk.parameters import PhantomParameters
from synthex_gui.phantom.trunk.shape import Shape
from synthex_gui.phantom.truth import phantom_truth

_STEPS = 10
_BOTTOM_MM = -200.0
_TOP_MM = {"torso": 600.0, "pelvis": 300.0, "chest": 600.0}
# A chest CT's middle lies between the lungs; what is below the extent is built, since landmarks and
# truth are measured on the bones, and then cut off.
_CUT_MM = {"chest": 200.0}


@dataclass(frozen=True, eq=False)
class Phantom:
    """CT, labels and what is known of them exactly.

    `ct` int16 HU and `labels` uint8 share one LPS grid, in a frame whose origin lies midway between
    the femoral head centres (below the grid of a chest). `landmarks` are the 14 of the hip
    protocol, FH-l, FH-r, GSN-l, ... `truth` is plain JSON data in LPS mm: femoral heads, anterior
    pelvic plane, crests, pedicles, corridors.
    """

    parameters: PhantomParameters
    ct: Volume
    labels: LabelMap
    landmarks: tuple[Landmark, ...]
    truth: dict[str, Any]


def build(parameters: PhantomParameters, threads: int | None = None) -> Steps[Phantom]:
    """Build a phantom; yields (done, total, what comes next) and returns the Phantom.

    The bytes depend on the parameters alone, not on `threads` (default: the processors
    that this process may use).
    """
    shared = Threads(threads or default_threads())
    shape = Shape(parameters)
    h = parameters.spacing_mm / shape.scale
    half, front, back = shape.habitus.room(shape.habitus.outline(OUTLINE))
    lattice = Lattice.covering(h, half, (front, back), (_BOTTOM_MM, _TOP_MM[parameters.extent]))
    yield 0, _STEPS, "noise"
    noise = make_noise(parameters.seed, h, shared)
    canvas = Canvas(lattice, noise, shared)
    yield 1, _STEPS, "skin, fat and muscle"
    fill_body(canvas, shape)
    if shape.habitus.is_female:
        paint_breasts(canvas, shape)
    yield 2, _STEPS, "abdominal organs"
    paint_bowel(canvas, shape, parameters.seed)
    paint_organs(canvas, shape)
    yield 3, _STEPS, "lungs and heart"
    paint_chest(canvas, shape, parameters.seed, parameters.lesions)
    yield 4, _STEPS, "hip bones"
    hip = build_hip(canvas, shape)
    other = Shape(parameters, side=1)
    right_hip = hip if shape.is_symmetric else build_hip(canvas, other)
    yield 5, _STEPS, "spine"
    levels = vertebrae(shape)
    paint_discs(canvas, levels, ID["intervertebral-discs"], shape)
    centre, axes = tables_hip.SYMPHYSIS_DISC
    middle = shape.pelvis(np.array([centre]))[0]
    canvas.paint(ellipsoid(lattice, middle, axes), ID["pubic-symphysis"], core_hu=110.0)
    sacrum, s = build_sacrum(canvas, shape, (hip, right_hip))
    paint_sacrum(canvas, sacrum, s, shape, (ID["upper-sacrum"], ID["lower-sacrum"]))
    below = sacrum
    top = lattice.origin[2] + h * lattice.shape[0]
    for vertebra in levels:
        # What lies above a short extent would be built for nothing.
        if vertebra.centre_yz[1] < top + 30:
            below, cortex, denser = build_vertebra(canvas, vertebra, below)
            label = ID[vertebra.name]
            paint_vertebra(canvas, below, cortex, denser, label, shape, vertebra.is_lumbar)
    yield 6, _STEPS, "pelvis and femora"
    paint_hip(canvas, hip, ID["hemipelvis-left"], shape, mirror=False)
    paint_hip(canvas, right_hip, ID["hemipelvis-right"], other, mirror=True)
    femur = build_femur(canvas, shape)
    paint_femur(canvas, femur, ID["femur-left"], shape, mirror=False)
    paint_femur(canvas, femur, ID["femur-right"], shape, mirror=True)
    yield 7, _STEPS, "ribs and shoulders"
    paint_thorax(canvas, shape)
    yield 8, _STEPS, "landmarks"
    left = side_landmarks(hip, shape)
    right = left if shape.is_symmetric else side_landmarks(right_hip, other)
    landmarks = all_landmarks(left, right, shape.scale)
    truth = phantom_truth((shape, other), (hip, right_hip), sacrum, levels, (left, right))
    yield 9, _STEPS, "labels"
    cut = _CUT_MM.get(parameters.extent, _BOTTOM_MM) - _BOTTOM_MM
    hu, labels, grid = _above(round(cut / h), canvas, lattice.grid(shape.scale))
    present = np.zeros(256, dtype=bool)
    for plane in labels:
        present |= np.bincount(plane.ravel(), minlength=256) > 0
    table = tuple(label for label in TABLE if present[label.id])
    yield _STEPS, _STEPS, "done"
    return Phantom(parameters, Volume(hu, grid), LabelMap(labels, grid, table), landmarks, truth)


def _above(
    first: int, canvas: Canvas, grid: Grid
) -> tuple[NDArray[np.int16], NDArray[np.uint8], Grid]:
    """HU, labels and grid of the planes from `first` on."""
    if not first:
        return canvas.hu, canvas.labels, grid
    matrix = grid.world_from_voxel.copy()
    matrix[:3, 3] = transform_points(matrix, np.array([[0.0, 0.0, first]]))[0]
    planes, rows, columns = grid.shape
    # Copies: a view would keep the whole trunk in memory.
    return (
        canvas.hu[first:].copy(),
        canvas.labels[first:].copy(),
        Grid((planes - first, rows, columns), matrix),
    )


def build_phantom(
    parameters: PhantomParameters,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Phantom:
    """Build a phantom at once; `progress` is called with each (done, total, text)."""
    return run_to_end(build(parameters, threads), progress)
