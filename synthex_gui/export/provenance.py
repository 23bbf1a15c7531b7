"""What a data set was made from: inputs by their hashes, versions, the plan's fingerprint."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from synthex_gui import __version__
from synthex_gui.io.hashing import sha256_of
from synthex_gui.io.labels.table import find_table
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import map_files, named_sources
from synthex_gui.scene.sources import FileSource, MeshFile

Inputs = list[dict[str, Any]]

# Those that make the numbers and the files; the bundle takes their metadata along.
PACKAGES = ("numpy", "numba", "scipy", "SimpleITK", "pillow", "tifffile", "xraylib")


def versions() -> dict[str, str]:
    """Ours and those of the packages that make the numbers."""
    found = {name: version(name) for name in PACKAGES}
    return {"synthex-gui": __version__, "python": platform.python_version(), **found}


def inputs_of(scene: Scene) -> Inputs:
    """Each input's role with the hash of its file, and of a label map's table of names, or with
    what it is made from. Reads every file; raises InputError.
    """
    found: Inputs = []
    for role, source in named_sources(scene):
        if isinstance(source, FileSource | MeshFile):
            path = Path(source.path).expanduser()
            item = {"role": role, "sha256": sha256_of(path)}
            if isinstance(source, FileSource) and source.series_uid is not None:
                # A folder's hash does not say which of its series was read.
                uid = source.series_uid.encode()
                item["series_sha256"] = hashlib.sha256(uid).hexdigest()
            table = find_table(path) if role.endswith("labels") else None
            if table is not None:
                item["table_sha256"] = sha256_of(table)
            found.append(item)
        else:
            found.append({"role": role, "source": source.model_dump(mode="json")})
    return found


def exchanged(scene: Scene, inputs: Inputs) -> list[str]:
    """A warning for each input that is not the file the project was saved with."""
    saved = {
        source.sha256: source.path
        for _, source in named_sources(scene)
        if isinstance(source, FileSource | MeshFile) and source.sha256 is not None
    }
    present = {item.get("sha256") for item in inputs}
    return [
        f"{Path(path).name}: is not the file that the project was saved with; the manifest holds "
        "the hash of the present one"
        for digest, path in saved.items()
        if digest not in present
    ]


def nameless(scene: Scene) -> Scene:
    """File names may hold a patient's, and a DICOM UID leads to one: the data set knows inputs by
    their hash alone, the present one and not what was saved, so that saving does not make a series
    another one.
    """

    def blank(source: FileSource | MeshFile) -> FileSource | MeshFile:
        if isinstance(source, FileSource):
            return source.evolve(path="", sha256=None, series_uid=None)
        return source.evolve(path="", sha256=None)

    return map_files(scene, blank)


def fingerprint_of(scene: Any, inputs: Any, made_with: Any) -> str:
    """`fingerprint` of a manifest's scene, inputs and versions, whatever version wrote it."""
    text = to_json(scene).decode() + json.dumps([inputs, made_with])
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(scene: Scene, inputs: Inputs) -> str:
    """SHA-256 of what makes the bytes: scene, plan, inputs, versions."""
    text = nameless(scene).model_dump_json() + json.dumps([inputs, versions()])
    return hashlib.sha256(text.encode()).hexdigest()
