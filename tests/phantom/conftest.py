"""Phantoms that many tests share, built once a session; slow tests only with --all."""

from __future__ import annotations

from pathlib import Path

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all", default=False):
        return
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.path).parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --all"))
