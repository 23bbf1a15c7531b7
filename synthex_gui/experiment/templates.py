"""SyntheX's three studies as published, and the hip as hospital films show it.

Figures: Gao et al. 2023, arXiv:2206.06127, section 5, and its public training code. What they leave
open is our choice and stands beside the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from synthex_gui.geometry.transforms import rigid, rotation_from_to
from synthex_gui.scene.distributions import (
    Distribution,
    Fixed,
    Listed,
    Normal,
    TruncatedNormal,
    Uniform,
)
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.scene.study import SHEAR_AXES, Anchor
from synthex_gui.tools.catalogue import CATALOGUE

HIP_STRUCTURES = (
    "hemipelvis-left",
    "hemipelvis-right",
    "vertebrae",
    "upper-sacrum",
    "femur-left",
    "femur-right",
)
HIP_LANDMARKS = tuple(
    f"{name}-{side}"
    for name in ("FH", "GSN", "IOF", "MOF", "SPS", "IPS", "ASIS")
    for side in ("l", "r")
)
FEMORAL_HEADS = ("FH-l", "FH-r")
TOOL = "continuum-manipulator"


@dataclass(frozen=True)
class Template:
    """A study without its people: what a plan is made of, and what each person must have."""

    id: str
    title: str
    count: int
    size: int
    factors: Mapping[str, Distribution]
    anchors: tuple[Anchor, ...]
    structures: tuple[str, ...] = ()
    landmarks: tuple[str, ...] = ()
    border_px: int = 0
    device: str = "cios-fusion"
    tools: Callable[[], tuple[Tool, ...]] = tuple
    phantom: Mapping[str, float | int | str] = field(default_factory=dict)


def _about(half: float) -> Uniform:
    return Uniform(low=-half, high=half)


def _turned(half_deg: float) -> dict[str, Distribution]:
    return {f"patient.r{axis}_deg": _about(half_deg) for axis in "xyz"}


def _moved(x_mm: float, y_mm: float, z_mm: float) -> dict[str, Distribution]:
    """Left and right, anterior and posterior, superior and inferior."""
    return {f"patient.{axis}_mm": _about(half) for axis, half in zip("xyz", (x_mm, y_mm, z_mm))}


def _manipulator() -> tuple[Tool, ...]:
    # Published: its base; how it lies is open. Ours: out of the patient's left side, as a drilled
    # hip has it.
    kind = CATALOGUE[TOOL]
    pose = as_pose(rigid(rotation_from_to([0, 0, 1], [1, 0, 0]), [0, 0, 0]))
    source = BuiltInTool(tool=TOOL)
    return (Tool(name=TOOL, source=source, material=kind.material, world_from_tool=pose),)


# The notches close at 7.9 degrees, 3.2 standard deviations out.
_BENDS: dict[str, Distribution] = {
    f"tool.{TOOL}.{item.name}": TruncatedNormal(sigma=2.5, low=item.low, high=item.high)
    for item in CATALOGUE[TOOL].parameters
    if item.name.startswith("bend_")
}
_HEADS = Anchor(kind="midpoint", names=FEMORAL_HEADS)
# Where a CT has no such landmarks: between the hip bones.
_PELVIS = Anchor(kind="structure", names=("hemipelvis-left", "hemipelvis-right"))
_CT = Anchor(kind="ct")

TEMPLATES: Mapping[str, Template] = {
    item.id: item
    for item in (
        Template(
            "hip",
            "Hip image analysis",
            # 18,000 training and 2,000 validation images.
            20_000,
            360,
            # About R = Rz Ry Rx at the midpoint of the femoral heads, 816 mm from the source: ours.
            {
                **_turned(45.0),
                **_moved(50.0, 100.0, 20.0),
                "source_isocentre_mm": Fixed(value=816.0),
            },
            (_HEADS, _PELVIS),
            HIP_STRUCTURES,
            HIP_LANDMARKS,
            border_px=48,
            phantom={"extent": "pelvis"},
        ),
        Template(
            "hip-radiography",
            "Hip, as hospital films are",
            20_000,
            384,
            # All ours: a film's field is 430 mm at 1150 mm, the pelvis lies within 15 degrees of
            # AP on a table or stands before a wall stand, the tube in front or behind.
            {
                "view.primary_deg": Listed(values=(0.0, 180.0)),
                "patient.rx_deg": _about(10.0),
                "patient.ry_deg": _about(5.0),
                "patient.rz_deg": _about(10.0),
                **_moved(20.0, 20.0, 30.0),
                "source_isocentre_mm": Uniform(low=950.0, high=1020.0),
            },
            (_PELVIS, _HEADS),
            HIP_STRUCTURES,
            HIP_LANDMARKS,
            device="radiography-room",
            phantom={"extent": "pelvis"},
        ),
        Template(
            "tool",
            "Robotic surgical tool detection",
            # 28,000 training and 2,800 validation images.
            30_800,
            384,
            {
                "view.primary_deg": _about(30.0),
                "view.secondary_deg": _about(10.0),
                "source_isocentre_mm": Uniform(low=600.0, high=900.0),
                "tool.x_mm": Normal(sigma=10.0),
                "tool.y_mm": Normal(sigma=10.0),
                **_BENDS,
            },
            (Anchor(kind="landmark", names=("FH-l",)), _PELVIS, _CT),
            tools=_manipulator,
            phantom={"extent": "pelvis"},
        ),
        Template(
            "covid",
            "COVID-19 lung-lesion segmentation",
            # 18,000 training and 1,800 validation images.
            19_800,
            224,
            {
                **_turned(5.0),
                "source_isocentre_mm": Uniform(low=350.0, high=650.0),
                "shear_deg": _about(30.0),
                # Not published: one of the six pairs of axes.
                "shear_axis": Listed(values=SHEAR_AXES),
            },
            (_CT,),
            ("lung-lesions",),
            # As a chest CT is: the middle of a whole trunk is the abdomen, with no lesion in it.
            phantom={"extent": "chest", "lesions": 12},
        ),
    )
}
