"""Clocks and time zones: an export goes on by its journal, and what has a time has it in UTC."""

from __future__ import annotations

import calendar
import faulthandler
import logging
import os
import re
import sys
import time

import pytest

from synthex_gui.app import log
from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.scene.project import read_project

YEAR_S = 366 * 86_400
UTC = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=5, size=32))


@pytest.mark.trust("I11")
@pytest.mark.parametrize("shift_s", [-YEAR_S, YEAR_S])
def test_an_export_goes_on_whatever_the_clock_says(scene, tmp_path, shift_s):
    run_to_end(export_series(scene, tmp_path / "whole"))
    out = tmp_path / "a"
    steps = export_series(scene, out)
    for _ in range(3):
        next(steps)
    steps.close()
    for name in all_files(out):
        now = time.time() + shift_s
        os.utime(out / name, (now, now))
    steps = export_series(scene, out, resume=True)
    assert next(steps)[0] == 2
    run_to_end(steps)
    assert tree(out) == tree(tmp_path / "whole")


@pytest.mark.trust("I11")
@pytest.mark.skipif(sys.platform == "win32", reason="TZ is POSIX")
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_another_time_zone_leaves_no_trace(scene, tmp_path, monkeypatch, zone):
    run_to_end(export_series(scene, tmp_path / "whole"))
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    run_to_end(export_series(scene, tmp_path / "a"))
    monkeypatch.undo()
    time.tzset()
    assert tree(tmp_path / "a") == tree(tmp_path / "whole")


@pytest.fixture
def log_file(tmp_path, monkeypatch):
    """Where the program logs to, from here to the end of the test."""
    monkeypatch.setattr(log, "user_log_path", lambda *_, **__: tmp_path)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    log.start_logging()
    yield log.log_file()
    for handler in [item for item in root.handlers if item not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    faulthandler.enable(sys.__stderr__)


@pytest.mark.trust("I11")
@pytest.mark.skipif(sys.platform == "win32", reason="TZ is POSIX")
def test_the_log_has_utc_times(log_file, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    logging.getLogger("synthex_gui").warning("something")
    monkeypatch.undo()
    time.tzset()
    line = log_file.read_text(encoding="utf-8").splitlines()[-1]
    assert UTC.match(line), line
    said = calendar.timegm(time.strptime(line[:19], "%Y-%m-%dT%H:%M:%S"))
    assert abs(said - time.time()) < 60
