"""Real files to test with, where they are to be had, and images to write."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture(scope="session")
def data() -> Path:
    folder = os.environ.get("SYNTHEX_TEST_DATA")
    if not folder:
        pytest.skip("SYNTHEX_TEST_DATA names no folder with ct/, mesh/ and dicom/")
    return Path(folder)


@pytest.fixture
def ct_values() -> np.ndarray:
    """(9, 8, 7) int16, every voxel different, from -1000 up."""
    return (np.arange(9 * 8 * 7, dtype=np.int16) * 4 - 1000).reshape(9, 8, 7)


@pytest.fixture
def oblique_image(ct_values: np.ndarray) -> sitk.Image:
    """An oblique image: ITK is the independent opinion on geometry."""
    image = sitk.GetImageFromArray(ct_values)
    image.SetSpacing((1.5, 1.9, 2.5))
    image.SetOrigin((-10.7, 3.3, 900.9))
    a, b = np.radians(20), np.radians(-35)
    rx = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    rz = np.array([[np.cos(b), -np.sin(b), 0], [np.sin(b), np.cos(b), 0], [0, 0, 1]])
    image.SetDirection((rx @ rz).ravel().tolist())
    return image
