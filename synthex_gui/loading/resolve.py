"""What a scene's references stand for: read, generated or taken over from the scene before."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synthex_gui.core.places import cache_folder, reason
from synthex_gui.core.steps import Steps, run_to_end
from synthex_gui.geometry.arrays import Landmark
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.hashing import Stamp, stamp_of
from synthex_gui.io.loaded import LoadedLabels, LoadedVolume
from synthex_gui.loading.anatomy import with_groups
from synthex_gui.loading.fit import fit_warnings
from synthex_gui.loading.remembered import Remembered
from synthex_gui.numeric import jit
from synthex_gui.phantom import Phantom, PhantomParameters, build, cached_steps
from synthex_gui.physics.matter.fields import matter_warnings
from synthex_gui.scene.assets import Offer, SceneAssets
from synthex_gui.scene.frozen import Frozen
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import BuiltInTool, FileSource, MeshFile, PhantomSource


@dataclass(frozen=True, eq=False)
class Resolved:
    """A scene's arrays, and the landmarks that came with a phantom."""

    assets: SceneAssets
    phantom_landmarks: tuple[Landmark, ...] = ()


class AssetCache:
    """Arrays by the reference they came from: every mesh, the last few volumes and label maps."""

    # The present one and the one before, for undo; a CT of 512 slices is 268 MB.
    VOLUMES = 2

    def __init__(self) -> None:
        self._kept: dict[str, Any] = {}
        self._stamps: dict[str, Stamp] = {}

    def get(self, kind: str, source: Frozen) -> Any:
        """What was read for this reference; None when it was not, or is no longer kept."""
        return self._kept.get(_key(kind, source))

    def put(self, kind: str, source: Frozen, value: Any) -> None:
        """Keep it; the oldest volume of that kind goes."""
        self._kept.pop(_key(kind, source), None)
        self._kept[_key(kind, source)] = value
        if isinstance(source, FileSource | MeshFile):
            self._stamps[source.path] = value.stamp
        if kind != "mesh":
            same = [key for key in self._kept if key.startswith(kind + ":")]
            for key in same[: -self.VOLUMES]:
                del self._kept[key]

    def stamp_of(self, source: FileSource | MeshFile) -> Stamp:
        """The file's stamp when it was last read; zeros when it was not."""
        return self._stamps.get(source.path, (0, 0, 0))

    def is_outdated(self, kind: str, source: Frozen) -> bool:
        """True where the file was written again since it was read for this reference."""
        kept = self.get(kind, source)
        if kept is None or not isinstance(source, FileSource | MeshFile):
            return False
        return bool(kept.stamp != stamp_of(source.path))

    def holds_all_of(self, scene: Scene) -> bool:
        """True when `resolve` would read nothing."""
        return (
            (scene.ct is None or self.get("ct", scene.ct) is not None)
            and (scene.labels is None or self.get("labels", scene.labels) is not None)
            and all(self.get("mesh", tool.source) is not None for tool in scene.tools)
        )


def resolve(
    scene: Scene, cache: AssetCache | None = None, is_fresh: bool = False
) -> Steps[Resolved]:
    """Read what the cache lacks, yielding (done, total, text); returns a Resolved. `is_fresh`: also
    what was written again since it was read.

    Readers run in a child process, which dies with this generator. Raises SynthexError for the
    first reference that cannot be read; nothing half-loaded comes back.
    """
    cache = AssetCache() if cache is None else cache
    sources: list[tuple[str, Frozen | None]] = [("ct", scene.ct), ("labels", scene.labels)]
    sources += [("mesh", tool.source) for tool in scene.tools]
    found: list[Any] = []
    # Kept once all has been read: a read that fails leaves the cache as old as what is shown.
    new: dict[str, tuple[str, Frozen, Any]] = {}
    for index, (kind, source) in enumerate(sources):
        key = "" if source is None else _key(kind, source)
        if (
            source is not None
            and key not in new
            and (cache.get(kind, source) is None or (is_fresh and cache.is_outdated(kind, source)))
        ):
            yield index, len(sources), f"Reading {_title(source)}"
            value = yield from _read(kind, source)
            if kind == "labels":
                # Where each structure lies is asked at once and often: work it out here.
                _ = value.array.boxes
            new[key] = kind, source, value
        if source is None:
            found.append(None)
        else:
            found.append(new[key][2] if key in new else cache.get(kind, source))
    for item in new.values():
        cache.put(*item)
    ct, labels, *meshes = found
    warnings = [text for item in found if item is not None for text in item.warnings]
    if ct is not None:
        volume, matter = ct.array, scene.matter
        warnings += _hu_warnings.answer(volume, matter, lambda: matter_warnings(volume, matter))
    assets = SceneAssets(
        ct=None if ct is None else ct.array,
        labels=None if labels is None else labels.array,
        meshes={tool.name: item.array for tool, item in zip(scene.tools, meshes, strict=True)},
    )
    warnings += [*fit_warnings(scene, assets), *jit.notices()]
    offers = tuple(item.offer for item in (ct, labels) if item is not None and item.offer)
    assets = replace(assets, warnings=tuple(warnings), offers=offers)
    return Resolved(assets, () if ct is None else ct.landmarks)


