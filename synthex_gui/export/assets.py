"""What a scene's references stand for: read, generated or taken over from the scene before."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from synthex_gui.geometry.arrays import LabelMap, Landmark, Mesh, Volume
from synthex_gui.io.labelmaps import LoadedLabels
from synthex_gui.io.meshes import LoadedMesh
from synthex_gui.io.volumes import LoadedVolume
from synthex_gui.phantom import Phantom, PhantomParameters, cached
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import (
    BuiltInTool,
    FileSource,
    MeshFile,
    PhantomSource,
    Scene,
    Tool,
    VolumeSource,
)

Progress = tuple[int, int, str]


@dataclass(frozen=True, eq=False)
class Resolved:
    """A scene's arrays, the landmarks that came with a phantom, and every reader's warnings."""

    assets: SceneAssets
    phantom_landmarks: tuple[Landmark, ...] = ()


def resolve(
    scene: Scene, before: tuple[Scene, SceneAssets] | None = None
) -> Generator[Progress, None, Resolved]:
    """Read what changed since `before`, yielding (done, total, text); returns a Resolved.

    Readers run in a child process, which dies with this generator. Raises SynthexError for the
    first reference that cannot be read; nothing half-loaded comes back.
    """
    old_scene, old = before if before is not None else (Scene(), SceneAssets())
    new_tools = [tool for tool in scene.tools if not _same_tool(tool, old_scene, old)]
    total = 2 + len(new_tools)
    warnings: list[str] = []
    landmarks: tuple[Landmark, ...] = ()
    ct: Volume | None = old.ct
    labels: LabelMap | None = old.labels
    if scene.ct != old_scene.ct or (scene.ct is not None and old.ct is None):
        yield 0, total, f"Reading {_title(scene.ct)}"
        ct = None
        if isinstance(scene.ct, PhantomSource):
            phantom = yield from _phantom(scene.ct)
            ct, landmarks = phantom.ct, phantom.landmarks
        elif isinstance(scene.ct, FileSource):
            loaded: LoadedVolume = load(
                "volume", scene.ct.path, {"series_uid": scene.ct.series_uid}
            )
            ct = loaded.volume
            warnings += loaded.warnings
    if scene.labels != old_scene.labels or (scene.labels is not None and old.labels is None):
        yield 1, total, f"Reading {_title(scene.labels)}"
        labels = None
        if isinstance(scene.labels, PhantomSource):
            phantom = yield from _phantom(scene.labels)
            labels = phantom.labels
        elif isinstance(scene.labels, FileSource):
            read: LoadedLabels = load("labels", scene.labels.path, {})
            labels = read.labels
            warnings += read.warnings
    meshes = {tool.name: old.meshes[tool.name] for tool in scene.tools if tool not in new_tools}
    for index, tool in enumerate(new_tools):
        yield 2 + index, total, f"Reading {tool.name}"
        meshes[tool.name] = _mesh(tool, warnings)
    yield total, total, "Read"
    assets = SceneAssets(
        ct=ct,
        labels=labels,
        meshes=meshes,
        ct_key=_key(scene.ct),
        labels_key=_key(scene.labels),
        warnings=tuple(warnings),
    )
    return Resolved(assets, landmarks)


def resolve_now(scene: Scene, on_progress: Any = None) -> Resolved:
    """`resolve` run to its end; `on_progress(done, total, text)` is called at each step."""
    steps = resolve(scene)
    while True:
        try:
            progress = next(steps)
        except StopIteration as stop:
            result: Resolved = stop.value
            return result
        if on_progress is not None:
            on_progress(*progress)


def cache_folder() -> Path:
    """Where phantoms are kept between runs."""
    return user_cache_path("synthex-gui", appauthor=False) / "phantoms"


def load(kind: str, path: str, options: dict[str, Any]) -> Any:
    from synthex_gui.io import labelmaps, meshes, volumes

    reader = {
        "volume": volumes.read_volume,
        "labels": labelmaps.read_labels,
        "mesh": meshes.read_mesh,
    }
    return reader[kind](path, **options)


_kept_phantom: tuple[str, Phantom] | None = None


def _phantom(source: PhantomSource) -> Generator[Progress, None, Phantom]:
    global _kept_phantom
    parameters = PhantomParameters.checked(dict(source.parameters))
    if _kept_phantom is None or _kept_phantom[0] != parameters.key():
        steps: list[Progress] = []
        yield 0, 0, "Building the phantom"
        _kept_phantom = (
            parameters.key(),
            cached(parameters, cache_folder(), lambda *step: steps.append(step)),
        )
    return _kept_phantom[1]


def _mesh(tool: Tool, warnings: list[str]) -> Mesh:
    if isinstance(tool.source, BuiltInTool):
        from synthex_gui.tools import build_tool

        return build_tool(tool.source.tool, dict(tool.source.parameters))
    loaded: LoadedMesh = load("mesh", tool.source.path, {"unit": tool.source.unit})
    warnings += [f"{tool.name}: {text}" for text in loaded.warnings]
    return loaded.mesh


def _same_tool(tool: Tool, old_scene: Scene, old: SceneAssets) -> bool:
    known = {item.name: item.source for item in old_scene.tools}
    return tool.name in old.meshes and known.get(tool.name) == tool.source


def _key(source: VolumeSource | None) -> str:
    return "" if source is None else json.dumps(source.model_dump(mode="json"), sort_keys=True)


def _title(source: VolumeSource | MeshFile | None) -> str:
    if source is None:
        return "nothing"
    return "the phantom" if isinstance(source, PhantomSource) else Path(source.path).name
