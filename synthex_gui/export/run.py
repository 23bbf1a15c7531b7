"""A series to a folder: resumable, the same bytes whatever stops it and however many workers.

Every finished image is one line of a journal, written to disk after its files; at the end the
files of the whole series are written and the journal goes.
"""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import Steps
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.sampling import row, sample, sample_count
from synthex_gui.export.cases import People, by_case, check_cases
from synthex_gui.export.dataset import MANIFEST, PIXEL_FOLDERS, ExportError
from synthex_gui.export.engine import Work, write_images
from synthex_gui.export.journal import Journal
from synthex_gui.export.place import check_present, held, remove_pixels, write_inside
from synthex_gui.export.provenance import Inputs, exchanged, fingerprint, inputs_of
from synthex_gui.export.space import Room
from synthex_gui.export.writers import SERIES_WRITERS, Series
from synthex_gui.export.writers.manifest import manifest_files, notices_of, unseen_in
from synthex_gui.scene.assets import SceneAssets, corners_of
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan, around_current_view

# Images whose beam is looked at for structures before anything is rendered.
LOOKED_AT = 64

log = logging.getLogger(__name__)

HIP = ("hemipelvis-left", "hemipelvis-right", "vertebrae", "upper-sacrum", "femur-left")
HIP_STRUCTURES = (*HIP, "femur-right")


def export_series(
    scene: Scene,
    out: Path,
    *,
    workers: int = 1,
    resume: bool = False,
    allows_empty_masks: bool = False,
) -> Steps[Path]:
    """Write the scene's series, yielding (images done, images, text); returns the manifest.

    Without `resume` a folder that is not empty is refused; with it a finished series is left as
    it is and an unfinished one goes on. Raises ExportError, PlanError, WriteError.
    """
    scene = scene if scene.plan is not None else scene.evolve(plan=around_current_view())
    plan = scene.plan
    assert plan is not None
    count = sample_count(scene, plan)
    inputs = inputs_of(scene)
    journal = Journal(out, fingerprint(scene, inputs))
    if resume and journal.is_finished():
        yield count, count, "Already finished"
        return out / MANIFEST
    if resume and journal.is_packed():
        # Stopped between its last two steps.
        with held(out):
            remove_pixels(out)
            journal.end()
        yield count, count, "Already finished"
        return out / MANIFEST
    if plan.study is None:
        # A camera that cannot be is refused before the folder is touched.
        camera_of(sample(scene, plan, 0).scene.carm)
    with held(out):
        try:
            return (
                yield from _written(
                    scene, plan, journal, inputs, count, workers, resume, allows_empty_masks
                )
            )
        except OSError as error:
            # A disk that goes in mid-run fails at reading, too.
            check_present(out)
            name = error.filename or out
            raise ExportError(f"{name}: cannot be used ({error.strerror or error})") from error


def _written(
    scene: Scene,
    plan: SeriesPlan,
    journal: Journal,
    inputs: Inputs,
    count: int,
    workers: int,
    resume: bool,
    allows_empty_masks: bool,
) -> Steps[Path]:
    out = journal.folder
    done = journal.begin(resume)
    yield len(done), count, "Reading the scene"
    try:
        if plan.structures is not None:
            yield from check_cases(scene, plan.structures)
        people = People(scene)
        _, assets = people.of(row(scene, plan, 0))
        structures = people.structures = chosen_structures(scene, assets)
        if plan.structures is None:
            # What the first case has is the choice: the others must have it too.
            yield from check_cases(scene, structures)
        if structures and not allows_empty_masks:
            _refuse_empty_masks(scene, plan, people, structures, count)
        masks = len(structures) + (len(scene.tools) if plan.tool_masks else 0)
        room = Room(out, plan, masks)
        room.check(count - len(done))
    except SynthexError:
        # A journal without images would make the mended project's first export a refused one.
        if not done:
            journal.end()
        raise
    for text in (*journal.notices, *exchanged(scene, inputs), *assets.warnings):
        log.warning(text)
    todo = by_case(scene, [number for number in range(count) if number not in done])
    with journal.opened() as stream:
        for image in write_images(Work(scene, structures, out), people, todo, workers):
            check_present(out)
            done[image.index] = image.files
            journal.append(stream, image.index, image.files)
            room.check_after(image.files, count - len(done))
            for text in image.notices:
                log.warning(text)
                yield len(done), count, text
            yield len(done), count, f"Image {len(done)} of {count}"
    yield count, count, "Writing the manifest"
    files = {name: digest for item in done.values() for name, digest in item.items()}
    series = Series(out, count, scene, inputs, journal.plan_sha256, structures, files)
    pixels = [] if plan.keeps_images else [n for n in files if n.startswith(PIXEL_FOLDERS)]
    for files_of in SERIES_WRITERS:
        if files_of is manifest_files:
            for name in pixels:
                del files[name]
        for name, data in files_of(series):
            files[name] = write_inside(out, name, data)
    if pixels:
        # What they hold is in a pack that was read back, and the manifest says so.
        remove_pixels(out)
    journal.end()
    for text, images in notices_of(out, count).items():
        said = f"{text} (images {images})"
        log.warning(said)
        yield count, count, said
    unseen = unseen_in(out, count)
    if unseen:
        said = f"in no image: {', '.join(unseen)}; their masks are all empty"
        log.warning(said)
        yield count, count, said
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


def _refuse_empty_masks(
    scene: Scene, plan: SeriesPlan, people: People, structures: tuple[str, ...], count: int
) -> None:
    """PlanError when no chosen structure can be on any of the first case's first images."""
    first = row(scene, plan, 0)
    alike = (n for n in range(count) if row(scene, plan, n).case is first.case)
    for number in islice(alike, LOOKED_AT):
        chosen, assets = people.sample(number)
        assert assets.labels is not None
        camera = camera_of(chosen.scene.carm, plan.size)
        boxes = [corners_of(assets.labels, name) for name in structures]
        if any(box is not None and not camera.is_blind_to(box) for box in boxes):
            return
    raise PlanError(
        "all masks would be empty: no structure of the label map lies in the beam; aim at one, "
        "choose no structures, or ask for empty masks (--allow-empty-masks)"
    )
