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
