"""The arrays of a VTK XML file: text, base64 or raw, packed or not, never more than they should be.

Format: https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html. VTK's own reader makes
room for whatever a file declares: 42 KB may ask for gigabytes.
"""

from __future__ import annotations

import base64
import binascii
import lzma
import zlib
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.lz4_block import lz4_unpacked

TYPES = {
    **{f"Int{8 * size}": f"i{size}" for size in (1, 2, 4, 8)},
    **{f"UInt{8 * size}": f"u{size}" for size in (1, 2, 4, 8)},
    "Float32": "f4",
    "Float64": "f8",
    # Letters of texts.
    "String": "i1",
}
# A mesh packs to a third or so; a file of more declared bytes that packs this well is a bomb.
BOMB_BYTES, BOMB_RATIO = 64 << 20, 100


class VtpArrays:
    """Reads the DataArray elements of one file: `root` its VTKFile element, `appended` the bytes
    after the underscore of AppendedData, `is_raw` whether they are not base64.
    """

    def __init__(self, path: Path, root: Element, appended: bytes, is_raw: bool) -> None:
        self._path, self._appended, self._is_raw = path, appended, is_raw
        self._order = ">" if root.get("byte_order") == "BigEndian" else "<"
        self._header = np.dtype(
            self._order + ("u8" if root.get("header_type") == "UInt64" else "u4")
        )
        self._compressor = root.get("compressor", "")
        self._size = path.stat().st_size

    def values(self, element: Element | None, count: int) -> NDArray[Any]:
        """(count,) values of an element. Raises InputError unless exactly so many are there."""
        if element is None:
            raise InputError(self._path, "lacks an array that a surface needs; it is damaged")
        code = TYPES.get(element.get("type", ""))
        if code is None:
            raise InputError(self._path, f"holds {element.get('type')!r} values; it is damaged")
        dtype = np.dtype(self._order + code)
        wanted = count * dtype.itemsize
        if wanted > max(BOMB_BYTES, BOMB_RATIO * self._size):
            raise InputError(
                self._path,
                f"declares {wanted >> 20} MB in a file of {self._size >> 10} KB; no mesh packs "
                "like that, refused",
            )
        if element.get("format") == "ascii":
            return self._of_text(element, dtype, count)
        return np.frombuffer(self._bytes(element, wanted), dtype)

    def text(self, element: Element, longest: int) -> str:
        """The first text of an array of them, "" for one that is not read."""
        if element.get("format") == "ascii":
            codes = (element.text or "").split()[:longest]
            letters = bytes(int(code) for code in codes if code.isdigit() and int(code) < 256)
        else:
            letters = self._bytes(element, None)[:longest]
        return letters.split(b"\0")[0].decode("latin-1")

    def _of_text(self, element: Element, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        words = (element.text or "").split()
        if len(words) != count:
            raise self._short(len(words), count)
        try:
            return np.array(words, dtype="S" if words else dtype).astype(dtype)
        except (ValueError, OverflowError) as error:
            raise InputError(self._path, "holds a word where a number must be; damaged") from error

    def _bytes(self, element: Element, wanted: int | None) -> bytes:
        """`wanted` bytes, None for as many as there are (few: texts)."""
        if element.get("format") == "appended":
            offset = element.get("offset", "")
            if not (offset.isdigit() and len(offset) < 13 and int(offset) < len(self._appended)):
                raise InputError(self._path, "names data that are not there; it is cut short")
            source = _Stream(self._path, self._appended[int(offset) :], self._is_raw)
        else:
            source = _Stream(self._path, (element.text or "").strip().encode(), False)
        try:
            return self._unpacked(source, wanted)
        except (zlib.error, lzma.LZMAError, binascii.Error, ValueError) as error:
            raise InputError(self._path, "its data are damaged; copy the file again") from error

    def _unpacked(self, source: _Stream, wanted: int | None) -> bytes:
        if not self._compressor:
            (there,) = self._numbers(source, 1)
            self._agree(there, wanted)
            return source.take(there)
        blocks, size, last = self._numbers(source, 3, is_whole=False)
        if blocks == 0:
            self._agree(0, wanted)
            return b""
        sizes = [size] * (blocks if last == 0 else blocks - 1) + ([last] if last else [])
        # Each block has its packed length in the header, so this claim cannot be large.
        if blocks * self._header.itemsize > self._size:
            raise InputError(self._path, "is cut short: it declares more blocks than it can hold")
        self._agree(sum(sizes), wanted)
        packed = self._numbers(source, blocks, skip=3)
        body = source.take(sum(packed))
        parts, place = [], 0
        for length, count in zip(packed, sizes, strict=True):
            part = self._block(body[place : place + length], count)
            if len(part) != count:
                raise self._short(len(part), count)
            parts.append(part)
            place += length
        return b"".join(parts)

    def _block(self, packed: bytes, count: int) -> bytes:
        # One byte more than there should be, so that more is noticed and never made.
        if "ZLib" in self._compressor:
            return zlib.decompressobj().decompress(packed, count + 1)
        if "LZMA" in self._compressor:
            return lzma.LZMADecompressor().decompress(packed, count + 1)
        if "LZ4" in self._compressor:
            return lz4_unpacked(packed, count)
        raise InputError(
            self._path, f"is packed by {self._compressor[:40]!r}; save it with zlib compression"
        )

    def _numbers(
        self, source: _Stream, count: int, skip: int = 0, is_whole: bool = True
    ) -> list[int]:
        """`count` numbers of a header after `skip` that were looked at; `is_whole`: its end."""
        size = self._header.itemsize
        found = source.header(size * (skip + count), is_whole)[size * skip :]
        result: list[int] = np.frombuffer(found, self._header).tolist()
        return result

    def _agree(self, there: int, wanted: int | None) -> None:
        if wanted is None:
            if there > 1 << 16:
                raise InputError(self._path, "holds a text of an impossible length; damaged")
        elif there != wanted:
            raise self._short(there, wanted)

    def _short(self, there: int, wanted: int) -> InputError:
        return InputError(
            self._path, f"is damaged or cut short: {there} of {wanted} values or bytes are there"
        )


class _Stream:
    """Bytes as an array stores them: a header, then the rest, each its own base64 text or both one.

    `content` begins with the array and may go on behind it.
    """

    def __init__(self, path: Path, content: bytes, is_raw: bool) -> None:
        self._path, self._content, self._is_raw = path, content, is_raw
        self._place = 0  # where the rest begins, in bytes or letters
        self._before = 0  # decoded bytes of a joint text that are the header

    def header(self, count: int, is_whole: bool) -> bytes:
        """The first `count` bytes; the rest begins behind them if that `is_whole` the header."""
        if self._is_raw:
            self._place = count
            return self._checked(self._content[:count], count)
        letters = -(-count // 3) * 4
        first = self._content[:letters]
        if is_whole:
            is_joint = count % 3 != 0 and not first.endswith(b"=")
            self._place, self._before = (0, count) if is_joint else (letters, 0)
        return self._checked(base64.b64decode(first)[:count], count)

    def take(self, count: int) -> bytes:
        """The next `count` bytes behind the header."""
        if self._is_raw:
            return self._checked(self._content[self._place : self._place + count], count)
        whole = self._before + count
        letters = self._content[self._place : self._place + -(-whole // 3) * 4]
        return self._checked(base64.b64decode(letters)[self._before : whole], count)

    def _checked(self, found: bytes, count: int) -> bytes:
        if len(found) != count:
            raise InputError(self._path, "is cut short; copy or export it again")
        return found
