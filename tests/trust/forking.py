"""A process with the program in memory that forks an export for each line it is given.

Imports take seconds, and an export that is to be killed a hundred times pays for them once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path


def export(project: str, out: str, workers: int, changes: dict, resume: bool) -> None:
    """The export of a project with these changes of its plan."""
    from synthex_gui.core.steps import run_to_end
    from synthex_gui.export.run import export_series
    from synthex_gui.scene.project import read_project

    scene = read_project(Path(project))[0]
    scene = scene.evolve(plan=scene.plan.evolve(**changes), level="naive")
    run_to_end(export_series(scene, Path(out), workers=workers, resume=resume))


def main() -> None:
    """Fork for each line of JSON, the arguments of `export`, and print the child's number."""
    from synthex_gui.export import run  # noqa: F401

    # Nobody waits for the children: the system may forget them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                export(*json.loads(line))
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)


if __name__ == "__main__":
    main()
