"""What a user can say of a CT or a label map beside its path, the same for every command."""

from __future__ import annotations

import argparse
import math
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.wording import fault_of
from synthex_gui.scene.sources import FileSource


def add_ct_arguments(parser: Any) -> None:
    """What a user can say of a CT beside its path."""
    parser.add_argument(
        "--series", metavar="UID", help="which series of a DICOM folder that holds several"
    )
    parser.add_argument(
        "--accept-incomplete",
        action="store_true",
        help="read a DICOM series without its files that cannot be read",
    )
    parser.add_argument(
        "--hu-mend",
        metavar="SLOPE,OFFSET",
        default="1,0",
        help="HU = SLOPE x (what the file says) + OFFSET, for numbers that are no HU",
    )


def add_label_arguments(parser: Any) -> None:
    """What a user can say of a label map beside its path."""
    parser.add_argument(
        "--label-names",
        type=_scheme,
        metavar="totalsegmentator[-TASK]",
        help="the numbering of a label map that has no table of names: TotalSegmentator's total "
        "or another of its tasks (totalsegmentator-body); refused where ids or sides do not fit",
    )


def _scheme(text: str) -> str:
    from synthex_gui.io.labels.schemes import SchemeError, scheme_names

    try:
        scheme_names(text)
    except SchemeError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def ct_source_options(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of a `FileSource` beside its path."""
    slope, offset = numbers_of("--hu-mend", options.hu_mend, 2)
    said = {
        "series_uid": options.series,
        "is_incomplete_accepted": options.accept_incomplete,
        "hu_slope": slope,
        "hu_offset": offset,
    }
    try:
        FileSource(path="ct", **said)
    except ValidationError as error:
        raise SynthexError(f"--hu-mend {options.hu_mend}: {fault_of(error)}") from None
    return said


def numbers_of(option: str, text: str, count: int) -> list[float]:
    """So many finite numbers, separated by commas; SynthexError naming the option."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != count or not all(map(math.isfinite, values)):
        raise SynthexError(f"{option} {text}: give {count} numbers, separated by commas")
    return values
