"""Every image's factors as one table, where the series is an experiment."""

from __future__ import annotations

from collections.abc import Iterator

from synthex_gui.core.steps import run_to_end
from synthex_gui.experiment.table import plan_table
from synthex_gui.export.dataset import FACTORS
from synthex_gui.export.writers.base import File, Series


def factors_files(series: Series) -> Iterator[File]:
    """One file; line n + 1 is image n."""
    plan = series.scene.plan
    if plan is not None and plan.study is not None:
        yield FACTORS, run_to_end(plan_table(series.scene, plan)).encode()
