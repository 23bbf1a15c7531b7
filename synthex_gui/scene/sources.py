"""What a scene refers to: files, phantoms, tools that are built; and landmarks, which it holds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf, Millimetres

Position = tuple[Millimetres, Millimetres, Millimetres]


class FileSource(Frozen):
    """A file or DICOM folder the user chose; `sha256` is set when the project is saved.

    What the user has said of a CT: `is_incomplete_accepted`, files of its series that cannot be
    read are left out; HU = (what the file says) * `hu_slope` + `hu_offset`. Of a label map without
    names: `label_scheme`, the numbering that its ids follow.
    """

    kind: Literal["file"] = "file"
    # Text, not a Path: the same project opens on every system, relative and with slashes in its
    # file, absolute in the program.
    path: str
    sha256: str | None = None
    series_uid: str | None = None
    is_incomplete_accepted: bool = False
    hu_slope: float = Field(default=1.0, ge=-10_000.0, le=10_000.0)
    hu_offset: float = Field(default=0.0, ge=-100_000.0, le=100_000.0)
    label_scheme: str | None = Field(default=None, max_length=100)


class PhantomSource(Frozen):
    """The built-in phantom with these parameters (see ``synthex_gui.phantom``)."""

    kind: Literal["phantom"] = "phantom"
    parameters: MapOf[str, float | int | str] = FrozenMap()


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
    parameters: MapOf[str, float | int] = FrozenMap()


ToolSource = Annotated[MeshFile | BuiltInTool, Field(discriminator="kind")]


class LandmarkItem(Frozen):
    """A named point in LPS mm."""

    name: str = Field(min_length=1, max_length=100)
    position: Position

    @classmethod
    def of(cls, landmark: Landmark) -> LandmarkItem:
        """From the plain array type."""
        return cls(name=landmark.name, position=landmark.position)
