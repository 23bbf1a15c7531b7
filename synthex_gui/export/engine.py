"""Images made one after the other or by worker processes, in whatever order they are done.

Every image follows from the scene and its index alone, so neither the number of workers nor their
order shows in a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from synthex_gui.core.files import forget_unfinished
from synthex_gui.core.processes import scratch_folder
from synthex_gui.export.cases import People
from synthex_gui.export.item import write_item
from synthex_gui.export.journal import Files
from synthex_gui.export.worker import Workers
from synthex_gui.numeric.tiles import default_threads
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.model import Scene


@dataclass(frozen=True)
class Work:
    """What every image of a series has in common; `scene` has a plan."""

    scene: Scene
    structures: tuple[str, ...]
    out: Path

    def write(self, renderer: Renderer, people: People, number: int) -> Files:
        """Render and write one image."""
        plan = self.scene.plan
        assert plan is not None
        chosen, assets = people.sample(number)
        renderer.set_assets(assets)
        return write_item(renderer, chosen, plan, self.structures, self.out)

    @property
    def has_cases(self) -> bool:
        """True when its images are of several people."""
        plan = self.scene.plan
        return plan is not None and plan.study is not None and bool(plan.study.cases)


@dataclass(frozen=True)
class Written:
    """An image on disk, and what is to be said of its backend."""

    index: int
    files: Files
    notices: list[str]


def write_images(work: Work, people: People, todo: list[int], workers: int) -> Iterator[Written]:
    """Write the images `todo`, yielding each as it is done; `people` has read the first one's case.

    Raises what `write_item` and `People` raise.
    """
    if workers > 1:
        yield from _by_processes(work, todo, workers)
        return
    plan = work.scene.plan
    assert plan is not None
    notices: list[str] = []
    renderer = Renderer(make_backend(plan.backend, notices.append))
    try:
        for number in todo:
            yield Written(number, work.write(renderer, people, number), _taken(notices))
    finally:
        renderer.backend.close()


def _by_processes(work: Work, todo: list[int], workers: int) -> Iterator[Written]:
    # Workers times threads stay within the processors: more of either only change places.
    threads = max(1, default_threads() // workers)
    scene_json = work.scene.model_dump_json()
    with scratch_folder("slabs") as shelf:
        arguments = scene_json, work.structures, str(work.out), threads, shelf
        pool = Workers(
            min(workers, len(todo)),
            _start_worker,
            arguments,
            # What it was writing would stay in the data set for ever.
            lambda process: forget_unfinished(work.out, process),
        )
        try:
            yield from pool.results(todo)
        finally:
            pool.close()


def _start_worker(
    scene_json: str, structures: tuple[str, ...], out: str, threads: int, shelf: str
) -> Callable[[int], Written]:
    scene = Scene.model_validate_json(scene_json)
    assert scene.plan is not None
    notices: list[str] = []
    work = Work(scene, structures, Path(out))
    # Copies are shared by their field's name, which is the same for each case's CT.
    shared = None if work.has_cases else SlabShelf(Path(shelf))
    renderer = Renderer(make_backend(scene.plan.backend, notices.append, threads, shared), threads)
    people = People(scene)
    people.structures = structures
    return lambda number: Written(number, work.write(renderer, people, number), _taken(notices))


def _taken(notices: list[str]) -> list[str]:
    """What has come in since the last call."""
    taken, notices[:] = list(notices), []
    return taken
