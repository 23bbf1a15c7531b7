"""One image of a series to its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from synthex_gui.experiment.sampling import Sample
from synthex_gui.export.place import write_inside
from synthex_gui.export.writers import IMAGE_WRITERS, File, Item
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.plan import SeriesPlan


def write_item(
    renderer: Renderer, sample: Sample, plan: SeriesPlan, structures: tuple[str, ...], out: Path
) -> dict[str, str]:
    """Render and write one image; relative path -> SHA-256 of every file written.

    Raises WriteError, and ExportError when the folder has gone.
    """
    files = item_files(renderer, sample, plan, structures)
    return {path: write_inside(out, path, data) for path, data in files}


def item_files(
    renderer: Renderer, sample: Sample, plan: SeriesPlan, structures: tuple[str, ...]
) -> Iterator[File]:
    """One image as all of its writers have it."""
    radiograph = renderer.render(
        sample.scene.evolve(beam=sample.scene.beam.evolve(seed=plan.seed)),
        size=plan.size,
        structures=structures,
        image_index=sample.index,
    )
    item = Item(plan, sample, radiograph, renderer.notices(sample.scene, radiograph.camera))
    for files_of in IMAGE_WRITERS:
        yield from files_of(item)
