"""Whether a data set is what its manifest says, and its manifest what the records say."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import hash_of
from synthex_gui.core.steps import Steps
from synthex_gui.export.dataset import FORMAT, MANIFEST, label_path
from synthex_gui.export.provenance import fingerprint_of
from synthex_gui.export.writers.manifest import CAMERA_CONVENTION, backends_used, notices_of
from synthex_gui.scene.plan import PACKED


@dataclass(frozen=True)
class Differences:
    """Relative paths, each list sorted, and sentences on what does not agree; all empty for a
    whole data set. `digest` is `digest_of` of what is there.
    """

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    inconsistent: tuple[str, ...] = ()
    digest: str = ""

    @property
    def is_whole(self) -> bool:
        """True when nothing differs."""
        return not (self.missing or self.changed or self.extra or self.inconsistent)


def verify(folder: Path) -> Steps[Differences]:
    """Compare every file with its SHA-256 and the manifest with itself and the records, yielding
    (files done, files, path). A link, a pipe or a device is never followed nor opened.

    Raises SynthexError for a folder without a readable manifest.
    """
    path = folder / MANIFEST
    try:
        # Opening a pipe of that name would wait for ever.
        if not path.is_file():
            raise FileNotFoundError
        manifest = json.loads(path.read_text(encoding="utf-8"))
        expected = {item["path"]: item["sha256"] for item in manifest["files"]}
    except FileNotFoundError:
        raise SynthexError(f"{folder}: holds no manifest; the export is not finished") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SynthexError(f"{path}: the manifest is damaged ({error})") from error
    if manifest.get("format") != FORMAT:
        raise SynthexError(f"{path}: not a data set of this program")
    plain, special = _entries(folder)
    changed, wrong = set(special & set(expected)), []
    hashes = {MANIFEST: hash_of(path)}
    for number, name in enumerate(sorted(plain - {MANIFEST})):
        yield min(number, len(expected)), max(len(expected), 1), name
        try:
            hashes[name] = hash_of(folder / name)
        except OSError as error:
            wrong.append(f"{name}: cannot be read ({error.strerror or error})")
        if name in expected and hashes.get(name) != expected[name]:
            changed.add(name)
    if MANIFEST in special:
        changed.add(MANIFEST)
    try:
        wrong += _contradictions(folder, manifest, plain)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        wrong.append(f"{MANIFEST}: does not fit the records ({type(error).__name__}: {error})")
    return Differences(
        tuple(sorted(set(expected) - plain - special)),
        tuple(sorted(changed)),
        tuple(sorted((plain | special) - set(expected) - {MANIFEST})),
        tuple(wrong),
        digest_of(hashes),
    )


def digest_of(hashes: Mapping[str, str]) -> str:
    """One SHA-256 over a whole data set, of relative path -> SHA-256 of each file: what
    ``find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`` prints within it.
    """
    named = sorted((name.encode("utf-8", "surrogateescape"), hashes[name]) for name in hashes)
    text = b"".join(digest.encode() + b"  " + name + b"\n" for name, digest in named)
    return hashlib.sha256(text).hexdigest()


def digest_of_finished(folder: Path) -> str:
    """The digest of a series just written, by its manifest, without reading every file."""
    path = folder / MANIFEST
    listed = json.loads(path.read_text(encoding="utf-8"))["files"]
    hashes = {item["path"]: item["sha256"] for item in listed}
    return digest_of(hashes | {MANIFEST: hash_of(path)})


def _entries(folder: Path) -> tuple[set[str], set[str]]:
    """Relative POSIX paths of the regular files, and of all else that is no folder."""
    plain: set[str] = set()
    special: set[str] = set()

    def fail(error: OSError) -> None:
        raise SynthexError(f"{error.filename}: cannot be read ({error.strerror})") from error

    for place, folders, files in os.walk(folder, onerror=fail):
        for name in (*folders, *files):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not stat.S_ISDIR(mode):
                found = plain if stat.S_ISREG(mode) else special
                found.add(path.relative_to(folder).as_posix())
    return plain, special


def _contradictions(folder: Path, manifest: Any, plain: set[str]) -> list[str]:
    wrong = []

    def expect(name: str, found: Any, right: Any) -> None:
        if found != right:
            wrong.append(f"{MANIFEST}: {name} is {found!r}, not {right!r}")

    made_from = fingerprint_of(manifest["scene"], manifest["inputs"], manifest["versions"])
    if manifest["plan_sha256"] != made_from:
        wrong.append(f"{MANIFEST}: scene, inputs or versions are not those of plan_sha256")
    plan = manifest["scene"]["plan"]
    expect("seed", manifest["seed"], None if plan is None else plan["seed"])
    expect("camera_convention", manifest["camera_convention"], CAMERA_CONVENTION)
    paths = [item["path"] for item in manifest["files"]]
    if paths != sorted(set(paths)):
        wrong.append(f"{MANIFEST}: files are out of order or listed twice")
    for item in manifest["files"]:
        if item["path"] in plain:
            size = (folder / item["path"]).stat().st_size
            expect(f"bytes of {item['path']}", item["bytes"], size)
    count = sum(1 for name in paths if name.startswith("labels/") and name.endswith(".json"))
    expect("images", manifest["images"], count)
    if not all(label_path(index) in plain for index in range(count)):
        return wrong
    expect("backends", manifest["backends"], backends_used(folder, count))
    expect("notices", manifest.get("notices", {}), notices_of(folder, count))
    return wrong + _wrong_records(folder, manifest, count)


def _wrong_records(folder: Path, manifest: Any, count: int) -> list[str]:
    wrong = []
    named: Counter[str] = Counter()
    # A packed data set has its images and masks in the packs alone.
    plan = manifest["scene"]["plan"] or {}
    has_pixels = bool(set(plan.get("formats", ("files",))) - set(PACKED))
    for index in range(count):
        name = label_path(index)
        record = json.loads((folder / name).read_text(encoding="utf-8"))
        # Of several levels the images of one pose share its index.
        number = record.get("number", record["index"])
        if number != index:
            wrong.append(f"{name}: is the record of image {number}")
        if has_pixels:
            named[record["image"]] += 1
            named.update(mask["file"] for mask in record["masks"] if "file" in mask)
        found = [mask["name"] for mask in record["masks"] if mask["kind"] == "structure"]
        if found != list(manifest["structures"]):
            wrong.append(f"{name}: its structures are not those of the manifest")
    paths = {item["path"] for item in manifest["files"]}
    listed = {path for path in paths if path.startswith(("images/", "masks/"))}
    wrong += [f"{name}: no record names it" for name in sorted(listed - set(named))]
    wrong += [f"{name}: named by a record, not listed" for name in sorted(set(named) - paths)]
    wrong += [f"{name}: named {n} times" for name, n in sorted(named.items()) if n > 1]
    return wrong