def resolve_now(scene: Scene, on_progress: Any = None) -> Resolved:
    """`resolve` run to its end; `on_progress(done, total, text)` is called at each step."""
    return run_to_end(resolve(scene), on_progress)


@dataclass(frozen=True, eq=False)
class _Read:
    array: Any
    warnings: tuple[str, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    stamp: Stamp = (0, 0, 0)
    offer: Offer | None = None


_hu_warnings = Remembered()
_kept_phantom: tuple[str, Phantom] | None = None


def _read(kind: str, source: Frozen) -> Steps[_Read]:
    if isinstance(source, PhantomSource):
        said: list[str] = []
        phantom = yield from _phantom(source, said.append)
        if kind == "ct":
            return _Read(phantom.ct, tuple(said), phantom.landmarks)
        return _Read(phantom.labels, tuple(said))
    if isinstance(source, BuiltInTool):
        from synthex_gui.tools.catalogue import build_tool

        return _Read(build_tool(source.tool, dict(source.parameters)))
    assert isinstance(source, FileSource | MeshFile)
    # Before it is read: a file written meanwhile counts as changed.
    stamp = stamp_of(source.path)
    if isinstance(source, FileSource):
        options = ct_options(source) if kind == "ct" else {"scheme": source.label_scheme}
        reader = "volume" if kind == "ct" else "labels"
        loaded = yield from load_steps(reader, source.path, options)
        array = loaded.volume if kind == "ct" else with_groups(loaded.labels)
        warnings = _of_file(source.path, loaded.warnings)
        offer = _mend(warnings, loaded) if kind == "ct" else _naming(warnings, loaded)
        return _Read(array, warnings, stamp=stamp, offer=offer)
    mesh = yield from load_steps("mesh", source.path, {"unit": source.unit})
    return _Read(mesh.mesh, _of_file(source.path, mesh.warnings), stamp=stamp)


def ct_options(source: FileSource) -> dict[str, Any]:
    """What the reader of volumes is told of a CT beside its path."""
    names = ("series_uid", "is_incomplete_accepted", "hu_slope", "hu_offset")
    return {name: getattr(source, name) for name in names}


def _mend(warnings: tuple[str, ...], loaded: LoadedVolume) -> Offer | None:
    if loaded.mend is None:
        return None
    slope, offset = loaded.mend
    text = next(text for text in warnings if "Hounsfield" in text)
    changes = (("hu_slope", slope), ("hu_offset", offset))
    return Offer(text, "Mend HU", "ct", changes)


def _naming(warnings: tuple[str, ...], loaded: LoadedLabels) -> Offer | None:
    if loaded.scheme is None:
        return None
    text = next(text for text in warnings if "no table of names" in text)
    return Offer(text, "Use its names", "labels", (("label_scheme", loaded.scheme),))


def _of_file(path: str, warnings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{Path(path).name}: {text}" for text in warnings)


def phantom_steps(parameters: PhantomParameters, say: Callable[[str], None]) -> Steps[Phantom]:
    """The phantom, kept between runs where that can be; `say` hears why not."""
    try:
        folder = cache_folder("phantoms")
    except OSError as error:
        say(
            f"the phantom cannot be kept between runs ({reason(error)}); it is built anew each time"
        )
        return (yield from build(parameters))
    return (yield from cached_steps(parameters, folder, say=say))


def _phantom(source: PhantomSource, say: Callable[[str], None]) -> Steps[Phantom]:
    global _kept_phantom
    parameters = PhantomParameters.checked(dict(source.parameters))
    if _kept_phantom is None or _kept_phantom[0] != parameters.key():
        phantom = yield from phantom_steps(parameters, say)
        _kept_phantom = parameters.key(), phantom
    return _kept_phantom[1]


def _key(kind: str, source: Frozen) -> str:
    # A hash is set by saving; what was read stays the same.
    named = source.model_dump(mode="json", exclude={"sha256"})
    return f"{kind}:{json.dumps(named, sort_keys=True)}"


def _title(source: Frozen) -> str:
    if isinstance(source, FileSource | MeshFile):
        return Path(source.path).name
    return "the phantom" if isinstance(source, PhantomSource) else getattr(source, "tool", "")
