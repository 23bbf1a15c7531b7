"""Stand-ins for the session and the views: they note what they are asked for and show nothing."""

from types import SimpleNamespace

import numpy as np
from PySide6.QtCore import QObject, Signal

from synthex_gui.app.frame import Frame
from synthex_gui.app.store import SceneStore
from synthex_gui.scene.assets import SceneAssets


class Noting:
    """Any method may be called; `calls` holds (name, arguments)."""

    def __init__(self, **values):
        self.calls = []
        self.__dict__.update(values)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments: self.calls.append((name, arguments))

    def named(self, name):
        """The arguments of every call of one method."""
        return [arguments for called, arguments in self.calls if called == name]

    def names(self):
        return [name for name, _ in self.calls]


class Live(QObject):
    rendered = Signal(object)
    failed = Signal(str)
    thumbnail_ready = Signal(str, object)

    def __init__(self):
        super().__init__()
        self.asked, self.pulses, self.thumbnails, self.dropped = [], [], {}, 0

    def request(self, scene, assets, *, moving, structures=()):
        self.asked.append((scene, moving, structures))

    def request_pulse(self, scene, assets, pulse):
        self.pulses.append(pulse)

    def request_thumbnail(self, key, scene, assets):
        self.thumbnails[key] = scene

    def drop_thumbnails(self, prefix=""):
        self.dropped += 1


class Session(QObject):
    """As the session's signals; work is done at once."""

    assets_changed = Signal(object)
    surfaces_ready = Signal(object, object)
    document_replaced = Signal()
    scene_reread = Signal()

    def __init__(self, scene, assets=None):
        super().__init__()
        self.store, self.live = SceneStore(scene), Live()
        self.assets = assets or SceneAssets()

    def take(self, assets):
        self.assets = assets
        self.assets_changed.emit(assets)

    def run_job(self, title, work):
        job = Job(work, self)
        job.begin()
        return job


class Job(QObject):
    done = Signal(object)

    def __init__(self, work, parent):
        super().__init__(parent)
        self._work = work

    def begin(self):
        self.startTimer(0)

    def timerEvent(self, event):
        self.killTimer(event.timerId())
        steps = self._work()
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                self.done.emit(stop.value)
                return


def frame(scene, camera, *, is_full=True, outlines=(), tools=(), is_empty=False, size=96):
    """A frame of `scene` as the worker would give it."""
    shown = np.linspace(0, 4, size * size, dtype=np.float32).reshape(size, size)
    radiograph = SimpleNamespace(signal=np.exp(-shown), mas=None, camera=camera)
    return Frame(scene, radiograph, shown, outlines, tools, is_empty, is_full, 0.0, 1)
