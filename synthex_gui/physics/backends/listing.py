"""Which GPUs there are, asked in a process that ends with the answer.

A program that only wants to offer them keeps no CUDA of its own, and what fails in it cannot stay.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection

from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.choice import cuda_devices

PATIENCE_S = 60.0


def listed_cuda_devices(
    find: Callable[[], tuple[str, ...]] = cuda_devices, patience_s: float = PATIENCE_S
) -> tuple[str, ...]:
    """Names of the NVIDIA GPUs, by number; BackendError that says why there are none.

    Takes a second or two. `find` is importable from its module.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_tell, args=(theirs, find), name="synthex-gpus", daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(patience_s):
            raise BackendError(f"CUDA: no answer in {patience_s:.0f} s; restart the computer")
        names, problem = ours.recv()
    except EOFError as error:
        process.join()
        raise BackendError(
            f"CUDA: asking for its GPUs ended a process (exit code {process.exitcode}); "
            "reinstall CuPy or the NVIDIA driver"
        ) from error
    finally:
        ours.close()
        if process.is_alive():
            process.join(2.0)
        if process.is_alive():
            process.kill()
            process.join()
    if problem is not None:
        raise BackendError(problem)
    found: tuple[str, ...] = names
    return found


def _tell(pipe: Connection, find: Callable[[], tuple[str, ...]]) -> None:
    try:
        pipe.send((find(), None))
    except BackendError as error:
        pipe.send(((), str(error)))
