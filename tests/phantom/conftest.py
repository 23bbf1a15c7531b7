"""Phantoms that many tests share, built once a session."""

from __future__ import annotations

import pytest

from synthex_gui.phantom import Phantom, PhantomParameters, build_phantom


@pytest.fixture(scope="session")
def coarse() -> Phantom:
    """The default torso at 3 mm."""
    return build_phantom(PhantomParameters(spacing_mm=3.0), threads=2)


@pytest.fixture(scope="session")
def pelvis() -> Phantom:
    """The default pelvis at 1 mm."""
    return build_phantom(PhantomParameters(extent="pelvis"), threads=2)
