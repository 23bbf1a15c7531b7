"""A series to a folder: resumable, the same bytes whatever stops it and however many workers.

Every finished image is one line of a journal, written to disk after its files; at the end the
COCO file and the manifest are written and the journal goes.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import TEMPORARY, WriteError, all_files, hash_of, write_whole
from synthex_gui.experiment.sampling import PlanError, sample, sample_count
from synthex_gui.export.backends_used import backends_used
from synthex_gui.export.item import write_item
from synthex_gui.export.provenance import (
    Inputs,
    exchanged,
    fingerprint,
    inputs_of,
    nameless,
    versions,
)
from synthex_gui.export.writers.coco import coco_of
from synthex_gui.loading.resolve import resolve_now
from synthex_gui.numeric.tiles import default_threads
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan, around_current_view

log = logging.getLogger(__name__)

FORMAT = "synthex-dataset-1"
JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
HIP = ("hemipelvis-left", "hemipelvis-right", "vertebrae", "upper-sacrum", "femur-left")
HIP_STRUCTURES = (*HIP, "femur-right")

Progress = tuple[int, int, str]


class ExportError(SynthexError):
    """A folder that holds something else, or a series that cannot be written."""


def export_series(
    scene: Scene, out: Path, *, workers: int = 1, resume: bool = False
) -> Generator[Progress, None, Path]:
    """Write the scene's series, yielding (images done, images, text); returns the manifest.

    Without `resume` a folder that is not empty is refused; with it a finished series is left as
    it is and an unfinished one goes on. Raises ExportError, PlanError, WriteError.
    """
    scene = scene if scene.plan is not None else scene.evolve(plan=around_current_view())
    plan = scene.plan
    assert plan is not None
    count = sample_count(scene, plan)
    inputs = inputs_of(scene)
    print_of_plan = fingerprint(scene, inputs)
    if _is_finished(out, print_of_plan, resume):
        yield count, count, "Already finished"
        return out / MANIFEST
    camera_of(sample(scene, plan, 0).scene.carm)
    done = _start(out, print_of_plan, resume)
    yield len(done), count, "Reading the scene"
    try:
        assets = resolve_now(scene).assets
        structures = chosen_structures(scene, assets)
        _check_space(out, plan, count - len(done), len(structures) + len(scene.tools))
    except SynthexError:
        # A journal without images would make the mended project's first export a refused one.
        if not done:
            (out / JOURNAL).unlink(missing_ok=True)
        raise
    for text in (*exchanged(scene, inputs), *assets.warnings):
        log.warning(text)
    todo = [index for index in range(count) if index not in done]
    with open(out / JOURNAL, "a", encoding="utf-8") as journal:
        for index, hashes, notices in _written(scene, assets, structures, out, todo, workers):
            done[index] = hashes
            _append(journal, {"index": index, "files": hashes}, out / JOURNAL)
            for text in notices:
                log.warning(text)
                yield len(done), count, text
            yield len(done), count, f"Image {len(done)} of {count}"
    yield count, count, "Writing the manifest"
    _finish(scene, out, count, done, inputs, structures)
    return out / MANIFEST


def chosen_structures(scene: Scene, assets: SceneAssets) -> tuple[str, ...]:
    """What gets masks: the plan's choice, else what is shown, else the hip's six, else all."""
    if assets.labels is None:
        return ()
    names = assets.labels.names()
    plan = scene.plan
    if plan is not None and plan.structures is not None:
        missing = [name for name in plan.structures if name not in names]
        if missing:
            raise PlanError(f"the labels have no structure called {', '.join(missing)}")
        return plan.structures
    shown = tuple(name for name in scene.shown_structures if name in names)
    return shown or tuple(name for name in HIP_STRUCTURES if name in names) or names


def _written(
    scene: Scene,
    assets: SceneAssets,
    structures: tuple[str, ...],
    out: Path,
    todo: list[int],
    workers: int,
) -> Iterator[tuple[int, dict[str, str], list[str]]]:
    """(index, files and hashes, what is to be said of the backend) of each image."""
    plan = scene.plan
    assert plan is not None
    if workers <= 1:
        notices: list[str] = []
        renderer = Renderer(make_backend(plan.backend, notices.append))
        renderer.set_assets(assets)
        try:
            for index in todo:
                item = write_item(renderer, sample(scene, plan, index), plan, structures, out)
                yield index, item, _taken(notices)
        finally:
            renderer.backend.close()
        return
    threads = max(1, default_threads() // workers)
    with (
        TemporaryDirectory(prefix="synthex-slabs-", ignore_cleanup_errors=True) as shelf,
        ProcessPoolExecutor(
            workers,
            mp_context=get_context("spawn"),
            initializer=_start_worker,
            initargs=(scene.model_dump_json(), structures, str(out), threads, shelf),
        ) as pool,
    ):
        waiting: dict[Future[tuple[dict[str, str], list[str]]], int] = {}
        queue = iter(todo)
        try:
            while True:
                for index in islice(queue, 2 * workers - len(waiting)):
                    waiting[pool.submit(_work, index)] = index
                if not waiting:
                    return
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield waiting.pop(future), *future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_worker: tuple[Renderer, Scene, tuple[str, ...], Path] | None = None
_notices: list[str] = []


def _start_worker(
    scene_json: str, structures: tuple[str, ...], out: str, threads: int, shelf: str
) -> None:
    global _worker
    scene = Scene.model_validate_json(scene_json)
    assert scene.plan is not None
    shared = SlabShelf(Path(shelf))
    renderer = Renderer(make_backend(scene.plan.backend, _notices.append, threads, shared), threads)
    renderer.set_assets(resolve_now(scene).assets)
    _worker = renderer, scene, structures, Path(out)


def _work(index: int) -> tuple[dict[str, str], list[str]]:
    assert _worker is not None
    renderer, scene, structures, out = _worker
    plan = scene.plan
    assert plan is not None
    item = write_item(renderer, sample(scene, plan, index), plan, structures, out)
    return item, _taken(_notices)


def _taken(notices: list[str]) -> list[str]:
    """What has come in since the last call."""
    taken, notices[:] = list(notices), []
    return taken


def _start(out: Path, fingerprint: str, resume: bool) -> dict[int, dict[str, str]]:
    """The images that are already whole; the folder made ready."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        present = all_files(out)
    except OSError as error:
        raise ExportError(f"{out}: cannot be used ({error.strerror or error})") from error
    if present and not resume:
        raise ExportError(f"{out}: is not empty; choose another folder or resume")
    journal = out / JOURNAL
    if not present:
        header = json.dumps({"format": FORMAT, "plan": fingerprint}) + "\n"
        write_whole(journal, header.encode())
        return {}
    if JOURNAL not in present:
        raise ExportError(f"{out}: holds no unfinished export of this program")
    return _known(out, fingerprint, present)


