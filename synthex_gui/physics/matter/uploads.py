"""What a scene's arrays become in a backend: fields by level, structures, tools, each made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Volume
from synthex_gui.physics.backends.base import Field, PlacedMesh
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.matter.hu import heuristic_field, naive_field
from synthex_gui.physics.matter.labels import mask_field
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.study import Level

# The one field of a level that knows attenuation only; see `fields` for the realistic level.
MONO_FIELDS: Mapping[Level, tuple[str, Callable[[Volume], Field]]] = {
    "naive": ("ct:mu-naive", naive_field),
    "heuristic": ("ct:mu-heuristic", heuristic_field),
}


class StructureError(SynthexError):
    """A structure that the labels lack."""


class Uploads:
    """A scene's arrays in a backend. What is no longer used is released, the rest uploads when it
    is first asked for.
    """

    def __init__(self, backend: Backend, threads: int) -> None:
        self._backend, self._threads = backend, threads
        self._keys: set[str] = set()
        self.assets = SceneAssets()

    def set_assets(self, assets: SceneAssets) -> None:
        """Take a scene's arrays."""
        before, self.assets = self.assets, assets
        for key in [key for key in self._keys if self._is_stale(key, before)]:
            self._release(key)

    def fields(self, scene: Scene) -> tuple[str, ...]:
        """The keys of the fields that the level needs; none without a CT."""
        ct = self.assets.ct
        if ct is None:
            return ()
        if scene.level != "realistic":
            key, make = MONO_FIELDS[scene.level]
            if key not in self._keys:
                self._upload(key, make(ct))
            return (key,)
        plan = fields_of(scene.matter)
        kept = {key for key, _ in MONO_FIELDS.values()} | set(plan.keys)
        # Another matter's fields are as large as the CT: they go before the new ones come.
        for key in [key for key in self._keys if key.startswith("ct") and key not in kept]:
            self._release(key)
        if not self._keys.issuperset(plan.keys):
            made = plan.make(ct, self.assets.labels, self._threads)
            for key, density in zip(plan.keys, made, strict=True):
                self._upload(key, density)
        return plan.keys

    def label(self, name: str) -> str:
        """The key of a structure's mask; StructureError when the labels lack it."""
        key = f"label:{name}"
        if key not in self._keys:
            labels = self.assets.labels
            if labels is None or not labels.ids_of(name):
                raise StructureError(f"the labels have no structure called {name!r}")
            self._upload(key, mask_field(labels, name))
        return key

    def tools(self, scene: Scene) -> tuple[Tool, ...]:
        """The visible tools whose meshes are there and closed: what an image shows."""
        meshes = self.assets.meshes
        return tuple(
            tool
            for tool in scene.tools
            if tool.visible and tool.name in meshes and meshes[tool.name].is_closed
        )

    def placed(self, tools: Sequence[Tool]) -> tuple[PlacedMesh, ...]:
        """The tools' meshes as a request places them."""
        return tuple(
            PlacedMesh(self._mesh(tool.name), np.array(tool.world_from_tool), tool.priority)
            for tool in tools
        )

    def _mesh(self, name: str) -> str:
        key = f"mesh:{name}"
        if key not in self._keys:
            self._backend.upload_mesh(key, self.assets.meshes[name])
            self._keys.add(key)
        return key

    def _is_stale(self, key: str, before: SceneAssets) -> bool:
        now = self.assets
        if key.startswith("mesh:"):
            return now.meshes.get(key[5:]) is not before.meshes.get(key[5:])
        has_labels = key.startswith(("ct+labels:", "label:"))
        return (key.startswith("ct") and now.ct is not before.ct) or (
            has_labels and now.labels is not before.labels
        )

    def _upload(self, key: str, field: Field) -> None:
        self._backend.upload_field(key, field)
        self._keys.add(key)

    def _release(self, key: str) -> None:
        self._backend.release(key)
        self._keys.discard(key)
