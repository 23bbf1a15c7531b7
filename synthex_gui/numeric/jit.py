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

from synthex_gui.core.places import cache_folder, reason, writable

log = logging.getLogger(__name__)

_notices: list[str] = []

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


def notices() -> tuple[str, ...]:
    """Why compiled code is not kept between runs, a line each; none where all is well."""
    return tuple(_notices)


def _use_own_cache() -> None:
    """Point Numba at the folder of these sources, within the one that NUMBA_CACHE_DIR names."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    try:
        caches = Path(chosen) if chosen else cache_folder("kernels")
        folder = writable(caches / kernel_digest())
        os.utime(folder)
        if not chosen:
            _forget_old(caches, folder)
    except OSError as error:
        # Compiled once a run then: beside the sources, where Numba would go, old code comes back.
        caches = Path(tempfile.mkdtemp(prefix="synthex-kernels-"))
        atexit.register(shutil.rmtree, caches, ignore_errors=True)
        folder = caches / kernel_digest()
        folder.mkdir()
        # For the processes that this one starts.
        os.environ["NUMBA_CACHE_DIR"] = str(caches)
        _notices.append(
            f"compiled code cannot be kept between runs ({reason(error)}); every start takes "
            "longer until that is mended"
        )
    numba.config.CACHE_DIR = str(folder)


def _forget_old(caches: Path, present: Path) -> None:
    others = [item for item in caches.iterdir() if item.is_dir() and item != present]
    for item in sorted(others, key=lambda item: item.stat().st_mtime)[:-KEPT_CACHES]:
        shutil.rmtree(item, ignore_errors=True)


_use_own_cache()


def kernel(function: Function) -> Function:
    """Compile to machine code, IEEE arithmetic in the written order, nothing fused."""
    compiled = numba.njit(nogil=True, cache=True, error_model="numpy")
    return cast("Function", _kept(compiled(function)))


def vector_kernel(function: Function) -> Function:
    """Compile to machine code with multiply-adds fused: the same for every thread and run."""
    compiled = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
    return cast("Function", _kept(compiled(function)))


def _kept(compiled: Any) -> Any:
    """A function whose kept code is a help alone: code that cannot be read is compiled anew, and
    code that cannot be written is used all the same.
    """
    # Numba has no door of its own for this, and raises out of the first call. With
    # NUMBA_DISABLE_JIT it gives the plain function back.
    cache = getattr(compiled, "_cache", None)
    if cache is None:
        return compiled
    load, save = cache.load_overload, cache.save_overload

    def read(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        # A power cut leaves files of zeros, which raise whatever unpickling raises.
        except Exception as error:
            _say(f"kept code is damaged ({type(error).__name__}); delete {numba.config.CACHE_DIR}")
            return None

    def write(*arguments: Any) -> None:
        try:
            save(*arguments)
        except Exception as error:
            why = reason(error) if isinstance(error, OSError) else type(error).__name__
            _say(f"compiled code cannot be kept between runs ({why})")

    cache.load_overload, cache.save_overload = read, write
    return compiled


def _say(text: str) -> None:
    # Hundreds of kernels would say the same.
    if text not in _notices:
        _notices.append(text)
        log.warning(text)
