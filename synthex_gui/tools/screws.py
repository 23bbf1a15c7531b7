"""Cannulated bone screw: tip at the origin, +z to the head, rotationally symmetric but the thread
and the hexagonal socket, whose corners lie on x.
"""

from __future__ import annotations

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.parameters import Parameter, ToolError
from synthex_gui.tools.solids import cylinder, hexagon, prism, revolved, to_mesh, union
from synthex_gui.tools.thread import threaded_rod

# Sizes of the common 6.5 mm cannulated screw with 32 mm of thread, measured on mesh models.
CANNULATED_SCREW = (
    Parameter("outer_diameter_mm", "Thread diameter", 6.5, 2.0, 10.0),
    Parameter("core_diameter_mm", "Core diameter", 4.5, 1.2, 8.0),
    Parameter("shank_diameter_mm", "Shank diameter", 4.8, 1.2, 9.0),
    Parameter("pitch_mm", "Pitch", 2.75, 0.5, 6.0, step=0.05),
    Parameter("thread_mm", "Thread length", 32.0, 5.0, 150.0, step=1.0),
    Parameter("length_mm", "Overall length", 100.0, 12.0, 200.0, step=1.0),
    Parameter("cannula_mm", "Guide wire bore", 2.9, 0.0, 4.5),
    Parameter("head_diameter_mm", "Head diameter", 8.0, 3.0, 16.0),
    Parameter("head_height_mm", "Head height", 4.6, 1.0, 8.0),
    Parameter("socket_mm", "Socket across flats", 4.0, 1.0, 8.0),
)


def cannulated_screw(
    outer_diameter_mm: float = 6.5,
    core_diameter_mm: float = 4.5,
    shank_diameter_mm: float = 4.8,
    pitch_mm: float = 2.75,
    thread_mm: float = 32.0,
    length_mm: float = 100.0,
    cannula_mm: float = 2.9,
    head_diameter_mm: float = 8.0,
    head_height_mm: float = 4.6,
    socket_mm: float = 4.0,
) -> Mesh:
    """A partially or fully threaded screw with a bore along its axis (none when it is 0).

    Raises ToolError when bore, core, shank, socket and head do not fit into one another.
    """
    neck = length_mm - head_height_mm
    if thread_mm > neck:
        raise ToolError("the thread must end below the head")
    if not cannula_mm < core_diameter_mm - 0.2:
        raise ToolError("the bore must be thinner than the core")
    if not cannula_mm < shank_diameter_mm - 0.2:
        raise ToolError("the bore must be thinner than the shank")
    if not socket_mm * 2 / 3**0.5 < head_diameter_mm - 0.2:
        raise ToolError("the socket must be narrower than the head")
    if shank_diameter_mm >= head_diameter_mm or core_diameter_mm >= head_diameter_mm:
        raise ToolError("the head must be wider than the shank and the core")
    rod = threaded_rod(
        core_diameter_mm / 2,
        outer_diameter_mm / 2,
        pitch_mm,
        screw_envelope(
            core_diameter_mm / 2, outer_diameter_mm / 2, thread_mm, cannula_mm / 2 + 0.25
        ),
    )
    shank_low = thread_mm - 0.6 * (outer_diameter_mm - core_diameter_mm) / 2
    # It reaches into the head and the thread: solids that only touch do not join.
    parts = [rod, cylinder(shank_low, neck + 0.1, shank_diameter_mm / 2)]
    parts.append(_head(shank_diameter_mm / 2, head_diameter_mm / 2, neck, length_mm))
    solid = union(parts)
    if cannula_mm > 0:
        # Beyond both ends: a cut that stops on a face may leave a skin.
        solid -= cylinder(-1.0, length_mm + 1.0, cannula_mm / 2)
    depth = 0.6 * head_height_mm
    solid -= prism(hexagon(socket_mm), length_mm - depth, length_mm + 1.0)
    return to_mesh(solid)


def screw_envelope(
    core_radius: float, outer_radius: float, thread_mm: float, blunt_radius: float = 0.0
) -> list[tuple[float, float]]:
    """(radius, z) profile that a thread may fill: tapered at the tip, run out at `thread_mm`.

    The tip is at least `blunt_radius` wide, so that a bore leaves a rim.
    """
    blunt = max(0.6 * core_radius, min(blunt_radius, core_radius))
    taper = 1.2 * (outer_radius - blunt)
    run_out = 1.2 * (outer_radius - core_radius)
    return [
        (0.0, 0.0),
        (blunt, 0.0),
        (outer_radius, min(taper, 0.5 * thread_mm)),
        (outer_radius, max(thread_mm - run_out, 0.5 * thread_mm)),
        (core_radius, thread_mm),
        (0.0, thread_mm),
    ]


def _head(shank: float, head: float, low: float, high: float) -> object:
    height = high - low
    return revolved(
        [
            (0.0, low),
            (shank, low),
            (head, low + 0.35 * height),
            (head, high - 0.2 * height),
            (0.88 * head, high - 0.05 * height),
            (0.8 * head, high),
            (0.0, high),
        ]
    )
