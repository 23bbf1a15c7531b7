"""How kernels are compiled, and where the machine code is kept between runs.

Numba keeps compiled code by the file that a kernel stands in. A kernel that inlines a function of
another file is not compiled anew when that one changes: after editing ``fast_math.exp32`` the old
values came back. So the folder of the cache is named by a digest of every file that defines
compiled code.
"""

from __future__ import annotations

import atexit
import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from platformdirs import user_cache_path

log = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])

PACKAGE = Path(__file__).resolve().parents[1]
_COMPILED = re.compile(rb"^@(kernel|vector_kernel|intrinsic)\b", re.MULTILINE)
# Caches of other states of the sources that stay: of branches one goes back to.
KEPT_CACHES = 4


def kernel_digest(package: Path = PACKAGE) -> str:
    """24 hex digits that change with any file of `package` that defines compiled code, with how it
    is compiled, and with the versions of the compiler.
    """
    digest = hashlib.sha256(f"{numba.__version__}".encode())
    for path in sorted(package.rglob("*.py")):
        source = path.read_bytes()
        if _COMPILED.search(source) or path == package / "numeric" / "jit.py":
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source)
    return digest.hexdigest()[:24]


def _use_own_cache() -> None:
    """Point Numba at the folder of these sources, within the one that NUMBA_CACHE_DIR names."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    caches = Path(chosen) if chosen else user_cache_path("synthex-gui", appauthor=False) / "kernels"
    folder = caches / kernel_digest()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        if not chosen:
            _forget_old(caches, folder)
    except OSError as error:
        # Compiled once a run then: beside the sources, where Numba would go, old code comes back.
        log.warning("compiled code cannot be kept between runs: %s", error)
        folder = Path(tempfile.mkdtemp(prefix="synthex-kernels-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    numba.config.CACHE_DIR = str(folder)


def _forget_old(caches: Path, present: Path) -> None:
    others = [item for item in caches.iterdir() if item.is_dir() and item != present]
    for item in sorted(others, key=lambda item: item.stat().st_mtime)[:-KEPT_CACHES]:
        shutil.rmtree(item, ignore_errors=True)


_use_own_cache()


def kernel(function: Function) -> Function:
    """Compile to machine code, IEEE arithmetic in the written order, nothing fused."""
    return cast("Function", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def vector_kernel(function: Function) -> Function:
    """Compile to machine code with multiply-adds fused: the same for every thread and run."""
    compiled = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
    return cast("Function", compiled(function))
