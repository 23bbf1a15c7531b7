"""What the CT is made of, as a JSON file that a person writes: ``--material-map FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute
from synthex_gui.core.text import TextError, json_of, text_of
from synthex_gui.core.wording import fault_of
from synthex_gui.scene.beam import Matter

MOST_BYTES = 16 << 20
HELP = """\
--material-map FILE acts at the realistic level; JSON, every part may be left out:
  {"map": "water-bone",                    or "schneider", "deepdrr", or "points" with
   "points": [[-1000, 0.001, "air"], [0, 1.0, "water"], [1700, 1.92, "bone-cortical"]],
   "fills": [{"structure": "lungs", "material": "lung"},
             {"structure": "aorta", "material": "iohexol-350", "fraction": 0.1},
             {"structure": "nail", "material": "Ti6Al4V", "density_g_cm3": 4.43}],
   "metal_above_hu": 3000, "metal": "Ti6Al4V"}
points are (HU, g/cm3, material), joined by straight lines. A fill says what a structure of the
labels is: a tissue keeps the density the CT shows unless one is given, anything else has its own;
"fraction" is the part of the volume replaced. Materials are names or FORMULA@DENSITY."""


def matter_of(path: Path) -> Matter:
    """The matter that a file describes.

    Raises SynthexError naming the file and what is wrong in it, unknown materials included.
    """
    from synthex_gui.physics.matter.fields import fields_of

    try:
        data = json_of(text_of(absolute(path), MOST_BYTES, "a material map"))
    except TextError as error:
        raise SynthexError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise SynthexError(f"{path}: must hold one JSON object, see synthex render --help")
    try:
        matter = Matter.model_validate(_document(data))
        # Unknown materials too are named here, with the file, and not by the first image.
        fields_of(matter)
    except ValidationError as error:
        raise SynthexError(f"{path}: {fault_of(error, data, 'the map')}") from None
    except SynthexError as error:
        raise SynthexError(f"{path}: {error}") from error
    return matter


def _document(data: dict[str, Any]) -> dict[str, Any]:
    """The file's flat form as the document nests it."""
    hu_map = {"kind": data.get("map", "points" if "points" in data else "water-bone")}
    hu_map |= {name: data[name] for name in ("points",) if name in data}
    rest = {name: value for name, value in data.items() if name not in ("map", "points")}
    return {"hu_map": hu_map, **rest}
