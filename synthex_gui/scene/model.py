"""The document: one frozen `Scene` holds everything that a project saves and undo restores.

Arrays never enter it: a CT, a label map and a mesh are references, resolved by ``io.assets``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.geometry.device import JOINT_NAMES, BaseSide, Joints
from synthex_gui.scene.beam import Beam, Collimator, Matter, TableTop
from synthex_gui.scene.detector import AntiScatterGrid, Detector, Processing
from synthex_gui.scene.frozen import IDENTITY, Frozen, Pose
from synthex_gui.scene.plan import SeriesPlan

Level = Literal["naive", "heuristic", "realistic"]
LEVELS: tuple[Level, ...] = ("naive", "heuristic", "realistic")
Position = tuple[float, float, float]


class FileSource(Frozen):
    """A file or DICOM folder the user chose; `sha256` is set when the project is saved."""

    kind: Literal["file"] = "file"
    path: str
    sha256: str | None = None
    series_uid: str | None = None


class PhantomSource(Frozen):
    """The built-in phantom with these parameters (see ``synthex_gui.phantom``)."""

    kind: Literal["phantom"] = "phantom"
    parameters: dict[str, float | int | str] = Field(default_factory=dict)


VolumeSource = Annotated[FileSource | PhantomSource, Field(discriminator="kind")]


class MeshFile(Frozen):
    """A tool read from a mesh file; `unit` as the user confirmed it."""

    kind: Literal["mesh"] = "mesh"
    path: str
    sha256: str | None = None
    unit: Literal["mm", "cm", "m"] | None = None


class BuiltInTool(Frozen):
    """A tool generated from parameters (see ``synthex_gui.tools``)."""

    kind: Literal["built-in"] = "built-in"
    tool: str
    parameters: dict[str, Any] = Field(default_factory=dict)


ToolSource = Annotated[MeshFile | BuiltInTool, Field(discriminator="kind")]


class Tool(Frozen):
    """A tool or implant in the scene; `name` is unique, `world_from_tool` in LPS mm."""

    name: str = Field(min_length=1, max_length=100)
    source: ToolSource
    material: str = "Ti6Al4V"
    world_from_tool: Pose = IDENTITY
    color: str = "#4fc3f7"
    visible: bool = True
    priority: int = 0


class LandmarkItem(Frozen):
    """A named point in LPS mm."""

    name: str = Field(min_length=1, max_length=100)
    position: Position

    @classmethod
    def of(cls, landmark: Landmark) -> LandmarkItem:
        """From the plain array type."""
        return cls(name=landmark.name, position=landmark.position)


class CArm(Frozen):
    """The device's pose: joints, or a free camera that no joints are claimed for."""

    device: str = "cios-fusion"
    joints: dict[str, float] = Field(default_factory=lambda: Joints().as_dict())
    base_side: BaseSide = "right"
    world_from_device: Pose = IDENTITY
    free_camera: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _complete(self) -> CArm:
        if set(self.joints) != set(JOINT_NAMES):
            raise ValueError(f"joints must be exactly {', '.join(JOINT_NAMES)}")
        return self

    def joint_values(self) -> Joints:
        """The joints as the geometry package takes them."""
        return Joints(**self.joints)


class SavedView(Frozen):
    """A view the user kept."""

    name: str = Field(min_length=1, max_length=100)
    carm: CArm


class Scene(Frozen):
    """Everything a project holds; `shown_structures` are outlined in the views."""

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
