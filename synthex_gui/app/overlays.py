"""What is drawn over a radiograph: outlines of structures and tools, landmarks, letters, scale."""

from __future__ import annotations

from dataclasses import dataclass

import contourpy
import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import LabelMap
from synthex_gui.geometry.camera import Camera

LETTERS = (("L", (1, 0, 0)), ("P", (0, 1, 0)), ("H", (0, 0, 1)))
DRAWN_COLUMNS = 400
OPPOSITE = {"L": "R", "P": "A", "H": "F"}


@dataclass(frozen=True, eq=False)
class Outline:
    """Closed lines (n, 2) in image coordinates (column, row) and their colour and name."""

    name: str
    color: str
    lines: tuple[NDArray[np.float64], ...]


def label_colors(labels: LabelMap) -> dict[str, str]:
    """Colour by structure and group name; a group takes its first label's."""
    colors = {label.group: label.color for label in reversed(labels.table) if label.group}
    return colors | {label.name: label.color for label in labels.table}


def outline(name: str, color: str, path_mm: NDArray[np.float32], threshold_mm: float) -> Outline:
    """The border of the mask of what is thicker than the threshold along the ray."""
    # A frame of zeros closes lines that the image's edge would cut open.
    padded = np.zeros((path_mm.shape[0] + 2, path_mm.shape[1] + 2), dtype=np.float32)
    padded[1:-1, 1:-1] = path_mm
    if padded.max() <= threshold_mm:
        return Outline(name, color, ())
    if threshold_mm <= 0:
        # At 0 the line would run through the centres of the empty pixels next to the mask's.
        padded, threshold_mm = (padded > 0).astype(np.float32), 0.5
    generator = contourpy.contour_generator(z=padded)
    # Finer than half a point on any screen is not seen, and drawing it costs more than the image.
    step = max(1, path_mm.shape[1] // DRAWN_COLUMNS)
    lines = []
    for line in generator.lines(threshold_mm):
        points = np.asarray(line, dtype=np.float64) - 1.0
        lines.append(points if len(points) < 16 * step else points[::step])
    return Outline(name, color, tuple(lines))


def orientation_letters(camera: Camera) -> dict[str, str]:
    """Letters for the edge midpoints: ``right``, ``left``, ``top``, ``bottom``.

    A second letter is added when the edge lies well between two patient axes (25 to 65 degrees).
    """
    # Image right and down as world directions, the mirror in K taken into account.
    right = camera.r[0] * np.sign(camera.k[0, 0])
    down = camera.r[1] * np.sign(camera.k[1, 1])
    return {
        "right": _letters(right),
        "left": _letters(-right),
        "bottom": _letters(down),
        "top": _letters(-down),
    }


def _letters(direction: NDArray[np.float64]) -> str:
    parts = []
    for letter, axis in LETTERS:
        along = float(direction @ np.array(axis))
        parts.append((abs(along), letter if along > 0 else OPPOSITE[letter]))
    parts.sort(reverse=True)
    return "".join(letter for along, letter in parts[:2] if along > np.cos(np.radians(65)))


def nice_length_mm(mm_per_point: float, target_points: float = 70.0) -> float:
    """A round length (1, 2, 5 x 10^n mm) that is about `target_points` long on the screen."""
    wanted = mm_per_point * target_points
    power = 10.0 ** np.floor(np.log10(wanted))
    return float(min((1, 2, 5, 10), key=lambda step: abs(step * power - wanted)) * power)
