"""Every factor of every image of a series as a table, without reading or rendering anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from synthex_gui.core.steps import Steps
from synthex_gui.experiment.sampling import row, sample_count, with_offsets
from synthex_gui.scene.distributions import Value
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan

FIXED_COLUMNS = ("index", "case", "split", "level")
# A table of 20,000 rows takes seconds; a bar needs no more than this many steps.
REPORT_EVERY = 500


def plan_table(scene: Scene, plan: SeriesPlan) -> Steps[str]:
    """CSV with a line an image: pose, case, split, level, then a column a factor in sorted order.

    Values are the raw draws, floats as their shortest text that reads back the same. Raises what
    `sampling.row` raises.
    """
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    count = sample_count(scene, plan)
    names: list[str] | None = None
    for number, (fixed, values) in enumerate(_lines(scene, plan, count)):
        # Every row has the same factors; the first one says which.
        if names is None:
            names = sorted(values)
            table.writerow((*FIXED_COLUMNS, *names))
        table.writerow((*fixed, *(_text(values[name]) for name in names)))
        if number % REPORT_EVERY == 0:
            yield number, count, f"Row {number} of {count}"
    return stream.getvalue()


def _lines(
    scene: Scene, plan: SeriesPlan, count: int
) -> Iterator[tuple[tuple[object, ...], dict[str, Value]]]:
    is_sampled = plan.source == "sampled"
    for number in range(count):
        planned = row(scene, plan, number)
        values = dict(planned.values)
        if is_sampled and (plan.joints or plan.tools):
            values |= with_offsets(scene, plan, planned.index)[1]
        split = "" if planned.case is None else planned.case.split
        yield (planned.index, planned.case_name, split, planned.level), values


def _text(value: Value) -> str:
    return value if isinstance(value, str) else repr(float(value))
