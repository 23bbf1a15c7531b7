"""One format a file, and the lists of those that a series is written in."""

from __future__ import annotations

from synthex_gui.export.writers.base import File, ImageWriter, Item, Series, SeriesWriter
from synthex_gui.export.writers.coco import coco_files
from synthex_gui.export.writers.factors import factors_files
from synthex_gui.export.writers.image import image_files
from synthex_gui.export.writers.manifest import manifest_files
from synthex_gui.export.writers.masks import mask_files
from synthex_gui.export.writers.synthex_folder import folder_files
from synthex_gui.export.writers.synthex_h5 import h5_files
from synthex_gui.export.writers.truth import truth_files

__all__ = ["IMAGE_WRITERS", "SERIES_WRITERS", "File", "Item", "Series"]

IMAGE_WRITERS: tuple[ImageWriter, ...] = (image_files, mask_files, truth_files)
# The manifest says what is there, and that it is whole: last.
SERIES_WRITERS: tuple[SeriesWriter, ...] = (
    coco_files,
    factors_files,
    h5_files,
    folder_files,
    manifest_files,
)
