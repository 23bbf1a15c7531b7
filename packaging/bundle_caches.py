"""Before a bundled program starts: compiled kernels and bytecode go to the user's cache.

The bundle may lie where its user cannot write. Numba knows a bundled kernel by the executable's
bytes, which do not change with our sources: so every build has a folder of its own, and where the
two executables differ, each.
"""

import os
import sys
from pathlib import Path

from platformdirs import user_cache_path

build = (Path(sys._MEIPASS) / "build-id").read_text(encoding="ascii")  # type: ignore[attr-defined]
if not sys.platform.startswith("linux"):
    build = f"{build}-{Path(sys.executable).stem.lower()}"
caches = user_cache_path("synthex-gui", appauthor=False)
os.environ.setdefault("NUMBA_CACHE_DIR", str(caches / "kernels" / build))
sys.pycache_prefix = str(caches / "bytecode" / build)
sys.dont_write_bytecode = False
