"""The one door for CTs: any supported file or folder to int16 HU in LPS mm, with warnings."""

from __future__ import annotations

from pathlib import Path

from synthex_gui.core.files import stem
from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.arrays import Volume
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError, SeriesChoiceError, not_there
from synthex_gui.io.loaded import LoadedVolume, SeriesInfo
from synthex_gui.io.volumes import metaimage, nifti, nrrd, nrrd_header
from synthex_gui.io.volumes.dicom.scan import list_series
from synthex_gui.io.volumes.dicom.volume import read_dicom
from synthex_gui.io.volumes.hounsfield import to_hounsfield
from synthex_gui.io.volumes.raw_image import RawImage

__all__ = ["LoadedVolume", "SeriesChoiceError", "SeriesInfo", "list_series", "read_volume"]

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm", ".ima")
# What so many times as much packs into is no scan, and hardly a label map: zeros alone reach 1030.
BOMB_BYTES = 512 << 20
CT_RATIO, LABEL_RATIO = 200, 900
FOREIGN = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"%PDF": "a PDF document",
    b"Rar!": "a rar archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"GIF8": "a GIF picture",
    b"BM": "a bitmap picture",
    b"\x89HDF": "an HDF5 file",
    b"solid": "an STL mesh",
    b"ply": "a PLY mesh",
}


def read_volume(
    path: Path | str,
    series_uid: str | None = None,
    progress: Progress = no_progress,
    is_incomplete_accepted: bool = False,
    hu_slope: float = 1.0,
    hu_offset: float = 0.0,
) -> LoadedVolume:
    """Read a CT: DICOM folder or multi-frame file, NIfTI, NRRD/NHDR, MHA/MHD.

    Raises InputError naming the file and what is wrong; SeriesChoiceError for a folder with
    several CT series when `series_uid` (of `list_series`) is not given; IncompleteSeriesError for a
    series of which files cannot be read, unless `is_incomplete_accepted`. `hu_slope`, `hu_offset`:
    what mends HU that are none, as `LoadedVolume.mend` proposes it.
    """
    source = Path(path).expanduser()
    mend = (hu_slope, hu_offset)
    if source.is_dir() or image_kind(source) == "dicom":
        volume, warnings, found = read_dicom(
            source, series_uid, progress, is_incomplete_accepted, mend
        )
        name = source.resolve().name if source.is_dir() else stem(source)
        return LoadedVolume(volume, warnings, name, found)
    refuse_packed(source, CT_RATIO)
    raw, slope, intercept = read_image(source, image_kind(source), progress)
    if raw.values.ndim != 3:
        raise InputError(source, "holds several layers; it is a segmentation, not a CT")
    values, warnings, found = to_hounsfield(source, raw.values, slope, intercept, mend)
    return LoadedVolume(Volume(values, raw.grid), raw.warnings + warnings, stem(source), found)


def read_image(
    path: Path, kind: str, progress: Progress = no_progress
) -> tuple[RawImage, float, float]:
    """(image, slope, intercept) of a file of that kind (see `image_kind`)."""
    if kind == "nifti":
        return nifti.read_nifti(path, progress)
    if kind == "nrrd":
        return nrrd.read_nrrd(path, progress), 1.0, 0.0
    return metaimage.read_metaimage(path, progress), 1.0, 0.0


def image_kind(path: Path) -> str:
    """What a file holds, by content: "nifti", "nrrd", "metaimage" or "dicom".

    Raises InputError saying what else it is.
    """
    if not path.is_file():
        raise not_there(path)
    first = payload.head(path, 540)
    if not first:
        raise InputError(path, "is empty")
    if first.startswith(b"NRRD000"):
        return "nrrd"
    if first[128:132] == b"DICM":
        return "dicom"
    if nifti.is_nifti(first):
        return "nifti"
    if path.suffix.lower() in (".mha", ".mhd") or b"NDims" in first[:200]:
        return "metaimage"
    if path.suffix.lower() in (".dcm", ".ima"):
        return "dicom"
    what = next((text for magic, text in FOREIGN.items() if first.startswith(magic)), None)
    if what is None:
        what = "not an image this program reads (NIfTI, NRRD, MHA/MHD or DICOM), or it is damaged"
    raise InputError(path, f"is {what}")


def refuse_packed(path: Path, ratio: int) -> None:
    """Raise InputError, before a voxel is read, where a file's header declares more than `ratio`
    times the bytes that the voxels take in it, and these are many.
    """
    declared = declared_bytes(path)
    if declared > BOMB_BYTES:
        packed = parts_of(path)[-1].stat().st_size
        if declared > ratio * max(packed, 1):
            raise InputError(
                path,
                f"claims {declared >> 20} MB of image in {packed / 1024:.0f} KB; nothing real "
                "packs like that, refused",
            )


def declared_bytes(path: Path) -> int:
    """How many bytes of voxels a file's header declares; of a folder, a guess from its size.

    Raises InputError as the reader would.
    """
    if path.is_dir():
        return 4 * sum(item.stat().st_size for item in path.rglob("*") if item.is_file())
    kind = image_kind(path)
    if kind == "nifti":
        return nifti.read_header(path).data_bytes
    if kind == "nrrd":
        return nrrd_header.read_header(path).data_bytes
    if kind == "metaimage":
        return metaimage.read_header(path).data_bytes
    # DICOM: compressed pixels unpack to some multiple of the file.
    return 16 * path.stat().st_size


def parts_of(path: Path) -> tuple[Path, ...]:
    """The file, and the one with the voxels where its header names another.

    Raises InputError for a damaged header or a missing part.
    """
    try:
        kind = image_kind(path)
    except InputError:
        # A mesh or a table.
        return (path,)
    data = path
    if kind == "metaimage":
        data = metaimage.read_header(path).data_path
    elif kind == "nrrd":
        data = nrrd_header.read_header(path).data_path
    return (path,) if data == path else (path, data)
