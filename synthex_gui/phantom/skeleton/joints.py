"""Joint spaces: a bone keeps clear of its neighbour, and stays in one piece."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from synthex_gui.phantom.paint.canvas import clip
from synthex_gui.phantom.paint.kernels import REACH_MM
from synthex_gui.phantom.paint.lattice import Box


def keep_clear(box: Box, other: Box, gap_mm: float, *, mirrored: bool = False) -> Box:
    """The box's bone cut where it comes closer to the other than `gap_mm`.

    `mirrored`: the other bone lies at the mirror image of its box; this box must then be symmetric
    about the midplane.
    """
    near = clip(other, box)
    k, j, i = (a - b for a, b in zip(near.start, box.start))
    nz, ny, nx = near.sdf.shape
    sdf = box.sdf.copy()
    view = sdf[:, :, ::-1] if mirrored else sdf
    part = view[k : k + nz, j : j + ny, i : i + nx]
    np.maximum(part, np.float32(gap_mm) - near.sdf, out=part)
    return box.with_sdf(sdf)


def whole(box: Box) -> Box:
    """The largest connected piece: cutting leaves crumbs."""
    pieces, count = ndimage.label(box.sdf < 0, np.ones((3, 3, 3)))
    if count < 2:
        return box
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    crumbs = (pieces > 0) & (pieces != sizes.argmax())
    near = ndimage.binary_dilation(crumbs) & (pieces != sizes.argmax())
    return box.with_sdf(np.where(near, np.float32(REACH_MM), box.sdf))
