"""CTs that were opened and left are let go, but for the present one and the one before (undo)."""

import gc
import weakref
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from synthex_gui.app import session as session_module
from synthex_gui.geometry.arrays import Mesh


def write_ct(path, shape, mark):
    rng = np.random.default_rng(0)
    values = rng.normal(0, 30, shape).astype(np.int16)
    values[: shape[0] // 4] = -1000
    values[shape[0] // 2, 5, 5] = mark
    nib.save(nib.Nifti1Image(values, np.diag([-2.0, -2.0, 2.0, 1.0])), path)
    return path


@pytest.fixture
def opening(session, qtbot, settled, monkeypatch):
    """Opens a CT and waits for all that comes of it."""
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int32))
    # A process a CT: what it makes is of no matter here.
    monkeypatch.setattr(session_module, "patient_surfaces", lambda ct: (nothing, nothing))

    def open_ct(path):
        with qtbot.waitSignal(session.document_replaced, timeout=60_000):
            session.open_ct(path)
        settled()
        # Deleting what has ended waits for its turn.
        qtbot.wait(20)
        return session.assets.ct

    return open_ct


@pytest.mark.trust("R5")
def test_only_the_last_two_are_kept(opening, tmp_path):
    known = []
    for number in range(5):
        ct = opening(write_ct(tmp_path / f"{number}.nii", (30, 30, 30), number))
        known.append(weakref.ref(ct))
    del ct
    gc.collect()
    assert [ref() is not None for ref in known] == [False, False, False, True, True]


@pytest.mark.trust("R5")
@pytest.mark.slow
def test_fifty_different_cts_grow_the_program_by_less_than_50_mb(opening, tmp_path):
    resident = []
    for number in range(60):
        # 14.4 MB as int16.
        path = write_ct(tmp_path / "ct.nii", (190, 190, 200), number)
        opening(path.rename(tmp_path / f"{number}.nii"))
        (tmp_path / f"{number}.nii").unlink()
        gc.collect()
        line = Path("/proc/self/status").read_text().partition("VmRSS:")[2]
        resident.append(int(line.split()[0]) / 1e3)
    # The first ones fill what is kept on purpose.
    assert resident[-1] - resident[9] < 50, resident[9::10]
