"""The document: one frozen `Scene` holds everything that a project saves and undo restores.

Arrays never enter it: a CT, a label map and a mesh are references, resolved by ``io.assets``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, model_validator

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.device import JOINT_NAMES, BaseSide, Joints
from synthex_gui.scene.beam import Beam, Collimator, Matter, TableTop
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.detector import AntiScatterGrid, Detector, Processing
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.frozen import IDENTITY, Frozen, Pose
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.sources import LandmarkItem, ToolSource, VolumeSource
from synthex_gui.scene.study import Level, tool_of


class Tool(Frozen):
    """A tool or implant in the scene; `name` is unique, `world_from_tool` in LPS mm."""

    # Masks are files with this name in theirs: most file systems take 255 bytes.
    name: str = Field(min_length=1, max_length=100)
    source: ToolSource
    material: str = "Ti6Al4V"
    world_from_tool: Pose = IDENTITY
    color: str = "#4fc3f7"
    visible: bool = True
    priority: int = Field(default=0, ge=-1_000_000, le=1_000_000)


def _joints(value: Any) -> Joints:
    if isinstance(value, Joints):
        value = value.as_dict()
    if not isinstance(value, Mapping) or set(value) != set(JOINT_NAMES):
        raise ValueError(f"joints must be exactly {', '.join(JOINT_NAMES)}")
    for name, number in value.items():
        # true and false are whole numbers to Python.
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(f"{name}: {number!r} is not a number")
    try:
        return Joints().moved(**value)
    except SynthexError as error:
        raise ValueError(str(error)) from None


def _device(value: str) -> str:
    # Here and not where it is used: cameras are made in every view, and the first would raise.
    try:
        return device_by_id(value).id
    except SynthexError as error:
        raise ValueError(str(error)) from None


class CArm(Frozen):
    """The device's pose: joints, or a free camera that no joints are claimed for.

    ValidationError for a device that the product does not have.
    """

    device: Annotated[str, AfterValidator(_device)] = "cios-fusion"
    joints: Annotated[Joints, PlainValidator(_joints), PlainSerializer(Joints.as_dict)] = Joints()
    base_side: BaseSide = "right"
    world_from_device: Pose = IDENTITY
    free_camera: FreeCamera | None = None


class SavedView(Frozen):
    """A view the user kept."""

    name: str = Field(min_length=1, max_length=100)
    carm: CArm


class Scene(Frozen):
    """Everything a project holds; `shown_structures` are outlined in the views.

    ValidationError for two tools, landmarks or views of one name, and for a plan that names a tool
    or view which is not there: `scene.naming` has the edits that keep them together.
    """

    ct: VolumeSource | None = None
    labels: VolumeSource | None = None
    shown_structures: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    landmarks: tuple[LandmarkItem, ...] = ()
    carm: CArm = Field(default_factory=CArm)
    beam: Beam = Field(default_factory=Beam)
    collimator: Collimator = Field(default_factory=Collimator)
    table: TableTop = Field(default_factory=TableTop)
    matter: Matter = Field(default_factory=Matter)
    grid: AntiScatterGrid = Field(default_factory=AntiScatterGrid)
    detector: Detector = Field(default_factory=Detector)
    processing: Processing = Field(default_factory=Processing)
    # What an image of a real detector is compared with; the others are for speed and for methods.
    level: Level = "realistic"
    views: tuple[SavedView, ...] = ()
    plan: SeriesPlan | None = None

    @model_validator(mode="after")
    def _unique(self) -> Scene:
        for what, names in (
            ("tools", [tool.name for tool in self.tools]),
            ("landmarks", [item.name for item in self.landmarks]),
            ("views", [view.name for view in self.views]),
        ):
            if len(set(names)) != len(names):
                doubled = sorted({name for name in names if names.count(name) > 1})
                raise ValueError(f"{what} with the same name: {', '.join(doubled)}")
        return self

    @model_validator(mode="after")
    def _plan_fits(self) -> Scene:
        if self.plan is None:
            return self
        # Else sampling would raise, and no row of the export dialog could clear the factor.
        factors = () if self.plan.study is None else self.plan.study.factors
        varied = [pair[0] for pair in map(tool_of, factors) if pair is not None]
        for what, field, named, there in (
            ("tool", "tools", self.plan.tools, [tool.name for tool in self.tools]),
            ("tool", "study.factors", varied, [tool.name for tool in self.tools]),
            ("view", "view_names", self.plan.view_names, [view.name for view in self.views]),
        ):
            missing = [name for name in named if name not in there]
            if missing:
                raise ValueError(
                    f"the plan names the {what} {', '.join(map(repr, missing))}, which the scene "
                    f"does not have; take it out of plan.{field} or add the {what}"
                )
        return self
