"""The display look on a CUDA device: what `picture` and `log_signal` do on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.cuda.device import CudaDevice
from synthex_gui.physics.backends.stages import LookStage

# What a look that measures nothing has in the place of what is measured.
NO_LIMIT = np.array([0.0, np.inf, 0.0], np.float32)


@dataclass(frozen=True, eq=False)
class _Pyramid:
    """Memory for images of one size: `levels`, finest first, and what all but the finest become,
    `changed`; the lattice in the middle, the logarithms there, their median, sums and what is
    `measured` from them.
    """

    shapes: tuple[tuple[int, int], ...]
    levels: tuple[Any, ...]
    changed: tuple[Any, ...]
    lattice: NDArray[np.int32]
    rows: Any
    columns: Any
    samples: Any
    median: Any
    sums: Any
    measured: Any

    @staticmethod
    def of(device: CudaDevice, shape: tuple[int, int], stage: LookStage) -> _Pyramid:
        shapes = [shape]
        for _ in stage.gains:
            height, width = shapes[-1]
            shapes.append(((height + 1) // 2, (width + 1) // 2))
        lattice = np.concatenate([stage.rows, stage.columns])
        on_device = device.upload(lattice)
        n_rows = len(stage.rows)
        return _Pyramid(
            tuple(shapes),
            tuple(device.empty(each, np.float32) for each in shapes),
            tuple(device.empty(each, np.float32) for each in shapes[1:]),
            lattice,
            on_device[:n_rows],
            on_device[n_rows:],
            device.empty((n_rows, len(stage.columns)), np.float32),
            device.empty(1, np.float32),
            device.empty(n_rows, np.float64),
            device.empty(3, np.float32),
        )

    def serves(self, shape: tuple[int, int], stage: LookStage) -> bool:
        """True where another image of that shape and stage needs the same memory."""
        return (
            self.shapes[0] == shape
            and len(self.changed) == len(stage.gains)
            and len(self.samples) == len(stage.rows)
            and np.array_equal(self.lattice, np.concatenate([stage.rows, stage.columns]))
        )


class CudaLook:
    """Looks of signals that lie on the device; call inside `CudaDevice.running`."""

    def __init__(self, device: CudaDevice) -> None:
        self._device = device
        self._pyramid: _Pyramid | None = None

    def shown(self, signal: Any, stage: LookStage, blades: Any | None = None) -> Any:
        """(h, w) float32 on the device: the look of `signal` (h, w) float32 there.

        `blades` (h, w) float32 there, the beam's part that they leave; None for no blades. Nothing
        waits for the device.
        """
        if stage.kind == "log":
            out = self._device.empty(signal.shape, np.float32)
            self._take_logs(signal, stage, self._device.keep(NO_LIMIT), out)
            return out
        return self._clinical(signal, stage, blades)

    def _clinical(self, signal: Any, stage: LookStage, blades: Any | None) -> Any:
        pyramid = self._pyramid
        if pyramid is None or not pyramid.serves(signal.shape, stage):
            # What is no longer needed goes first: it may be too much together.
            pyramid = self._pyramid = None
            pyramid = self._pyramid = _Pyramid.of(self._device, signal.shape, stage)
        self._measure(signal, stage, pyramid)
        measured = pyramid.measured
        tone = (measured, np.float32(stage.broad_contrast), np.float32(stage.broad_ln))
        self._take_logs(signal, stage, measured, pyramid.levels[0])
        self._build(pyramid, tone)
        for n in range(len(stage.gains) - 1, 0, -1):
            level = _level(pyramid, stage, n)
            self._device.launch(
                "recombine_level", pyramid.levels[n].size, (*level, pyramid.changed[n - 1])
            )
        out = self._device.empty(signal.shape, np.float32)
        hides = blades is not None and stage.hide_below is not None
        self._device.launch(
            "shade_level",
            signal.size,
            (
                *_level(pyramid, stage, 0),
                np.int32(bool(stage.gains)),
                *tone,
                np.float32(stage.slope_per_ln),
                np.float32(1.0 / stage.open_ln),
                np.int32(hides),
                blades if hides else signal,
                np.float32(stage.hide_below if hides else 0.0),
                out,
            ),
        )
        return out

    def _measure(self, signal: Any, stage: LookStage, pyramid: _Pyramid) -> None:
        """The middle, as `LookStage.middle_ln` has it, and what follows from it."""
        device, samples, sums = self._device, pyramid.samples, pyramid.sums
        rows, columns = (np.int32(size) for size in samples.shape)
        device.launch(
            "sample_logs",
            samples.size,
            (
                signal,
                np.int32(signal.shape[1]),
                np.float32(stage.smallest),
                pyramid.rows,
                rows,
                pyramid.columns,
                columns,
                samples,
            ),
        )
        count, above = np.int32(samples.size), np.float32(stage.most_above_ln)
        device.launch("pick_median", samples.size, (samples, count, pyramid.median))
        device.launch(
            "sum_limited", int(rows), (samples, rows, columns, pyramid.median, above, sums)
        )
        limits = (stage.least_middle_ln, stage.most_above_ln, stage.half_above_ln)
        numbers = (rows, count, *(np.float64(limit) for limit in limits))
        device.launch("set_middle", 1, (sums, *numbers, pyramid.measured))

    def _take_logs(self, signal: Any, stage: LookStage, measured: Any, out: Any) -> None:
        self._device.launch(
            "take_logs",
            signal.size,
            (
                signal,
                np.int32(signal.size),
                np.float32(stage.smallest),
                measured,
                out,
            ),
        )

    def _build(self, pyramid: _Pyramid, tone: tuple[Any, ...]) -> None:
        """All levels from the finest, and what the last one becomes."""
        for n, changed in enumerate(pyramid.changed):
            height, width = pyramid.shapes[n + 1]
            self._device.launch(
                "reduce_level",
                height * width,
                (
                    pyramid.levels[n],
                    *(np.int32(size) for size in pyramid.shapes[n]),
                    np.int32(n + 1 == len(pyramid.changed)),
                    *tone,
                    pyramid.levels[n + 1],
                    changed,
                ),
            )


def _level(pyramid: _Pyramid, stage: LookStage, n: int) -> tuple[Any, ...]:
    """What recombining level n takes; stand-ins where there is no coarser one."""
    fine = pyramid.levels[n]
    size = tuple(np.int32(size) for size in pyramid.shapes[n])
    if not stage.gains:
        return (fine, *size, fine, fine, np.float32(0.0), np.float32(0.0))
    growth = (np.float32(stage.gains[n] - 1.0), np.float32(1.0 / stage.soft_ln))
    return (fine, *size, pyramid.levels[n + 1], pyramid.changed[n], *growth)
