"""How much room a series takes: guessed from its plan, then from its first images."""

from __future__ import annotations

import shutil
from pathlib import Path

from synthex_gui.export.dataset import ExportError
from synthex_gui.export.journal import Files
from synthex_gui.scene.plan import SeriesPlan

# What a series' images take is known from these; later a disk that fills up is another's doing.
MEASURED_IMAGES = 8
# Bytes a pixel of SyntheX's layouts: float32 and a class image, plain or as PNG.
PACKED_BYTES = {"synthex-h5": 5.0, "synthex-folder": 4.05}


def estimated_bytes(plan: SeriesPlan, images: int, masks: int) -> int:
    """About what a series takes while it is made: a layout is packed from images and masks that go
    afterwards. `masks` an image. At the realistic level within 20 %: noise hardly compresses;
    without it a PNG takes a quarter to all of that.
    """
    return int(images * (_image_bytes(plan, masks) + _index_bytes(plan, masks)))


def _image_bytes(plan: SeriesPlan, masks: int) -> float:
    # Measured from 64 to 1024 columns on 2 to 44 masks an image; a record has their outlines.
    per_pixel = 4.0 if plan.image_format == "tiff32" else 1.15
    record = 2700 + masks * (300 + 0.9 * plan.size)
    return plan.size**2 * per_pixel + masks * (120 + 0.0078 * plan.size**2) + record


def _index_bytes(plan: SeriesPlan, masks: int) -> float:
    """An image's part of the series' own files: manifest, COCO's file, layouts."""
    packs = sum(PACKED_BYTES.get(name, 0.0) for name in plan.formats)
    outlines = 210 + 0.95 * plan.size if "coco" in plan.formats else 0.0
    return 1000 + masks * (190 + outlines) + packs * plan.size**2


class Room:
    """Whether a series fits into the folder's disk."""

    def __init__(self, folder: Path, plan: SeriesPlan, masks: int) -> None:
        self._folder, self._plan, self._masks = folder, plan, masks
        self._seen, self._bytes = 0, 0

    def check(self, images: int) -> None:
        """ExportError when that many images cannot fit, by the plan."""
        self._compare(estimated_bytes(self._plan, images, self._masks))

    def check_after(self, files: Files, left: int) -> None:
        """Another image is written and `left` are to come: ExportError when these cannot fit, by
        the bytes of the first images.
        """
        if self._seen >= MEASURED_IMAGES:
            return
        self._seen += 1
        self._bytes += sum((self._folder / name).stat().st_size for name in files)
        self._compare(self.expected_bytes(left))

    def expected_bytes(self, left: int) -> int:
        """What `left` more images and the series' own files take, by the images seen."""
        index = (self._seen + left) * _index_bytes(self._plan, self._masks)
        return int(self._bytes / self._seen * left + index)

    def _compare(self, needed: int) -> None:
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise ExportError(
                f"{self._folder}: about {needed / 1e9:.2g} GB are needed and {free / 1e9:.2g} GB "
                "are free; free some space and resume"
            )
