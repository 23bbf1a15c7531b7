"""The CUDA kernels as one source: the ``.cu`` files in ``cuda/``, joined in the order of use.

No CUDA header is included and no thread waits for another, so the same text compiles with NVRTC
alone and, through a shim, as C++ on a CPU.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
# Later files use what earlier ones define.
FILES = (
    "volume.cu",
    "rays.cu",
    "scan.cu",
    "meshes.cu",
    "noise.cu",
    "scatter.cu",
    "signal.cu",
    "look.cu",
)
OPTIONS = ("--std=c++17",)


@lru_cache(maxsize=1)
def cuda_source() -> str:
    """All kernels; ``#line`` keeps compilers' messages about the file that they mean."""
    parts = [f'#line 1 "{name}"\n{(FOLDER / name).read_text(encoding="utf-8")}' for name in FILES]
    return "\n".join(parts)
