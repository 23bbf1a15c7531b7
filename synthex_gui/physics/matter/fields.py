"""Which density fields a scene's CT is at the realistic level, and how they are made.

Two fields of basis materials carry every tissue; a metal or a contrast medium that no two of them
can stand for has a field of its own. Labels say what a voxel is where CT numbers do not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import LabelMap, Volume
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.backends.base import Field
from synthex_gui.physics.matter.basis import Basis, basis_for, mixture_of
from synthex_gui.physics.matter.hu_maps import HU, partial_densities
from synthex_gui.physics.matter.kernels import look_up, look_up_labelled
from synthex_gui.physics.matter.materials import Material, material
from synthex_gui.scene.beam import LabelFill, Matter

Array = NDArray[np.float64]

# Materials of which a label keeps the density that the CT shows.
TISSUES = frozenset(
    {
        "lung", "adipose", "lipid", "muscle", "soft-tissue", "blood", "water",
        "bone-trabecular", "bone-cortical",
    }
)  # fmt: skip
DENSITY_STEP = 1e-4  # g/cm3 per stored unit up to 6.5 g/cm3; coarser for what is denser
# A CT number above this is metal or an artefact of it: cortical bone stays below 2000 HU.
SUSPICIOUS_HU = 3000


class MatterError(SynthexError):
    """A fill of a structure that the labels lack."""


@dataclass(frozen=True, eq=False)
class MatterFields:
    """The density fields of one `Matter`.

    `materials`: the two of `basis`, then those with a field of their own; `keys` (one each) change
    with whatever changes the fields but the arrays, and begin with ``ct:``, where labels shape them
    with ``ct+labels:``. `tables` (materials, classes, 65536) float64 [g/cm3] by the voxel's class
    (0 no fill, n the fill n - 1) and CT number from -32768 on.
    """

    matter: Matter
    basis: Basis
    materials: tuple[Material, ...]
    keys: tuple[str, ...]
    tables: Array

    def make(self, ct: Volume, labels: LabelMap | None, threads: int = 1) -> tuple[Field, ...]:
        """One field a material, on the CT's grid; labels are taken at the CT's voxel centres.

        Raises MatterError for a fill of a structure that the labels lack.
        """
        steps = [max(DENSITY_STEP, float(table.max()) / 65535) for table in self.tables]
        stored = np.rint(self.tables / np.array(steps)[:, None, None]).astype(np.uint16)
        out = np.empty((len(self.materials), *ct.values.shape), dtype=np.uint16)
        if not self.matter.fills:
            plain = np.ascontiguousarray(stored[:, 0])
            run_tiles(
                lambda first, last: look_up(ct.values, first, last, plain, out),
                len(ct.values),
                threads,
            )
        else:
            found, class_of = _classes(self.matter.fills, labels)
            to_label = np.linalg.inv(found.grid.world_from_voxel) @ ct.grid.world_from_voxel
            run_tiles(
                lambda first, last: look_up_labelled(
                    ct.values, first, last, found.values, class_of, to_label[:3].copy(), stored, out
                ),
                len(ct.values),
                threads,
            )
        return tuple(Field(a, step, ct.grid) for a, step in zip(out, steps, strict=True))


@lru_cache(maxsize=16)
def fields_of(matter: Matter) -> MatterFields:
    """The fields that a realistic image of this matter needs; cheap, the arrays come with `make`.

    The basis is water and cortical bone unless a tissue in use cannot be made of them (fat: then
    lipid and cortical bone). Raises MaterialError for a material that means nothing.
    """
    mapped = partial_densities(matter.hu_map)
    named = [material(fill.material) for fill in matter.fills]
    metal = [] if matter.metal_above_hu is None else [material(matter.metal)]
    used = list(dict.fromkeys([*mapped, *named, *metal]))
    basis = basis_for(used)
    own = [item for item in used if not mixture_of(item, basis).fits]
    materials = (*(material(name) for name in basis), *own)

    def spread(item: Material, density: Array) -> Array:
        """(materials, 65536) partial densities of one material's density [g/cm3]."""
        part = np.zeros((len(materials), len(HU)))
        if item in own:
            part[materials.index(item)] = density
        else:
            part[:2] = np.outer(mixture_of(item, basis).amounts, density)
        return part

    density = np.sum(list(mapped.values()), axis=0)
    seen = np.sum([spread(item, part) for item, part in mapped.items()], axis=0)
    classes = [seen]
    for fill, item in zip(matter.fills, named, strict=True):
        inside = spread(item, _fill_density(fill, item, density))
        classes.append((1.0 - fill.fraction) * seen + fill.fraction * inside)
    if matter.metal_above_hu is not None:
        everywhere = np.full(len(HU), metal[0].density_g_cm3)
        classes[0] = np.where(matter.metal_above_hu < HU, spread(metal[0], everywhere), seen)
    origin = "ct+labels" if matter.fills else "ct"
    digest = hashlib.sha256(matter.model_dump_json().encode()).hexdigest()[:16]
    keys = tuple(f"{origin}:{digest}:{item.name}" for item in materials)
    return MatterFields(matter, basis, materials, keys, np.stack(classes, axis=1))


def matter_warnings(ct: Volume, matter: Matter) -> tuple[str, ...]:
    """What a user should know of CT numbers that no tissue has; one line each."""
    limit = matter.metal_above_hu
    if limit is not None:
        count = int(np.count_nonzero(ct.values > limit))
        return (f"{count:,} voxels above {limit:g} HU count as {matter.metal}",) if count else ()
    top = int(ct.values.max())
    if top <= SUSPICIOUS_HU:
        return ()
    count = int(np.count_nonzero(ct.values > SUSPICIOUS_HU))
    return (
        f"{count:,} voxels above {SUSPICIOUS_HU} HU (up to {top}) count as dense bone at the "
        "realistic level; if they are metal, say so by their label or by a limit in HU",
    )


def _fill_density(fill: LabelFill, item: Material, seen: Array) -> Array:
    if fill.density_g_cm3 is not None:
        return np.full(seen.shape, fill.density_g_cm3)
    return seen if item.name in TISSUES else np.full(seen.shape, item.density_g_cm3)


def _classes(
    fills: tuple[LabelFill, ...], labels: LabelMap | None
) -> tuple[LabelMap, NDArray[np.uint8]]:
    """The labels and the class of each id; where structures share an id the later fill has it."""
    if labels is None:
        raise MatterError(
            f"{fills[0].structure!r} is to be {fills[0].material}, but there are no labels; "
            "open a label map or remove the fill"
        )
    top = int(np.iinfo(labels.values.dtype).max)
    class_of = np.zeros(top + 1, dtype=np.uint8)
    for number, fill in enumerate(fills, start=1):
        ids = [label_id for label_id in labels.ids_of(fill.structure) if 0 < label_id <= top]
        if not ids:
            raise MatterError(
                f"the labels have no structure called {fill.structure!r} to be {fill.material}"
            )
        class_of[ids] = number
    return labels, class_of
