"""CT numbers to partial densities of materials, by the map that the scene names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import xraylib
from numpy.typing import NDArray

from synthex_gui.core.resources import resource
from synthex_gui.physics.matter.materials import Material, material
from synthex_gui.scene.beam import HuMap

Array = NDArray[np.float64]
PartialDensities = dict[Material, Array]

# Every CT number that int16 holds; a scanner's padding (-2048, -32768) is air.
HU = np.arange(-32768, 32768, dtype=np.float64)
_AIR_HU = -1024.0
# Higher CT numbers, which only metal and its artefacts have, count as this: 6.55 g/cm3 of bone.
_TOP_HU = 5740.0
# CT number of ICRU-44 cortical bone (1.92 g/cm3) in a 120 kVp CT, where the mix is all bone.
CORTICAL_HU = 1682.0


@lru_cache(maxsize=16)
def partial_densities(hu_map: HuMap) -> PartialDensities:
    """Material -> (65536,) partial density [g/cm3] at each value of `HU`; never negative.

    water-bone: water 1 + HU/1000 up to 0 HU, above a linear mix that is all cortical bone at
    1682 HU. schneider: see `schneider2000`. deepdrr: see `_deepdrr`. points: linear in the partial
    densities between the points, constant beyond them.
    Raises MaterialError for a point's material that means nothing.
    """
    hu = np.clip(HU, _AIR_HU, _TOP_HU)
    if hu_map.kind == "water-bone":
        return _water_bone(hu)
    if hu_map.kind == "schneider":
        return _schneider(hu)
    if hu_map.kind == "deepdrr":
        return _deepdrr(hu)
    return _points(hu, hu_map.points)


def _water_bone(hu: Array) -> PartialDensities:
    water = np.where(hu <= 0, 1.0 + hu / 1000.0, 1.0 - hu / CORTICAL_HU)
    bone = material("bone-cortical")
    share = np.clip(hu, 0.0, None) / CORTICAL_HU
    return {material("water"): np.clip(water, 0.0, None), bone: share * bone.density_g_cm3}


def _schneider(hu: Array) -> PartialDensities:
    table = schneider2000()
    rho = table.density(hu)
    index = np.searchsorted(table.from_hu, hu, side="right") - 1
    return {tissue: np.where(index == n, rho, 0.0) for n, tissue in enumerate(table.tissues)}


def _deepdrr(hu: Array) -> PartialDensities:
    """DeepDRR's map: density max(0, min(1.029e-3 HU, 5.886e-4 HU) + 1.03), air up to -800 HU, soft
    tissue up to 350, bone above (Unberath et al. 2018, arXiv:1803.08606, and its program). Its soft
    tissue is that of ICRU-44, whose mu/rho is muscle's within 0.1 %.
    """
    rho = np.clip(np.minimum(0.001029 * hu, 0.0005886 * hu) + 1.03, 0.0, None)
    place = np.digitize(hu, [-800.0, 350.0], right=True)
    names = ("air", "muscle", "bone-cortical")
    return {material(name): np.where(place == n, rho, 0.0) for n, name in enumerate(names)}


def _points(hu: Array, points: tuple[tuple[float, float, str], ...]) -> PartialDensities:
    nodes = [point[0] for point in points]
    result: PartialDensities = {}
    for name in dict.fromkeys(point[2] for point in points):
        own = [density if of == name else 0.0 for _, density, of in points]
        result[material(name)] = np.interp(hu, nodes, own)
    return result


@dataclass(frozen=True, eq=False)
class TissueTable:
    """`tissues` by the CT number `from_hu` (n,) that each begins at, and a density curve."""

    tissues: tuple[Material, ...]
    from_hu: Array
    curve_hu: Array
    curve_g_cm3: Array

    def density(self, hu: Array) -> Array:
        """Mass density [g/cm3] at CT numbers, linear between the curve's nodes."""
        return np.asarray(np.interp(hu, self.curve_hu, self.curve_g_cm3))


@cache
def schneider2000() -> TissueTable:
    """The tissues and the density curve of Schneider, Bortfeld, Schlegel 2000 (PMB 45:459).

    The dental and metal entries that some programs append above 1600 HU are left out: dense
    cortical bone would turn into silver. Composition ends in cortical bone; the density curve goes
    on to 2.8 g/cm3 at 3000 HU. Each tissue's own density is that of its first CT number.
    """
    file = resource("materials", "schneider2000.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    curve = np.array(data["density_g_cm3"], dtype=np.float64)
    items = data["tissues"]
    first = np.array([item["from_hu"] for item in items], dtype=np.float64)
    densities = np.interp(first, curve[:, 0], curve[:, 1]).tolist()
    tissues = []
    for item, density in zip(items, densities, strict=True):
        percent = item["mass_percent"]
        total = sum(percent.values())
        parts = tuple((xraylib.SymbolToAtomicNumber(s), w / total) for s, w in percent.items())
        tissues.append(Material(f"schneider-{item['name']}", density, parts))
    return TissueTable(tuple(tissues), first, curve[:, 0], curve[:, 1])
