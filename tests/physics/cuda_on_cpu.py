"""The CUDA kernels compiled as C++ and called through ctypes: the same source, thread by thread."""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.physics.backends.cuda.source import cuda_source

SHIM = Path(__file__).parent / "cuda_shim.h"
# Nothing fused, so that what the CPU backend computes in doubles comes out bit by bit.
FLAGS = ("-std=c++17", "-O2", "-shared", "-fPIC", "-fno-strict-aliasing", "-ffp-contract=off")


def kernel_names() -> tuple[str, ...]:
    """The kernels in the source, in its order."""
    plain = re.findall(r'extern "C" __global__ void (\w+)\(', cuda_source())
    made = re.findall(r"^INTEGRATE\((\w+),", cuda_source(), flags=re.MULTILINE)
    return (*(name for name in plain if name != "NAME"), *(f"{name}_1" for name in made))


def compiler() -> str | None:
    """The C++ compiler of this machine."""
    names = [os.environ.get("CXX"), "g++", "clang++", "c++"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


def needs_compiler() -> None:
    """Skip where no C++ compiler is; in CI there must be one."""
    if sys.platform == "win32":
        pytest.skip("the kernels are run as C++ on Linux and macOS only")
    if compiler() is None:
        assert not os.environ.get("CI"), "CI must have a C++ compiler (Debian: g++)"
        pytest.skip("no C++ compiler (Debian: apt-get install g++)")


def build(folder: Path, *flags: str) -> Path:
    """The shared library of all kernels."""
    exports = "".join(
        f'extern "C" void launch_{name}(const unsigned int* s, int b, void** a) '
        f"{{ launch({name}, s, b, a); }}\n"
        f'extern "C" const char* words_{name}() '
        f"{{ static const std::string all = words({name}); return all.c_str(); }}\n"
        for name in kernel_names()
    )
    text = f'{SHIM.read_text()}\n{cuda_source()}\n#line 1 "exports"\n{exports}'
    key = hashlib.sha256(f"{text}{compiler()}{FLAGS}{flags}".encode()).hexdigest()[:20]
    library = folder / f"synthex-kernels-{key}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory() as place:
            source, made = Path(place) / "kernels.cpp", Path(place) / "kernels.so"
            source.write_text(text)
            command = [compiler() or "", *FLAGS, *flags, str(source), "-o", str(made)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr[-3000:]
            temporary = library.with_suffix(f".{os.getpid()}")
            shutil.copy(made, temporary)
            temporary.replace(library)
    return library


class Kernels:
    """All kernels of a library; `backwards` runs a launch's threads from the last to the first."""

    def __init__(self, library: Path) -> None:
        self._library = ctypes.CDLL(str(library))
        self.backwards = False

    def words(self, name: str) -> list[str]:
        """The types of a kernel's parameters, such as ``i4`` or ``*f4``."""
        function = getattr(self._library, f"words_{name}")
        function.restype = ctypes.c_char_p
        return function().decode().split()

    def launch(self, name: str, grid: tuple, block: tuple, arguments: tuple) -> None:
        """As CUDA launches it; every argument must have exactly the kernel's type."""
        words = self.words(name)
        assert len(words) == len(arguments), f"{name}: {len(arguments)} for {words}"
        holders, pointers = [], (ctypes.c_void_p * len(words))()
        for n, (word, argument) in enumerate(zip(words, arguments)):
            if word.startswith("*"):
                assert isinstance(argument, np.ndarray), f"{name}, argument {n}: {word}"
                assert argument.dtype == np.dtype(word[1:]), f"{name}, argument {n}: {word}"
                assert argument.flags.c_contiguous
                holder = np.array(argument.ctypes.data, np.uintp)
            else:
                assert isinstance(argument, np.generic), f"{name}, argument {n}: {argument!r}"
                assert argument.dtype == np.dtype(word), f"{name}, argument {n}: {word}"
                holder = np.array(argument)
            holders.append(holder)
            pointers[n] = holder.ctypes.data
        sizes = (ctypes.c_uint * 6)(*(*grid, 1, 1)[:3], *(*block, 1, 1)[:3])
        assert all(size > 0 for size in sizes), f"{name}: {grid} blocks of {block}"
        getattr(self._library, f"launch_{name}")(sizes, int(self.backwards), pointers)


@lru_cache(maxsize=1)
def kernels() -> Kernels:
    """The kernels, compiled once a machine; skips the test where there is no compiler."""
    needs_compiler()
    return Kernels(build(Path(tempfile.gettempdir())))
