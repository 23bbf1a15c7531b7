"""What a PLY file declares: its format and its elements, checked against the file's length.

Format: http://paulbourke.net/dataformats/ply, after Turk 1994.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from synthex_gui.io.errors import InputError

TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}
ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
HEADER_LIMIT = 1 << 16


@dataclass
class Element:
    """`properties`: (name, type) of a number, (name, count type, item type) of a list."""

    name: str
    count: int
    properties: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def has_lists(self) -> bool:
        """True when its entries differ in length."""
        return any(len(item) == 3 for item in self.properties)


@dataclass(frozen=True)
class PlyHeader:
    """`order` is "" for text, else NumPy's sign of the byte order; `body` where the data begin."""

    order: str
    elements: tuple[Element, ...]
    body: int


def read_header(path: Path, data: bytes) -> PlyHeader:
    """The header of a whole file's bytes. Raises InputError naming the line that is wrong."""
    end = data.find(b"end_header", 0, HEADER_LIMIT)
    line_end = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or line_end < 0:
        raise InputError(path, "is not a PLY file, or is cut short inside its header")
    elements: list[Element] = []
    kind = ""
    # Comments may be in any encoding; every byte is a letter in Latin-1.
    for line in data[:end].decode("latin-1").splitlines():
        words = line.split()
        try:
            if words[:1] == ["format"]:
                kind = words[1]
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append((words[4], _count_type(words[2]), TYPES[words[3]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append((words[2], TYPES[words[1]]))
        except (IndexError, KeyError, ValueError) as error:
            raise InputError(path, f"its PLY header is damaged (line {line[:40]!r})") from error
    if kind not in ORDERS or any(element.count < 0 for element in elements):
        raise InputError(path, f"its PLY header is damaged (format {kind[:40]!r})")
    for element in elements:
        # A number takes a byte at least, so a claim beyond the file's length costs no memory.
        least = element.count * max(1, len(element.properties)) if element.properties else 0
        if least > len(data):
            raise InputError(
                path, f"is cut short: it declares more of {element.name[:40]!r} than it can hold"
            )
    return PlyHeader(ORDERS[kind], tuple(elements), line_end + 1)


def axes_of(path: Path, element: Element) -> list[int]:
    """Places of x, y and z among a vertex' numbers. Raises InputError."""
    names = [item[0] for item in element.properties]
    if not all(axis in names for axis in "xyz") or element.has_lists:
        raise InputError(path, "its vertices have no x, y and z")
    return [names.index(axis) for axis in "xyz"]


def corner_list_of(path: Path, element: Element) -> int:
    """Place of the list of corners among a face's properties. Raises InputError."""
    for position, item in enumerate(element.properties):
        if len(item) == 3 and item[0] in ("vertex_indices", "vertex_index"):
            if item[2].startswith("f"):
                raise InputError(path, "its faces number their corners in fractions; damaged")
            return position
    raise InputError(path, "its faces list no vertices")


def _count_type(word: str) -> str:
    code = TYPES[word]
    if code.startswith("f"):
        raise ValueError("a length in fractions")
    return code
