"""What a file is by its name: the window's drop and ``synthex info`` ask here."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from synthex_gui.io.meshes import door

Kind = Literal["project", "mesh", "landmarks", "picture", "dicom", "labels", "volume"]

PROJECT_ENDING = ".synthex"
MESH_ENDINGS = door.ENDINGS
LANDMARK_ENDINGS = (".mrk.json", ".fcsv", ".json")
PICTURE_ENDINGS = (".png", ".tif", ".tiff")
# Slicer writes .seg.nrrd, nnU-Net and TotalSegmentator users _seg.nii.gz; labels.nii.gz is what
# `synthex phantom` writes. Any other name is a CT until the user says that it is a label map.
LABEL_ENDINGS = ("_seg.nii.gz", "_seg.nii", "labels.nii.gz")


def kind_of(path: Path) -> Kind:
    """By the name alone, upper or lower case; a folder is a volume (a DICOM series).

    ``dicom`` is one file, a radiograph or a slice of a CT: its header says which.
    """
    name = path.name.lower()
    if name.endswith(PROJECT_ENDING):
        return "project"
    if name.endswith(MESH_ENDINGS):
        return "mesh"
    if name.endswith(LANDMARK_ENDINGS):
        return "landmarks"
    if name.endswith(PICTURE_ENDINGS):
        return "picture"
    if name.endswith(".dcm"):
        return "dicom"
    if ".seg." in name or name.endswith(LABEL_ENDINGS):
        return "labels"
    return "volume"
