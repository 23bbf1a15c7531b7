"""What can be wrong with a file: one line each, naming the file and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import why_no_file

if TYPE_CHECKING:
    from synthex_gui.io.loaded import SeriesInfo


class InputError(SynthexError):
    """A file that cannot be used; the text begins with the file's name."""

    def __init__(self, path: Path | str, text: str) -> None:
        self.path = str(path)
        self.reason = text
        super().__init__(f"{Path(path).name or path}: {text}")


def not_there(path: Path) -> InputError:
    """The error of a path that leads to no file, saying why."""
    return InputError(path, why_no_file(path))


class MeshUnitError(InputError):
    """A mesh whose size is not plausible in mm: the unit must be asked for.

    `size` is the (x, y, z) extent in the file's own unit.
    """

    def __init__(self, path: Path | str, size: tuple[float, float, float]) -> None:
        self.size = size
        shown = " x ".join(f"{value:.4g}" for value in size)
        super().__init__(
            path, f"measures {shown} in its own unit, which no tool does in mm; say mm, cm or m"
        )


class SeriesChoiceError(InputError):
    """Several CT series are there and none was named; `series` are those to choose from."""

    def __init__(self, path: Path | str, series: tuple[SeriesInfo, ...]) -> None:
        self.series = series
        super().__init__(path, f"holds {len(series)} CT series; choose one of them")


class IncompleteSeriesError(InputError):
    """Files of a series are empty, cut or damaged: the user decides whether it is read without
    them. `files` are (path, reason); `total` how many files the series seems to have;
    `series_uid` which series it is.
    """

    def __init__(
        self,
        path: Path | str,
        files: Sequence[tuple[Path | str, str]],
        total: int,
        series_uid: str | None = None,
    ) -> None:
        self.series_uid = series_uid
        self.files = tuple((str(file), reason) for file, reason in files)
        self.total = total
        super().__init__(
            path,
            f"{len(files)} of {total} files of the series cannot be read: {named(files)}; copy "
            "them again, or read the series without them",
        )


def named(files: Sequence[tuple[Path | str, str]], most: int = 4) -> str:
    """``IM7.dcm is empty, IM8.dcm is empty and 6 more``."""
    shown = [f"{Path(file).name} {reason}" for file, reason in files[:most]]
    rest = len(files) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


class ReaderCrashedError(InputError):
    """The child process that read the file died, hung or ran out of memory."""


class ReadCancelledError(SynthexError):
    """Reading was stopped on request."""
