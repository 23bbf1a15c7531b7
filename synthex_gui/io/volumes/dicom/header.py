"""One DICOM file's header, and what may be wrong with it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom

from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.dicom.values import text_of

DEFLATED = "1.2.840.10008.1.2.1.99"
DEFLATED_LIMIT = 256 << 20
ENDINGS = (".dcm", ".ima", ".dicom")
# Group and element of what a file without preamble begins with: the meta group's length, or the
# identifying group's first elements, in either byte order.
BEGINNINGS = tuple(
    bytes.fromhex(text) for text in ("02000000", "08000000", "08000500", "08000800", "00080005")
)


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn whatever pydicom raises on damaged data, at once or when an element is first used,
    into an InputError that names the file.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        # The library's text may quote an element, a patient's name among them.
        kind = type(error).__name__
        raise InputError(path, f"is damaged or cut short ({kind}); copy it again") from error


def is_dicom(first: bytes, path: Path) -> bool:
    """True for a file that begins like DICOM, with a preamble or without, or is named so."""
    return (
        first[128:132] == b"DICM" or first.startswith(BEGINNINGS) or path.suffix.lower() in ENDINGS
    )


def read_header(path: Path) -> Any | None:
    """A file's data set without pixels; None when it is not a DICOM image header.

    Raises InputError for damage, or a deflated file that unpacks to more than any image needs.
    """
    with damage_named(path):
        with path.open("rb") as stream:
            first = stream.read(132)
        if not is_dicom(first, path):
            return None
        if not first:
            raise InputError(path, "is empty")
        marked = first[128:132] == b"DICM"
        if marked:
            meta = pydicom.filereader.read_file_meta_info(path)
            if str(meta.get("TransferSyntaxUID", "")) == DEFLATED:
                _refuse_deflate_bomb(path)
        header = pydicom.dcmread(path, stop_before_pixels=True, force=not marked)
        if "SOPClassUID" not in header or "DirectoryRecordSequence" in header:
            return None
        if "Rows" not in header and text_of(header, "Modality") in ("CT", ""):
            # pydicom takes the end of a file for the end of its header.
            raise InputError(path, "is cut short")
        return header


def _refuse_deflate_bomb(path: Path) -> None:
    inflater = zlib.decompressobj(-15)
    total = 0
    with path.open("rb") as stream:
        stream.seek(132)
        # The group length element tells where the deflated part begins.
        head = stream.read(12)
        stream.seek(132 + 12 + int.from_bytes(head[8:12], "little"))
        pending = stream.read(1 << 16)
        while pending and not inflater.eof:
            total += len(inflater.decompress(pending, 1 << 20))
            if total > DEFLATED_LIMIT:
                raise InputError(path, "unpacks to more than any image needs; refused")
            pending = inflater.unconsumed_tail or stream.read(1 << 16)
