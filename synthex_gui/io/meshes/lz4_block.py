"""LZ4 blocks unpacked: VTK packs its XML files so, where asked to.

Format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
"""

from __future__ import annotations

SHORTEST_MATCH = 4


def lz4_unpacked(packed: bytes, count: int) -> bytes:
    """At most `count` bytes. Raises ValueError for damage and where there would be more."""
    out = bytearray()
    place, end = 0, len(packed)
    while place < end:
        token = packed[place]
        literals, place = _length(packed, place + 1, token >> 4)
        out += packed[place : place + literals]
        place += literals
        if len(out) > count or place > end:
            raise ValueError("LZ4: more than declared, or cut short")
        if place == end:
            break
        offset = int.from_bytes(packed[place : place + 2], "little")
        match, place = _length(packed, place + 2, token & 15)
        match += SHORTEST_MATCH
        start = len(out) - offset
        if offset == 0 or start < 0 or len(out) + match > count:
            raise ValueError("LZ4: a reference to nowhere, or more than declared")
        # A match may reach into what it writes: then it repeats.
        piece = bytes(out[start : start + match])
        out += (piece * (match // len(piece) + 1))[:match]
    return bytes(out)


def _length(packed: bytes, place: int, nibble: int) -> tuple[int, int]:
    """(a length, where the next thing stands): 15 goes on in bytes of 255."""
    total = nibble
    more = 255 if nibble == 15 else 0
    while more == 255:
        if place >= len(packed):
            raise ValueError("LZ4: cut short")
        more = packed[place]
        total += more
        place += 1
    return total, place
