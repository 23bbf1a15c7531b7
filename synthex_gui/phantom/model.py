"""The finished phantom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from synthex_gui.geometry.arrays import LabelMap, Landmark, Volume
from synthex_gui.phantom.trunk.parameters import PhantomParameters


@dataclass(frozen=True, eq=False)
class Phantom:
    """CT, labels and what is known of them exactly.

    `ct` int16 HU and `labels` uint8 share one LPS grid whose origin lies midway between the femoral
    head centres. `landmarks` are the 14 of the hip protocol, FH-l, FH-r, GSN-l, ... `truth` is
    plain JSON data in LPS mm: femoral heads, anterior pelvic plane, crests, pedicles, corridors.
    """

    parameters: PhantomParameters
    ct: Volume
    labels: LabelMap
    landmarks: tuple[Landmark, ...]
    truth: dict[str, Any]
