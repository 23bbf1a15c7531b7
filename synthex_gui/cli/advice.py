"""What a reader asks a person about, in words of the command line: a mesh's unit, a CT's series."""

from __future__ import annotations

from synthex_gui.core.errors import SynthexError


def advice(error: SynthexError) -> str:
    """The error's line; where a file leaves a choice open, the option that makes it."""
    from synthex_gui.io.errors import IncompleteSeriesError, MeshUnitError, SeriesChoiceError

    text = str(error)
    if isinstance(error, MeshUnitError):
        return f"{text.rpartition(';')[0]}; give --mesh-unit mm|cm|m"
    if isinstance(error, IncompleteSeriesError):
        return f"{text.rpartition(';')[0]}; copy them again, or give --accept-incomplete"
    if isinstance(error, SeriesChoiceError):
        known = ", ".join(f"{item.uid} ({item.slices} slices)" for item in error.series)
        return f"{text.rpartition(';')[0]}; choose one with --series UID: {known}"
    return text
