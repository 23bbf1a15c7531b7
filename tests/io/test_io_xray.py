"""Radiographs: polarity, spacing, frames, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from dicom_writer import ct_slice
from PIL import Image

from synthex_gui.io.errors import InputError
from synthex_gui.io.xray import read_xray

STORED = np.array([[0, 100], [50, 150], [200, 1000]])


def dicom(path: Path, **changes: object) -> Path:
    defaults = {
        "Modality": "DX",
        "PixelRepresentation": 0,
        "BitsStored": 10,
        "HighBit": 9,
        "ImagerPixelSpacing": [0.2, 0.3],
        "PixelSpacing": None,
    }
    ct_slice(path, (0, 0, 0), 1, "1.2", intercept=0.0, values=STORED, **(defaults | changes))
    return path


@pytest.mark.parametrize(
    ("modality", "photometric", "sign", "relationship", "grows", "kind"),
    [
        ("DX", "MONOCHROME1", None, None, True, "log"),
        ("DX", "MONOCHROME2", None, None, False, "log"),
        ("CR", "MONOCHROME2", 1, "LIN", True, "linear"),
        ("DX", "MONOCHROME1", -1, "LOG", False, "log"),
        ("XA", "MONOCHROME2", None, "LIN", True, "linear"),
        ("RF", "MONOCHROME1", None, None, False, "linear"),
    ],
)
def test_more_signal_is_more(
    tmp_path: Path,
    modality: str,
    photometric: str,
    sign: int | None,
    relationship: str | None,
    grows: bool,
    kind: str,
) -> None:
    changes: dict[str, object] = {"Modality": modality, "PhotometricInterpretation": photometric}
    if sign is not None:
        changes["PixelIntensityRelationshipSign"] = sign
    if relationship is not None:
        changes["PixelIntensityRelationship"] = relationship
    image = read_xray(dicom(tmp_path / "x.dcm", **changes))
    expected = STORED / 1023
    np.testing.assert_allclose(image.pixels, expected if grows else 1 - expected, atol=1e-6)
    assert image.pixels.dtype == np.float32
    assert image.kind == kind
    assert image.pixel_spacing_mm == (0.2, 0.3)
    assert (image.warnings == ()) == (relationship is not None)
    assert "Secret" not in repr(image)


def test_zero_spacing_is_none_and_frames_are_counted(tmp_path: Path) -> None:
    path = dicom(tmp_path / "x.dcm", ImagerPixelSpacing=[0.0, 0.0])
    assert read_xray(path).pixel_spacing_mm is None
    frames = np.stack([STORED, STORED // 2]).astype(np.uint16)
    path = dicom(
        tmp_path / "f.dcm",
        Modality="XA",
        NumberOfFrames=2,
        PixelData=frames.tobytes(),
        PixelIntensityRelationship="LIN",
    )
    second = read_xray(path, frame=1)
    assert second.frames == 2
    np.testing.assert_allclose(second.pixels, (STORED // 2) / 1023, atol=1e-6)
    for frame in (2, -1):
        with pytest.raises(InputError, match=f"no frame {frame}"):
            read_xray(path, frame=frame)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Modality": "CT"}, "of modality 'CT', not a radiograph"),
        ({"Modality": "US"}, "ultrasound"),
        ({"PhotometricInterpretation": "RGB"}, "colour"),
        ({"PixelData": bytes(4)}, "damaged or cut short"),
    ],
)
def test_other_dicom_is_refused(tmp_path: Path, changes: dict[str, object], word: str) -> None:
    with pytest.raises(InputError, match=word):
        read_xray(dicom(tmp_path / "x.dcm", **changes))


def test_pictures(tmp_path: Path) -> None:
    grey = np.arange(60000, dtype=np.uint16).reshape(200, 300)
    Image.fromarray(grey).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", grey)
    for name in ("a.png", "a.tif"):
        image = read_xray(tmp_path / name)
        np.testing.assert_allclose(image.pixels, grey / 65535, atol=1e-6)
        assert image.kind == "linear"
        assert "linear was assumed" in image.warnings[0]
        turned = read_xray(tmp_path / name, bone_is_bright=True)
        np.testing.assert_allclose(turned.pixels, 1 - grey / 65535, atol=1e-6)
        assert turned.kind == "log"
    Image.fromarray((grey // 256).astype(np.uint8)).convert("RGB").save(tmp_path / "rgb.png")
    np.testing.assert_allclose(
        read_xray(tmp_path / "rgb.png").pixels, (grey // 256) / 255, atol=1e-6
    )
    colour = np.zeros((20, 20, 3), np.uint8)
    colour[..., 0] = 9
    Image.fromarray(colour).save(tmp_path / "colour.png")
    with pytest.raises(InputError, match="colour picture"):
        read_xray(tmp_path / "colour.png")
    floats = np.full((8, 9), 0.5, np.float32)
    tifffile.imwrite(tmp_path / "f.tif", floats)
    np.testing.assert_array_equal(read_xray(tmp_path / "f.tif").pixels, floats)
    floats[0, 0] = np.nan
    tifffile.imwrite(tmp_path / "n.tif", floats)
    with pytest.raises(InputError, match="not finite"):
        read_xray(tmp_path / "n.tif")


def test_cut_pictures_are_refused(tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 65535, (60, 70)).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", grey)
    for ending in (".png", ".tif"):
        data = (tmp_path / f"a{ending}").read_bytes()
        for share in (0.0, 0.05, 0.3, 0.6, 0.9, 0.99):
            broken = tmp_path / f"cut{ending}"
            broken.write_bytes(data[: int(len(data) * share)])
            with pytest.raises(InputError):
                read_xray(broken)
    (tmp_path / "t.txt").write_text("text")
    with pytest.raises(InputError, match="not a radiograph"):
        read_xray(tmp_path / "t.txt")


@pytest.mark.data
def test_real_radiographs(data: Path) -> None:
    folder = data / "xray_real"
    ankle = read_xray(folder / "ankle_cr_RG3_J2KR.dcm")
    assert ankle.pixels.shape == (1760, 1760)
    # The film beside the leg got more signal than the tibia's shaft.
    assert ankle.pixels[500, 560] > ankle.pixels[500, 860] + 0.2
    cine = read_xray(folder / "xa_coronary_0002.dcm", frame=95)
    assert cine.frames == 96
    assert cine.kind == "linear"
    pelvis = read_xray(folder / "loopx_pelvis_ap_0030.png")
    assert pelvis.pixels.shape == (1388, 1386)
