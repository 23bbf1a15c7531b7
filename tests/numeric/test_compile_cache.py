"""Compiled code that is kept between runs is that of the sources as they are."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from synthex_gui.numeric.jit import KEPT_CACHES, PACKAGE, kernel_digest

# `to_normals` inlines `cos_turns32` of another file.
NORMAL = """
import numpy as np
from synthex_gui.numeric.philox import to_normals
half, normal = np.full(1, 0.5, np.float32), np.empty(1, np.float32)
to_normals(half, half, normal)
print(normal[0])
"""
LAST_LINE = re.compile(r"(def cos_turns32.*?)return (.*?)$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def copy(tmp_path):
    for room in ("numeric", "core"):
        shutil.copytree(PACKAGE / room, tmp_path / "synthex_gui" / room)
    shutil.copy(PACKAGE / "__init__.py", tmp_path / "synthex_gui")
    return tmp_path


def normal(copy: Path, **environment: str) -> float:
    given = {**os.environ, "PYTHONPATH": str(copy), "XDG_CACHE_HOME": str(copy / "cache")}
    given.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", NORMAL]
    done = subprocess.run(
        command, cwd=copy, env=given | environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def edit(copy: Path) -> None:
    source = copy / "synthex_gui" / "numeric" / "fast_math.py"
    text, count = LAST_LINE.subn(r"\1return np.float32(2.0) * (\2)", source.read_text())
    assert count == 1
    source.write_text(text)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG_CACHE_HOME is Linux's")
@pytest.mark.parametrize("chosen", [False, True])
def test_an_inlined_function_that_changes_is_compiled_anew(copy, tmp_path, chosen):
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "mine")} if chosen else {}
    before = normal(copy, **environment)
    assert before != 0
    edit(copy)
    assert normal(copy, **environment) == pytest.approx(2 * before, rel=1e-6)
    place = tmp_path / "mine" if chosen else copy / "cache" / "synthex-gui" / "kernels"
    assert len(list(place.iterdir())) == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG_CACHE_HOME is Linux's")
def test_caches_of_old_sources_go(copy):
    place = copy / "cache" / "synthex-gui" / "kernels"
    for n in range(KEPT_CACHES + 3):
        (place / f"old-{n}").mkdir(parents=True)
        os.utime(place / f"old-{n}", (n, n))
    normal(copy)
    left = {item.name for item in place.iterdir()}
    assert len(left) == KEPT_CACHES + 1
    assert f"old-{KEPT_CACHES + 2}" in left
    assert "old-0" not in left


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG_CACHE_HOME is Linux's")
def test_without_a_place_for_it_code_is_compiled_all_the_same(copy):
    (copy / "cache").write_text("a file, not a folder")
    assert normal(copy) != 0


def test_only_what_compiles_counts(copy):
    package = copy / "synthex_gui"
    before = kernel_digest(package)
    (package / "core" / "more.py").write_text("plain = 1\n")
    assert kernel_digest(package) == before
    (package / "core" / "more.py").write_text("@kernel\ndef f(x):\n    return x\n")
    assert kernel_digest(package) != before
