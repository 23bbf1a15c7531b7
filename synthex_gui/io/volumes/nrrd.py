"""NRRD and detached NHDR: where the voxels lie in space, and the voxels.

Format: http://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.header_text import damaged, real_numbers
from synthex_gui.io.volumes.nrrd_header import NrrdHeader, read_header
from synthex_gui.io.volumes.raw_image import RawImage, checked_affine

MM_PER_UNIT = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 1e-3, "µm": 1e-3, "μm": 1e-3}
# Which way the axes of a named space point; LPS is +left, +posterior, +superior.
AXIS_SIGNS = {"left": 1, "right": -1, "posterior": 1, "anterior": -1, "superior": 1, "inferior": -1}
LETTERS = {word[0].upper(): word for word in AXIS_SIGNS}


def read_nrrd(path: Path, progress: Progress = no_progress) -> RawImage:
    """The image, LPS mm. Raises InputError."""
    header = read_header(path)
    affine, warnings = world_from_voxel(path, header)
    warnings += checked_affine(path, affine, header.sizes)
    place = (header.data_path, header.data_offset, header.data_bytes)
    data, more = payload.read_voxels(*place, header.compressed, progress)
    shape = header.sizes[::-1] + ((header.layers,) if header.layers > 1 else ())
    values = data.view(header.dtype).reshape(shape)
    return RawImage(values, affine, warnings + more, header.metadata)


def world_from_voxel(path: Path, header: NrrdHeader) -> tuple[Matrix, tuple[str, ...]]:
    """(4, 4) LPS mm and warnings from space, space directions and space origin."""
    fields = header.fields
    warnings: tuple[str, ...] = ()
    affine = np.eye(4)
    directions = [v for v in _vectors(path, fields.get("space directions", "")) if v is not None]
    if directions:
        if len(directions) != 3:
            raise damaged(path, "space directions", fields["space directions"])
        affine[:3, :3] = np.array(directions).T
    else:
        words = [word for word in fields.get("spacings", "").split() if word.lower() != "nan"]
        steps = real_numbers(path, "spacings", words)
        if len(steps) != 3:
            raise InputError(path, "declares neither space directions nor spacings")
        affine[:3, :3] = np.diag(steps)
        warnings += ("has no orientation; axes were taken as left, posterior, superior",)
    origin = _vectors(path, fields.get("space origin", ""))
    if origin and origin[0] is not None:
        affine[:3, 3] = origin[0]
    elif directions:
        warnings += ("has no origin; it was put at 0, 0, 0",)
    units = re.findall(r'"([^"]*)"', fields.get("space units", ""))
    scales = {
        MM_PER_UNIT.get(unit.strip().lower(), 1.0 if not unit.strip() else 0) for unit in units
    }
    if 0 in scales or len(scales) > 1:
        raise InputError(path, f"NRRD space units {fields['space units']} are not supported")
    affine[:3] *= scales.pop() if scales else 1.0
    lps_from_space, known = _space(path, fields.get("space", ""))
    if directions and not known:
        warnings += ("does not say which way its axes point; LPS was assumed",)
    return lps_from_space @ affine + 0.0, warnings


def _space(path: Path, space: str) -> tuple[Matrix, bool]:
    words = space.strip().lower().split("-")
    if len(space.strip()) in (3, 4) and "-" not in space:
        words = [LETTERS.get(letter, "") for letter in space.strip().upper()]
    if words[3:] in (["time"], ["t"]) or len(words) == 4:
        words = words[:3]
    if len(words) == 3 and all(word in AXIS_SIGNS for word in words):
        order = [("left", "right"), ("posterior", "anterior"), ("superior", "inferior")]
        result = np.zeros((4, 4))
        result[3, 3] = 1
        for column, word in enumerate(words):
            row = next(n for n, pair in enumerate(order) if word in pair)
            result[row, column] = AXIS_SIGNS[word]
        if abs(np.linalg.det(result)) != 1:
            raise InputError(path, f"NRRD space {space!r} names an axis twice")
        return result, True
    if space.strip() and not words[0].startswith(("scanner", "3d")):
        raise InputError(path, f"NRRD space {space!r} is not known")
    return np.eye(4), False


def _vectors(path: Path, text: str) -> list[list[float] | None]:
    result: list[list[float] | None] = []
    for item in re.findall(r"\([^)]*\)|none", text.lower()):
        if item == "none":
            result.append(None)
            continue
        numbers = real_numbers(path, "space vector", item[1:-1].split(","))
        if len(numbers) != 3:
            raise damaged(path, "space vector", item)
        result.append(numbers)
    return result
