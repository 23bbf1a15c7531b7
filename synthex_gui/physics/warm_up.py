"""``python -m synthex_gui.physics.warm_up``: compile and cache every kernel, once."""

from __future__ import annotations

import sys
import time

import numpy as np

from synthex_gui.geometry.arrays import Grid, Label, LabelMap, Volume
from synthex_gui.geometry.camera import look
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cpu.warm_up import warm_up as warm_up_projector
from synthex_gui.physics.look.display import warm_up_display
from synthex_gui.physics.look.looks import log_signal
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Beam, Collimator, LabelFill, Matter, TableTop
from synthex_gui.scene.detector import Detector, Processing
from synthex_gui.scene.model import Scene


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
    _warm_up_chain()
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


def _warm_up_chain() -> None:
    """A few images, so that every kernel of the chain meets the types it will see."""
    shape = (9, 9, 9)
    water = Volume(np.zeros(shape, dtype=np.int16), Grid(shape, np.diag([9.0, 9.0, 9.0, 1.0])))
    camera = look([36.0, 36.0, -500.0], np.eye(3), 1000.0, 0.4, 24, 16)
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(SceneAssets(ct=water))
    clinical = Processing(look="clinical")
    everything = Scene(
        beam=Beam(photons=100.0),
        detector=Detector(gain_spread=0.01, dead_pixels=0.01, lag=0.1),
        collimator=Collimator(left_mm=3.0),
        table=TableTop(is_shown=True),
        processing=clinical,
    )
    plain = Scene(beam=Beam(photons=1e5), detector=Detector(kind="ideal-energy"))
    still = renderer.render(everything, camera=camera, quality=Quality.DRAG, with_look=True)
    for scene in (
        everything,
        plain,
        Scene(beam=Beam(photons=1e5), processing=clinical),
        Scene(level="naive"),
    ):
        renderer.render(
            scene, camera=camera, quality=Quality.DRAG, previous=still.signal, with_look=True
        )
    renderer.backend.close()


if __name__ == "__main__":
    main()
