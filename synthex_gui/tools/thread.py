"""A real helical thread: right-handed, trapezoidal, cut to an envelope."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthex_gui.tools.parameters import ToolError
from synthex_gui.tools.solids import SEGMENTS, closed_solid, revolved

# Shares of the pitch: root flat, flank, crest flat, flank. Bone screws have wide roots.
ROOT_SHARE, FLANK_SHARE, CREST_SHARE = 0.45, 0.225, 0.10


def threaded_rod(
    core_radius: float,
    outer_radius: float,
    pitch: float,
    envelope: list[tuple[float, float]],
) -> Any:
    """Core and thread along z inside a revolved envelope, a profile of (radius, z) corners.

    The thread climbs `pitch` a turn and never leaves the envelope, which so makes the taper at
    the tip and the run-out at the shank. Raises ToolError when the core is not thinner.
    """
    if core_radius >= outer_radius - 0.05:
        raise ToolError("the core must be thinner than the thread's outer diameter")
    heights = [z for _, z in envelope]
    turns = int(np.ceil((max(heights) - min(heights)) / pitch)) + 3
    shares = np.cumsum([0.0, ROOT_SHARE, FLANK_SHARE, CREST_SHARE])
    radii = np.array([core_radius, core_radius, outer_radius, outer_radius])
    corners = len(shares)
    rows = turns * corners + 1
    along = np.append((np.arange(turns)[:, None] + shares).ravel(), turns) * pitch
    radius = np.append(np.tile(radii, turns), core_radius)
    angle = 2 * np.pi * np.arange(SEGMENTS) / SEGMENTS
    z = min(heights) - 2 * pitch + along[None, :] + pitch * angle[:, None] / (2 * np.pi)
    points = np.stack(
        [
            np.cos(angle)[:, None] * radius,
            np.sin(angle)[:, None] * radius,
            z,
        ],
        axis=-1,
    ).reshape(-1, 3)
    rod = closed_solid(*_closed(points, z, rows, corners))
    return rod ^ revolved(envelope)


def _closed(points: Any, z: Any, rows: int, corners: int) -> tuple[Any, Any]:
    """Points and triangles of the helical strip, closed at both ends by fans from the axis.

    After a turn a column meets the first one, one pitch (`corners` rows) further up.
    """
    index = np.arange(SEGMENTS * rows).reshape(SEGMENTS, rows)
    left = index[:-1]
    right = index[1:]
    quads = [_quads(left, right), _quads(index[-1:, : rows - corners], index[:1, corners:])]
    bottom, top = len(points), len(points) + 1
    # Once round the lower rim and back down the step that a turn makes; likewise above.
    lower = np.concatenate([index[:, 0], index[0, corners:0:-1]])
    upper = np.concatenate([index[:, -1], index[-1, rows - 2 : rows - 2 - corners : -1]])
    fans = [
        np.stack([np.full(len(lower), bottom), np.roll(lower, -1), lower], axis=1),
        np.stack([np.full(len(upper), top), upper, np.roll(upper, -1)], axis=1),
    ]
    middle_low = [0.0, 0.0, float(z[:, 0].mean())]
    middle_high = [0.0, 0.0, float(z[:, -1].mean())]
    everything = np.concatenate([points, [middle_low, middle_high]])
    return everything, np.concatenate(quads + fans)


def _quads(left: Any, right: Any) -> Any:
    a, b = left[:, :-1].ravel(), right[:, :-1].ravel()
    c, d = right[:, 1:].ravel(), left[:, 1:].ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
