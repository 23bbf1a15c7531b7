"""NVRTC through ctypes: NVIDIA's own compiler, which needs neither a GPU nor a driver."""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

PACKAGES = ("nvidia.cuda_nvrtc", "nvidia.cu13")
PATTERNS = ("lib/libnvrtc.so.*", "bin/nvrtc64_*_0.dll", "bin/x86_64/nvrtc64_*_0.dll")


class Nvrtc:
    """The library of the installed wheel; raises FileNotFoundError where there is none."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(_library_path()))
        major, minor = ctypes.c_int(), ctypes.c_int()
        self._call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        self.version = (major.value, minor.value)

    def compile(self, source: str, architecture: str, *options: str) -> tuple[bytes, str]:
        """(cubin, what the compiler said); raises AssertionError with its words when it fails.

        For a virtual architecture, such as compute_90, PTX.
        """
        program = ctypes.c_void_p()
        text = source.encode()
        self._call("nvrtcCreateProgram", ctypes.byref(program), text, b"kernels.cu", 0, None, None)
        given = [f"--gpu-architecture={architecture}", *options]
        array = (ctypes.c_char_p * len(given))(*[option.encode() for option in given])
        status = self._library.nvrtcCompileProgram(program, len(given), array)
        log = self._text("nvrtcGetProgramLog", program).decode()
        assert status == 0, f"{architecture}: {log}"
        kind = "nvrtcGetPTX" if architecture.startswith("compute") else "nvrtcGetCUBIN"
        made = self._text(kind, program)
        self._call("nvrtcDestroyProgram", ctypes.byref(program))
        return made, log

    def _text(self, name: str, program: ctypes.c_void_p) -> bytes:
        size = ctypes.c_size_t()
        self._call(f"{name}Size", program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        self._call(name, program, buffer)
        return buffer.raw.rstrip(b"\0") if name == "nvrtcGetProgramLog" else buffer.raw

    def _call(self, name: str, *arguments: object) -> None:
        status = getattr(self._library, name)(*arguments)
        assert status == 0, f"{name} returned {status}"


def _library_path() -> Path:
    for package in PACKAGES:
        try:
            spec = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            continue
        for folder in spec.submodule_search_locations if spec else ():
            for pattern in PATTERNS:
                found = [p for p in sorted(Path(folder).glob(pattern)) if "alt" not in p.name]
                if found:
                    return found[0]
    raise FileNotFoundError("no NVRTC wheel; install nvidia-cuda-nvrtc-cu12")
