"""Whether a data set is what its manifest says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import Steps
from synthex_gui.export.dataset import FORMAT, MANIFEST


@dataclass(frozen=True)
class Differences:
    """Relative paths, each list sorted; all empty for a whole data set."""

    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when nothing differs."""
        return not (self.missing or self.changed or self.extra)


def verify(folder: Path) -> Steps[Differences]:
    """Compare every file with its SHA-256, yielding (files done, files, path).

    Raises SynthexError for a folder without a readable manifest.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        expected = {item["path"]: item["sha256"] for item in manifest["files"]}
    except FileNotFoundError:
        raise SynthexError(f"{folder}: holds no manifest; the export is not finished") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SynthexError(f"{path}: the manifest is damaged ({error})") from error
    if manifest.get("format") != FORMAT:
        raise SynthexError(f"{path}: not a data set of this program")
    present = all_files(folder) - {MANIFEST}
    changed = []
    for number, name in enumerate(sorted(present & set(expected))):
        yield number, len(expected), name
        if hash_of(folder / name) != expected[name]:
            changed.append(name)
    return Differences(
        tuple(sorted(set(expected) - present)),
        tuple(changed),
        tuple(sorted(present - set(expected))),
    )
