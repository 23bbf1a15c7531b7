"""What a file is by its name."""

from pathlib import Path

import pytest

from synthex_gui.loading.kinds import kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pelvis.synthex", "project"),
        ("Pelvis.SYNTHEX", "project"),
        ("cup.STL", "mesh"),
        ("cup.vtp", "mesh"),
        ("points.mrk.json", "landmarks"),
        ("points.fcsv", "landmarks"),
        ("ap.png", "picture"),
        ("ap.TIFF", "picture"),
        ("ap.dcm", "dicom"),
        ("case.seg.nrrd", "labels"),
        ("case_seg.nii.gz", "labels"),
        ("labels.nii.gz", "labels"),
        ("ct.nii.gz", "volume"),
        ("ct.nrrd", "volume"),
        ("a folder", "volume"),
    ],
)
def test_by_the_name(name, kind):
    assert kind_of(Path("/x.seg.y") / name) == kind
