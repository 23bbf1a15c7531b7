"""The log: for its owner alone, small, and without names of files, patients and people."""

import faulthandler
import logging
import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from synthex_gui.app import log as app_log
from synthex_gui.app.diagnostics import diagnostics
from synthex_gui.app.faults import Faults, catch_everything, report
from synthex_gui.app.redaction import hide_files, hide_path, redacted
from synthex_gui.app.settings import Settings
from synthex_gui.core.errors import SynthexError
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import FileSource

logger = logging.getLogger("synthex_gui.test")


@pytest.fixture
def logged(tmp_path, monkeypatch):
    """The log's folder, written while the test runs."""
    folder = tmp_path / "log"
    monkeypatch.setenv("SYNTHEX_LOG_DIR", str(folder))
    root, was_on = logging.getLogger(), faulthandler.is_enabled()
    before, level = list(root.handlers), root.level
    assert app_log.start_logging() == ""
    yield folder
    for handler in [item for item in root.handlers if item not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    logging.getLogger("synthex_gui").setLevel(logging.NOTSET)
    faulthandler.disable()
    app_log._crash_stream.close()
    if was_on:
        faulthandler.enable(sys.__stderr__)


def text_of(folder):
    return (folder / "synthex-gui.log").read_text()


def test_it_is_its_owners_alone(logged):
    logger.info("begun")
    assert "begun" in text_of(logged)
    assert stat.S_IMODE(logged.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in logged.iterdir()} == {0o600}


@pytest.mark.trust("R7")
def test_it_stays_below_twenty_megabytes(logged, monkeypatch):
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, app_log._PrivateHandler))
    assert handler.maxBytes * (handler.backupCount + 1) < 20e6
    handler.maxBytes = 20_000
    for number in range(5000):
        logger.warning("line %d %s", number, "x" * 60)
    files = list(logged.glob("synthex-gui.log*"))
    assert len(files) == handler.backupCount + 1
    assert sum(path.stat().st_size for path in files) < 20_000 * len(files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_details_are_written_when_they_are_asked_for(logged):
    logger.debug("before")
    app_log.set_detailed(True)
    logger.debug("within")
    app_log.set_detailed(False)
    logger.debug("after")
    assert "within" in text_of(logged)
    assert "before" not in text_of(logged)
    assert "after" not in text_of(logged)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SYNTHEX_LOG_DIR", str(tmp_path / "file" / "log"))
    said = app_log.start_logging()
    assert str(tmp_path / "file" / "log") in said
    assert "no log is written" in said


def test_what_a_crash_left_is_there_for_its_report(logged, monkeypatch):
    (logged / "crash.log").write_text("Fatal Python error: Segmentation fault\n")
    handlers = list(logging.getLogger().handlers)
    app_log.start_logging()
    for handler in [h for h in logging.getLogger().handlers if h not in handlers]:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert "Segmentation fault" in diagnostics(Settings())


# What names a patient, each as an error might hold it.
PLANTED = (
    "/data/Doe Jane/ct.nii.gz: cannot be read (No such file or directory)",
    "no checksum: /data/Doe, Jane 1970/Doe.nii was written again since it was read",
    "[Errno 2] No such file or directory: '/home/Doe/Doe_Jane.nrrd'",
    """[Errno 2] No such file or directory: "/data/O'Doe/Jane's ct.nii" """,
    r"C:\Users\Doe\Jane ct.mha: damaged",
    r"'\\\\server\\Doe\\ct.mha' is gone",
    "file:///data/Doe/ct.nii",
    "~/Doe/ct.nii: gone",
    "Doe_Jane_1970.stl: too large",
    "sub/Doe_Jane/slice.dcm is missing",
    "Invalid value for VR PN: 'Doe^Jane^^Dr'",
    "Opening Doe Jane 1970 failed",
    "Doe Jane 1970.synthex: not a project",
)


@pytest.mark.trust("R7")
@pytest.mark.parametrize("text", PLANTED)
def test_no_line_names_a_patient_or_a_file(logged, text):
    hide_path(Path("/data/x/Doe Jane 1970.synthex"))
    logger.warning(text)
    try:
        raise SynthexError(text)
    except SynthexError:
        logger.exception("failed")
    written = text_of(logged)
    assert "Doe" not in written
    assert "Jane" not in written
    # What was done and where in the code it failed is still there.
    assert "SynthexError" in written
    assert "test_app_log.py" in written


def test_files_of_a_scene_are_not_named(logged):
    hide_files(Scene(ct=FileSource(path="/data/Mustermann Max.nii.gz")))
    logger.error("Opening Mustermann Max.nii.gz failed")
    logger.error("mustermann max cannot be read")
    assert "ustermann" not in text_of(logged)


def test_code_is_named_without_the_home_it_lies_in():
    frame = '  File "/home/doe/.venv/lib/python3.11/site-packages/synthex_gui/app/x.py", line 3'
    assert redacted(frame) == '  File "synthex_gui/app/x.py", line 3'
    assert redacted('  File "/home/doe/own/synthex_gui/ui/y.py", line 3, in f').endswith(
        'File "synthex_gui/ui/y.py", line 3, in f'
    )
    assert redacted('  File "/home/doe/own/z.py", line 3') == '  File "z.py", line 3'
    for kept in ("a ratio of 1/2 and/or 3", "https://example.org/a", "12:30: begun"):
        assert redacted(kept) == kept


@pytest.mark.trust("R7")
def test_diagnostics_hold_versions_and_the_log_without_names(logged, monkeypatch):
    monkeypatch.setenv("USER", "jdoe")
    monkeypatch.setenv("LOGNAME", "jdoe")
    monkeypatch.setattr("socket.gethostname", lambda: "doe-laptop")
    logger.error("/data/Doe/ct.nii: damaged")
    logger.error("seen by jdoe at doe-laptop")
    settings = Settings(recent=["/data/Doe/ct.nii"])
    text = diagnostics(settings, "CPU, 2 threads")
    for wanted in ("SyntheX GUI", "Python 3", "Qt 6", "numpy", "SimpleITK", "CPU, 2 threads"):
        assert wanted in text
    assert "damaged" in text
    assert "doe" not in text.lower()


def test_faults_of_every_kind_reach_the_log_and_the_listener(logged, qtbot, monkeypatch, capfd):
    from PySide6.QtCore import qWarning

    faults, found = Faults(), []
    faults.found.connect(found.append)
    let_go = catch_everything(faults)
    try:
        try:
            raise KeyError("Doe_Jane.nii")
        except KeyError:
            sys.excepthook(*sys.exc_info())
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start()
        thread.join()
        report(ValueError("odd"), "rendering failed")
        qWarning("QPainter::begin: no device")

        class Odd:
            def __del__(self):
                raise ArithmeticError("while freed")

        Odd()
        qtbot.waitUntil(lambda: len(found) == 3, timeout=5000)
    finally:
        let_go()
    written = text_of(logged)
    for wanted in (
        "KeyError",
        "worker",
        "ZeroDivisionError",
        "rendering failed",
        "QPainter::begin",
    ):
        assert wanted in written
    assert "while freed" in written
    assert "Doe" not in written
    kinds = {fault.place.split(",")[0] for fault in found}
    assert kinds == {"KeyError", "ZeroDivisionError", "ValueError"}
    assert not any("Doe" in fault.report for fault in found)
    assert sys.excepthook is not None
    report(ValueError("after"), "nobody listens")
    assert len(found) == 3


def test_an_interrupt_at_the_terminal_is_no_fault(logged, capfd):
    faults, found = Faults(), []
    faults.found.connect(found.append)
    let_go = catch_everything(faults)
    try:
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    finally:
        let_go()
    assert not found


def test_the_log_may_be_elsewhere(monkeypatch):
    monkeypatch.delenv("SYNTHEX_LOG_DIR", raising=False)
    assert app_log.log_folder().name
    assert os.fspath(app_log.log_folder()) != ""
