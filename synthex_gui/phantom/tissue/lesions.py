"""Lung lesions of a viral pneumonia: ground-glass foci, some with a consolidated core."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom.paint.canvas import Canvas
from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.tables.labels import ID

_PLEURA_MM = (3.0, 20.0)  # depth under the pleura where foci start
_HALO_MM = (5.0, 2.5, 0.0)  # shells outwards, so that a focus fades into the lung
_GLASS_HU = (-650.0, -450.0)
_CONSOLIDATED_HU = (-100.0, 40.0)
_CORE_MM = 4.0  # of ground glass around a core
_CORE_SHARE = 0.6
_VEILED = [ID[name] for name in ("lung-left", "lung-right", "lung-vessels", "ground-glass")]


def paint_lesions(canvas: Canvas, lungs: Box, count: int, seed: int) -> None:
    """Paint `count` foci into the lungs, mostly low, at the back and under the pleura.

    Ground glass brightens and so leaves the vessels in sight; a focus' labels take in what it
    veils. CT numbers: ground glass -650 to -450, consolidation -100 to 40 HU (the common reading
    of chest CT: haze that spares the vessels, density that hides them).
    """
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(5,))))
    for centre in _centres(lungs, count, rng):
        balls = _focus(centre, rng)
        glass, dense = rng.uniform(*_GLASS_HU), rng.uniform(*_CONSOLIDATED_HU)
        has_core = rng.random() < _CORE_SHARE
        box = canvas.stamp(canvas.lattice.box_around(balls, 8.0), balls, reach=8.0)
        box = canvas.roughen(canvas.roughen(box, 1.0), 3.0, canvas.noise.septa)
        inside = _within(box, lungs)
        for n, halo in enumerate(_HALO_MM):
            shell = box.with_sdf(np.maximum(box.sdf - np.float32(halo), inside))
            hu = glass - 80.0 * (len(_HALO_MM) - 1 - n)
            canvas.paint(
                shell, -1, core_hu=hu, texture_hu=55.0, noise=canvas.noise.trabecular, mode=1
            )
        _label(canvas, box.with_sdf(np.maximum(box.sdf, inside)), "ground-glass")
        if has_core:
            core = box.with_sdf(np.maximum(box.sdf + np.float32(_CORE_MM), inside))
            canvas.paint(core, -1, core_hu=dense, texture_hu=25.0, mode=1)
            _label(canvas, core, "consolidation")


def _centres(lungs: Box, count: int, rng: np.random.Generator) -> Points:
    """(count, 3) starting points in mm."""
    x, y, z = lungs.axes
    shell = (lungs.sdf < -_PLEURA_MM[0]) & (lungs.sdf > -_PLEURA_MM[1])
    where = np.argwhere(shell & (np.abs(x) > 58))
    k, j, _ = where.T
    up = (z[k, 0, 0] - z.min()) / np.ptp(z)
    back = (y[0, j, 0] - y.min()) / np.ptp(y)
    # The lower zones, but not the recess, which the diaphragm hides in a radiograph.
    weight = np.exp(-(((up - 0.4) / 0.17) ** 2)) * (0.1 + back**2)
    chosen = where[rng.choice(len(where), size=count, p=weight / weight.sum())]
    result: Points = np.array(lungs.corner) + lungs.lattice.spacing * chosen[:, ::-1]
    return result


def _focus(centre: Points, rng: np.random.Generator) -> Points:
    """Overlapping balls (n, 4) about a centre."""
    n = int(rng.integers(5, 10))
    size = rng.uniform(0.8, 1.6)
    offsets = rng.normal(0, 9.0 * size, (n, 3)) * np.array([0.8, 1.0, 1.1])
    result: Points = np.column_stack([centre + offsets, rng.uniform(6, 13, n) * size])
    return result


def _within(box: Box, lungs: Box) -> NDArray[np.float32]:
    """The lungs' distance over another box's voxels; 8 mm outside their own box."""
    result = np.full(box.sdf.shape, 8.0, dtype=np.float32)
    cuts = []
    for axis in range(3):
        a, b = box.start[axis], lungs.start[axis]
        lo, hi = max(a, b), min(a + box.sdf.shape[axis], b + lungs.sdf.shape[axis])
        cuts.append((slice(lo - a, hi - a), slice(lo - b, hi - b)))
    result[tuple(own for own, _ in cuts)] = lungs.sdf[tuple(other for _, other in cuts)]
    return result


def _label(canvas: Canvas, box: Box, name: str) -> None:
    k, j, i = box.start
    nz, ny, nx = box.sdf.shape
    part = canvas.labels[k : k + nz, j : j + ny, i : i + nx]
    # The heart and great vessels are painted into the lungs' shape: they stay what they are.
    part[(box.sdf < 0) & np.isin(part, _VEILED)] = ID[name]
