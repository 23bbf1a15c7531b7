"""``python -m synthex_gui.physics.warm_up``: compile and cache every kernel, once."""

from __future__ import annotations

import sys
import time

import numpy as np

from synthex_gui.geometry.arrays import Grid, Label, LabelMap, Volume
from synthex_gui.geometry.camera import look
from synthex_gui.physics.backends.cpu.warm_up import warm_up as warm_up_projector
from synthex_gui.physics.beam.table_top import table_areal
from synthex_gui.physics.exposure.warm_up import warm_up_chain
from synthex_gui.physics.look.display import warm_up_display
from synthex_gui.physics.look.looks import log_signal
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.scene.beam import LabelFill, Matter, TableTop


def main() -> None:
    """Show one progress line; a second run takes a second or two."""
    start = time.monotonic()

    def line(text: str) -> None:
        if not sys.stdout.isatty():
            return
        elapsed = time.monotonic() - start
        sys.stdout.write(f"\r\x1b[KCompiling the projector: {text} ({elapsed:.0f} s)")
        sys.stdout.flush()

    line("kernels")
    warm_up_projector(line)
    line("matter")
    _warm_up_matter()
    line("imaging chain")
    warm_up_chain()
    warm_up_display()
    elapsed = time.monotonic() - start
    sys.stdout.write("\r\x1b[K" if sys.stdout.isatty() else "")
    sys.stdout.write(f"Projector ready ({elapsed:.0f} s)\n")


def wake_compiler() -> None:
    """Start the kernels' compiler (half a second) now, and not amid work: with one small kernel,
    and with those that the window's own thread uses.
    """
    log_signal(np.ones((4, 4), dtype=np.float32))
    warm_up_display()


def _warm_up_matter() -> None:
    shape = (2, 2, 2)
    ct = Volume(np.zeros(shape, dtype=np.int16), Grid(shape, np.eye(4)))
    fields_of(Matter()).make(ct, None)
    fill = LabelFill(structure="part", material="water")
    for dtype in (np.uint8, np.uint16):
        labels = LabelMap(np.ones(shape, dtype=dtype), ct.grid, (Label(1, "part"),))
        fields_of(Matter(fills=(fill,))).make(ct, labels)
    table_areal(TableTop(), look([0, 0, 0], np.eye(3), 1000.0, 1.0, 2, 2), 0.0, 0.0)


if __name__ == "__main__":
    main()
