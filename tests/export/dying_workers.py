"""Work for `Workers` that ends its process; apart, so that a process starts fast."""

import os
import signal
import tempfile
from pathlib import Path


def dying(folder, how, times):
    """A worker whose number 2 ends it `times` times."""
    if how == "start" and len(list(Path(folder).iterdir())) < times:
        tempfile.mkstemp(dir=folder)
        os.kill(os.getpid(), signal.SIGKILL)

    def work(number):
        if number == 2 and how != "start" and len(list(Path(folder).iterdir())) < times:
            tempfile.mkstemp(dir=folder)
            if how == "memory":
                raise MemoryError
            os.kill(os.getpid(), getattr(signal, how))
        return number

    return work


def dying_each(folder, times):
    """A worker that each number ends so many times."""

    def work(number):
        tried = len(list(Path(folder).glob(f"{number}-*")))
        if tried < times:
            tempfile.mkstemp(dir=folder, prefix=f"{number}-")
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    return work


def dying_at_start(folder):
    """A worker that is killed at its first, second, fourth and fifth start."""
    starts = len(list(Path(folder).iterdir()))
    tempfile.mkstemp(dir=folder)
    if starts in (0, 1, 3, 4):
        os.kill(os.getpid(), signal.SIGKILL)

    def work(number):
        # The third ends after it has begun, so that there are more starts.
        if starts == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    return work
