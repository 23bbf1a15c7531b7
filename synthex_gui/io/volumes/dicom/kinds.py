"""What a series is, what keeps it from being a CT, and what a user should know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from synthex_gui.io.volumes.dicom.planes import SliceHeader
from synthex_gui.io.volumes.dicom.values import text_of, whole_of, words_of

KINDS = {
    "MR": "a magnetic resonance image",
    "US": "an ultrasound image",
    "PT": "a PET image",
    "NM": "a nuclear medicine image",
    "SEG": "a DICOM segmentation",
    "RTDOSE": "a radiotherapy dose",
    "RTSTRUCT": "a radiotherapy structure set",
    "RTPLAN": "a radiotherapy plan",
    "CR": "a radiograph",
    "DX": "a radiograph",
    "MG": "a mammogram",
    "RF": "a fluoroscopy image",
    "XA": "an angiography image",
    "SR": "a report",
    "PR": "a presentation state",
    "KO": "a list of key images",
    "REG": "a registration",
    "SC": "a screen capture",
    "OT": "an image of another kind",
}
XA_3D = "1.2.840.10008.5.1.4.1.1.13.1.1"
# Words of an image's type that say its numbers are a map of something else than attenuation.
MAPS = {
    "PERFUSION": "a perfusion map",
    "CBF": "a map of blood flow",
    "CBV": "a map of blood volume",
    "MTT": "a map of transit times",
    "TTP": "a map of times to peak",
    "TMAX": "a map of delays",
    "PERMEABILITY": "a permeability map",
    "IODINE": "an iodine map",
    "EFFECTIVE_Z": "a map of atomic numbers",
    "ELECTRON_DENSITY": "a map of electron density",
    "MATERIAL_REMOVED": "an image without one of its materials",
    "SUBTRACTION": "a difference of two images",
}
PROJECTIONS = {"MIP", "MAX_IP", "MIN_IP", "MINIP", "AVERAGE", "VOLREN", "VRT", "PROJECTION IMAGE"}


def problem_of(header: Any, planes: Sequence[SliceHeader]) -> str:
    """Why a series of these planes cannot be read as a CT; empty when it can."""
    modality = text_of(header, "Modality")
    if modality != "CT" and text_of(header, "SOPClassUID") != XA_3D:
        return f"is {KINDS.get(modality, f'of modality {modality!r}')}, not a CT"
    if is_localizer(header):
        return "is a localizer (scout view), not a CT volume"
    if whole_of(header, "SamplesPerPixel", 1) != 1:
        return "is a colour image, not a CT"
    if len(planes) < 2:
        return "is a single slice, not a volume; open the folder that holds the whole series"
    if any(plane.position is None or plane.orientation is None for plane in planes):
        return "has slices without position or orientation, so their order is unknown"
    if any(plane.spacing is None or min(plane.spacing) <= 0 for plane in planes):
        return "has slices without pixel spacing"
    turn = np.array(planes[0].orientation).reshape(2, 3)
    if np.abs(turn @ turn.T - np.eye(2)).max() > 1e-3:
        return "has an orientation that is not a rotation"
    return ""


def remarks_of(header: Any) -> tuple[str, ...]:
    """What a user should know before the numbers are taken for HU."""
    words = words_of(header, "ImageType")
    found = [text for word, text in MAPS.items() if any(word in given for given in words)]
    remarks = [f"its images are derived: {text}; its values are not HU" for text in found[:1]]
    if not found and PROJECTIONS & set(words):
        remarks.append("its images are projections through a slab (MIP or the like), not slices")
    if text_of(header, "BurnedInAnnotation").upper() == "YES":
        remarks.append("text is burned into its images")
    return tuple(remarks)


def is_localizer(header: Any) -> bool:
    """True for a scout view."""
    return "LOCALIZER" in words_of(header, "ImageType")