def _known(out: Path, fingerprint: str, present: set[str]) -> dict[int, dict[str, str]]:
    lines = (out / JOURNAL).read_bytes().split(b"\n")
    # A kill can leave half a last line: whatever follows the last newline never counted.
    try:
        whole = [json.loads(line) for line in lines[:-1] if line]
    except ValueError as error:
        raise ExportError(f"{out / JOURNAL}: the journal is damaged ({error})") from error
    if not whole or whole[0].get("plan") != fingerprint:
        raise ExportError(f"{out}: holds an unfinished export of another plan")
    done = {}
    for line in whole[1:]:
        files = line["files"]
        if all(name in present and hash_of(out / name) == files[name] for name in files):
            done[int(line["index"])] = dict(files)
    kept = {name for files in done.values() for name in files} | {JOURNAL}
    for name in present - kept:
        if name.split("/")[0] in ("images", "masks", "labels") or name.endswith(TEMPORARY):
            (out / name).unlink()
    header = [{"format": FORMAT, "plan": fingerprint}]
    again: list[dict[str, Any]] = list(header)
    again += [{"index": index, "files": files} for index, files in done.items()]
    text = "".join(json.dumps(line) + "\n" for line in again)
    write_whole(out / JOURNAL, text.encode())
    return done


def _is_finished(out: Path, fingerprint: str, resume: bool) -> bool:
    if not resume or not (out / MANIFEST).is_file() or (out / JOURNAL).exists():
        return False
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ExportError(f"{out / MANIFEST}: the manifest is damaged ({error})") from error
    if manifest.get("plan_sha256") != fingerprint:
        raise ExportError(f"{out}: holds a finished export of another plan")
    return True


def _finish(
    scene: Scene,
    out: Path,
    count: int,
    done: dict[int, dict[str, str]],
    inputs: Inputs,
    structures: tuple[str, ...],
) -> None:
    coco = json.dumps(coco_of(out, count), allow_nan=False, ensure_ascii=False) + "\n"
    files = {name: digest for item in done.values() for name, digest in item.items()}
    files["coco.json"] = write_whole(out / "coco.json", coco.encode())
    manifest = {
        "format": FORMAT,
        "plan_sha256": fingerprint(scene, inputs),
        "images": count,
        "seed": scene.plan.seed if scene.plan is not None else None,
        "structures": list(structures),
        "backends": backends_used(out, count),
        "camera_convention": "synthex-camera-1",
        "versions": versions(),
        "inputs": inputs,
        "scene": nameless(scene).model_dump(mode="json"),
        "files": [
            {"path": name, "sha256": files[name], "bytes": (out / name).stat().st_size}
            for name in sorted(files)
        ],
    }
    text = json.dumps(manifest, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_whole(out / MANIFEST, text.encode())
    (out / JOURNAL).unlink()


def _append(journal: Any, line: dict[str, Any], path: Path) -> None:
    try:
        journal.write(json.dumps(line) + "\n")
        journal.flush()
        os.fsync(journal.fileno())
    except OSError as error:
        raise WriteError(f"{path}: cannot be written ({error.strerror or error})") from error


def estimated_bytes(plan: SeriesPlan, images: int, masks: int) -> int:
    """About what a series takes: noisy 16-bit images hardly compress, masks do."""
    per_pixel = 4.0 if plan.image_format == "tiff32" else 1.5
    return int(images * (plan.size**2 * per_pixel + masks * (3000 + plan.size**2 / 100) + 8000))


def _check_space(out: Path, plan: SeriesPlan, images: int, masks: int) -> None:
    needed = estimated_bytes(plan, images, masks)
    free = shutil.disk_usage(out).free
    if needed > free:
        raise ExportError(
            f"{out}: about {needed / 1e9:.2g} GB are needed and {free / 1e9:.2g} GB are free"
        )
