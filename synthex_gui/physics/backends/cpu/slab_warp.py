"""Line integrals of one field for one camera, by slab-warp: shear-warp for cone beams.

The volume is cut into slabs across the axis closest to the rays. In a cone beam each slab maps onto
a plane of ray slopes by a scale and a shift, so it is resampled separably with streaming access;
the sum of all slabs goes to the detector by one homography, times each ray's length per slab. That
is Joseph's method (IEEE TMI 1982) reorganised in the manner of Lacroute and Levoy's shear-warp
(SIGGRAPH 1994).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.tiles import Threads, bands
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.backends.cpu.field import CpuField
from synthex_gui.physics.backends.cpu.march import march_rows
from synthex_gui.physics.backends.cpu.slab_kernels import sum_tile
from synthex_gui.physics.backends.cpu.slab_plan import Pass, View, plan_passes, view_of
from synthex_gui.physics.backends.cpu.warp import ANY, share_rows, warp_rows

# Detector rows that a thread takes at a time.
BAND_ROWS = 32
_NOBODY = np.zeros((1, 1), np.uint8)

Area = tuple[int, int, int, int]


def project_field(field: CpuField, camera: Camera, quality: Quality, threads: Threads) -> Image:
    """(height, width) float32 line integrals of a field, from the source to infinity."""
    out = np.zeros((camera.height, camera.width), np.float32)
    if field.is_empty:
        return out
    view = view_of(field, camera)
    areas: list[Area] = [
        (view.area[0] + first, view.area[0] + last, view.area[2], view.area[3])
        for first, last in bands(view.area[1] - view.area[0], BAND_ROWS)
    ]
    if not areas:
        return out
    passes = plan_passes(field, view, quality)
    owners = _NOBODY
    if any(step.owner != ANY for step in passes):
        owners = np.empty(out.shape, np.uint8)
        threads.each(lambda area: share_rows(view.directions, area, owners), areas)
    for step in passes:
        if step.tiles:
            _warp(field, view, step, owners, areas, threads, out)
        else:
            _march(field, view, step, owners, areas, threads, out)
    return out


def _warp(
    field: CpuField,
    view: View,
    step: Pass,
    owners: NDArray[np.uint8],
    areas: list[Area],
    threads: Threads,
    out: Image,
) -> None:
    slabs = field.slabs(step.order[2], step.thickness)
    plane = np.zeros(step.shape, np.float32)
    source = view.source[list(step.order)]
    threads.each(
        lambda tile: sum_tile(
            slabs.data,
            slabs.spans,
            slabs.rows,
            slabs.columns,
            slabs.thickness,
            step.weights,
            step.nodes,
            source,
            step.lattice,
            tile,
            plane,
        ),
        step.tiles,
    )
    factor = slabs.scale * slabs.thickness
    threads.each(
        lambda area: warp_rows(
            plane,
            step.lattice,
            view.directions,
            step.order,
            step.side,
            owners,
            step.owner,
            area,
            factor,
            out,
        ),
        areas,
    )


def _march(
    field: CpuField,
    view: View,
    step: Pass,
    owners: NDArray[np.uint8],
    areas: list[Area],
    threads: Threads,
    out: Image,
) -> None:
    threads.each(
        lambda area: march_rows(
            field.stored, view.source, view.directions, owners, step.owner, area, field.scale, out
        ),
        areas,
    )
