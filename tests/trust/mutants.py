"""Files as a broken disk, a broken download or a hostile hand leaves them."""

from __future__ import annotations

import re

import numpy as np

NUMBER = re.compile(rb"\b\d+\b")
GIANTS = (b"32767", b"2147483647", b"4000000000", b"99999999999999999999", b"-1", b"1e30", b"nan")
# Shares of truncation, flipped bits, boundary bytes, giant sizes, splices and zero tails.
KINDS = ("cut", "flips", "boundary", "giant", "splice", "zeros")
SHARES = (0.22, 0.38, 0.14, 0.14, 0.07, 0.05)
HEADER = 400


def mutant(data: bytes, random: np.random.Generator) -> tuple[str, bytes]:
    """(kind, bytes) of a damaged copy; it differs from `data`."""
    while True:
        kind = str(random.choice(KINDS, p=SHARES))
        found = _damaged(kind, data, random)
        if found != data:
            return kind, found


def _damaged(kind: str, data: bytes, random: np.random.Generator) -> bytes:
    result = bytearray(data)
    place = int(random.integers(len(data)))
    early = int(random.integers(min(HEADER, len(data))))
    if kind == "cut":
        return bytes(result[:place])
    if kind == "flips":
        for _ in range(int(random.integers(1, 6))):
            anywhere = int(random.integers(len(data)))
            result[early if random.random() < 0.5 else anywhere] ^= 1 << int(random.integers(8))
    elif kind == "boundary":
        edge = random.choice([b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"9999"])
        result[early : early + 4] = edge
    elif kind == "giant":
        return _giant(data, early, random)
    elif kind == "splice":
        other = int(random.integers(len(data)))
        result[early : early + 50] = result[other : other + 50]
    else:
        result[place:] = bytes(len(data) - place)
    return bytes(result)


def _giant(data: bytes, early: int, random: np.random.Generator) -> bytes:
    """A number in words of the first kilobyte, or a binary one, made absurd."""
    numbers = [found.span() for found in NUMBER.finditer(data[:1000])]
    if numbers and random.random() < 0.7:
        start, end = numbers[int(random.integers(len(numbers)))]
        return data[:start] + bytes(random.choice(GIANTS)) + data[end:]
    value = int(random.choice([0x7FFF, 0x7FFFFFFF, 4_000_000_000]))
    width = 2 if value == 0x7FFF else 4
    return data[:early] + value.to_bytes(width, "little") + data[early + width :]
