"""One image of a data set made again, from its manifest and the inputs wherever they lie now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.files import absolute, write_whole
from synthex_gui.core.steps import Steps
from synthex_gui.core.wording import fault_of
from synthex_gui.experiment.sampling import row, sample_count
from synthex_gui.export.cases import People
from synthex_gui.export.dataset import FORMAT, MANIFEST, ExportError
from synthex_gui.export.item import item_files
from synthex_gui.export.provenance import versions
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.hashing import sha256_of
from synthex_gui.io.labels.table import find_table
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import AnyFile, map_files, named_sources
from synthex_gui.scene.sources import FileSource, MeshFile


@dataclass(frozen=True)
class Remade:
    """`files` relative path -> SHA-256 of what was written; `different` those whose bytes are not
    the data set's; `said` what may explain it.
    """

    files: dict[str, str]
    different: tuple[str, ...]
    said: tuple[str, ...]


def rerun(folder: Path, number: int, given: Sequence[Path], out: Path) -> Steps[Remade]:
    """Write image `number` of the data set in `folder` under `out`, at its own relative paths.

    Every input is sought by its SHA-256 among the files `given`, beside them and beside the data
    set; yields (done, total, text). Raises ExportError naming the inputs that are not found, or
    what the manifest lacks.
    """
    manifest = _manifest(folder)
    try:
        scene = Scene.model_validate(manifest["scene"])
    except (ValidationError, KeyError) as error:
        text = fault_of(error) if isinstance(error, ValidationError) else f"{error} is missing"
        raise ExportError(f"{folder / MANIFEST}: {text}") from None
    plan = scene.plan
    if plan is None or not 0 <= number < sample_count(scene, plan):
        count = 0 if plan is None else sample_count(scene, plan)
        raise ExportError(f"{folder}: there is no image {number}; it has {count}, from 0 on")
    needed = _needed(scene, number)
    inputs = [item for item in manifest["inputs"] if item["role"] in needed]
    scene = yield from _found(scene, inputs, _places(folder, given))
    yield 0, 1, f"Image {number}"
    said: list[str] = []
    made_with = versions()
    changed = [name for name, was in manifest["versions"].items() if made_with.get(name) != was]
    if changed:
        said.append(f"made with other versions of {', '.join(changed)}")
    people = People(scene)
    people.structures = tuple(manifest["structures"])
    renderer = Renderer(make_backend(plan.backend, said.append))
    try:
        chosen, assets = people.sample(number)
        renderer.set_assets(assets)
        files = {
            path: write_whole(out / path, data)
            for path, data in item_files(renderer, chosen, plan, people.structures)
        }
    finally:
        renderer.backend.close()
    listed = {item["path"]: item["sha256"] for item in manifest["files"]}
    different = tuple(name for name in files if listed.get(name, files[name]) != files[name])
    return Remade(files, different, tuple(said))


def _needed(scene: Scene, number: int) -> set[str]:
    """The roles of what that image is made from: of several people only its own."""
    assert scene.plan is not None
    case = row(scene, scene.plan, number).case
    own = "" if case is None else f"{case.name} "
    return {f"{own}ct", f"{own}labels", *(f"tool {tool.name}" for tool in scene.tools)}


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExportError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise ExportError(f"{path}: the manifest is damaged ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ExportError(f"{path}: is no manifest of this program")
    return manifest


def _places(folder: Path, given: Sequence[Path]) -> list[Path]:
    """Where inputs may be: what was given and its neighbours, the data set's neighbours."""
    dataset = absolute(folder)
    found: dict[Path, None] = {}
    for path in map(absolute, given):
        found[path] = None
        found.update(dict.fromkeys(_children(path if path.is_dir() else path.parent)))
    found.update(dict.fromkeys(_children(dataset.parent)))
    found.pop(dataset, None)
    return list(found)


def _children(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except OSError:
        return


def _found(scene: Scene, inputs: list[dict[str, Any]], places: list[Path]) -> Steps[Scene]:
    """The scene with the paths of its inputs."""
    wanted = {item["role"]: item for item in inputs if "sha256" in item}
    missing = {item["sha256"] for item in wanted.values()}
    paths: dict[str, Path] = {}
    for done, place in enumerate(places):
        # Hashing goes on only while something is sought.
        if not missing:
            break
        yield done, len(places), f"Looking for the inputs: {place.name}"
        digest = yield from _digest(place)
        if digest in missing:
            paths[digest] = place
            missing.discard(digest)
    if missing:
        roles = [role for role, item in wanted.items() if item["sha256"] in missing]
        raise ExportError(
            f"not found by their SHA-256: {', '.join(roles)}; give their files (--ct FILE)"
        )
    located: list[AnyFile] = []
    for role, source in named_sources(scene):
        if isinstance(source, FileSource | MeshFile):
            is_needed = role in wanted
            found = (yield from _located(source, wanted[role], paths)) if is_needed else source
            located.append(found)
    # `map_files` visits them in the order of `named_sources`.
    order = iter(located)
    return map_files(scene, lambda _: next(order))


def _digest(place: Path) -> Steps[str]:
    try:
        digest: str = yield from load_steps("sha256", place)
    except Exception:
        # What cannot be read is not the input that is sought.
        return ""
    return digest


def _located(source: AnyFile, item: dict[str, Any], paths: dict[str, Path]) -> Steps[AnyFile]:
    path = paths[item["sha256"]]
    changes: dict[str, Any] = {"path": str(path)}
    if "table_sha256" in item:
        table = find_table(path)
        if table is None or sha256_of(table) != item["table_sha256"]:
            raise ExportError(f"{path}: the table of names beside it is not the data set's")
    if "series_sha256" in item:
        infos = yield from load_steps("series", path)
        uids = [info.uid for info in infos]
        same = [u for u in uids if hashlib.sha256(u.encode()).hexdigest() == item["series_sha256"]]
        if not same:
            raise ExportError(f"{path}: holds no series of the data set's UID")
        changes["series_uid"] = same[0]
    return source.evolve(**changes)
