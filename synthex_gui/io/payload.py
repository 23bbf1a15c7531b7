"""The bytes of a file, never more and never fewer than its header declares.

Image libraries fill what a truncated file lacks with zeros, allocate what a hostile header claims
and skip gzip's checksum once enough bytes came. Here the declared size is compared with the real
one first, and every compressed stream is read to its end, checksum included.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.errors import InputError

CHUNK = 1 << 20
# Deflate cannot do better than 1032 : 1, so a claim beyond that is false whatever the data are.
DEFLATE_LIMIT = 1032
# gzip or zlib framing, whichever the stream begins with.
AUTO_WBITS = 47
GZIP_MAGIC = b"\x1f\x8b"

Bytes = NDArray[np.uint8]


def head(path: Path, count: int) -> bytes:
    """The first `count` bytes of a file, of the decompressed stream when it is gzip.

    Fewer when the file is shorter. Raises InputError when it cannot be opened or inflated.
    """
    try:
        with path.open("rb") as stream:
            first = stream.read(max(count, 2))
            if not first.startswith(GZIP_MAGIC):
                return first[:count]
            inflater = zlib.decompressobj(AUTO_WBITS)
            result = inflater.decompress(first, count)
            while len(result) < count and not inflater.eof:
                more = inflater.unconsumed_tail or stream.read(4096)
                if not more:
                    break
                result += inflater.decompress(more, count - len(result))
            return result
    except OSError as error:
        raise InputError(path, f"cannot be opened ({error.strerror})") from error
    except zlib.error as error:
        raise InputError(path, "the gzip stream is damaged; copy the file again") from error


def is_gzip(path: Path) -> bool:
    """True when the file begins as gzip does, whatever its name."""
    try:
        with path.open("rb") as stream:
            return stream.read(2) == GZIP_MAGIC
    except OSError as error:
        raise InputError(path, f"cannot be opened ({error.strerror})") from error


def read_raw(path: Path, offset: int, count: int, progress: Progress = no_progress) -> Bytes:
    """`count` bytes from `offset`, (count,) uint8. Raises InputError when the file is shorter."""
    size = path.stat().st_size
    if size < offset + count:
        raise InputError(
            path,
            f"is cut short: its header declares {count} bytes of image, {max(0, size - offset)} "
            "are there; copy or download it again",
        )
    result = np.empty(count, np.uint8)
    view = memoryview(result.data)
    done = 0
    with path.open("rb") as stream:
        stream.seek(offset)
        while done < count:
            got = stream.readinto(view[done : done + 16 * CHUNK])
            if not got:
                raise InputError(path, "ended while it was being read")
            done += got
            progress(done, count, "reading")
    return result


def read_deflated(
    path: Path, offset: int, count: int, progress: Progress = no_progress, slack: int = 0
) -> tuple[Bytes, int]:
    """Inflate a gzip or zlib stream that must hold `count` bytes.

    Returns ((count,) uint8, bytes found beyond them, at most `slack`). Raises InputError when the
    stream is shorter, longer than count + slack, damaged, or its checksum is wrong.
    """
    packed = path.stat().st_size - offset
    if count > packed * DEFLATE_LIMIT + 4096:
        raise InputError(
            path,
            f"is cut short or its header is false: {count} bytes cannot be packed into {packed}",
        )
    result = np.empty(count, np.uint8)
    view = memoryview(result.data)
    filled = extra = 0
    inflater = zlib.decompressobj(AUTO_WBITS)
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            pending = b""
            while True:
                pending = pending or stream.read(CHUNK)
                if not pending:
                    break
                piece = inflater.decompress(pending, 4 * CHUNK)
                pending = inflater.unconsumed_tail
                take = min(len(piece), count - filled)
                view[filled : filled + take] = piece[:take]
                filled += take
                extra += len(piece) - take
                if extra > slack:
                    raise InputError(
                        path, f"holds more than the {count} bytes of image its header declares"
                    )
                progress(filled, max(count, 1), "reading")
                if inflater.eof:
                    # gzip files may be several streams one after the other.
                    pending = inflater.unused_data or stream.read(CHUNK)
                    if not pending.startswith(GZIP_MAGIC):
                        break
                    inflater = zlib.decompressobj(AUTO_WBITS)
    except zlib.error as error:
        raise InputError(path, f"its compressed data are damaged ({error})") from error
    if filled < count or not inflater.eof:
        raise InputError(
            path,
            f"is cut short: its header declares {count} bytes of image, {filled} could be "
            "unpacked; copy or download it again",
        )
    return result, extra


def read_voxels(
    path: Path, offset: int, count: int, is_packed: bool, progress: Progress = no_progress
) -> tuple[Bytes, tuple[str, ...]]:
    """((count,) uint8, warnings) of the image at an offset, which may be deflated. Raises as
    `read_raw` and `read_deflated`.
    """
    if is_packed:
        return read_deflated(path, offset, count, progress)[0], ()
    data = read_raw(path, offset, count, progress)
    return data, trailing(path.stat().st_size - offset - count)


def trailing(extra: int) -> tuple[str, ...]:
    """The warning that so many bytes follow an image, where they do."""
    return (f"{extra} bytes follow the image; they were ignored",) if extra > 0 else ()


def sibling(header: Path, name: str) -> Path:
    """The detached data file that a header names, which must lie in the header's own folder tree.

    Raises InputError for absolute names, `..`, links that lead elsewhere and missing files.
    """
    folder = header.parent.resolve()
    clean = name.strip().replace("\\", "/")
    outside = InputError(header, f"names data outside its own folder ({name[:60]!r}); refused")
    if clean.startswith(("/", "~")) or ":" in clean or not clean.isprintable():
        raise outside
    try:
        target = (folder / clean).resolve()
        is_file = target.is_file()
    # A circle of links is a RuntimeError.
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(header, f"names an impossible data file ({name[:60]!r})") from error
    if not target.is_relative_to(folder):
        raise outside
    if not is_file:
        raise InputError(header, f"its data file {clean[:60]!r} is not beside it")
    return target
