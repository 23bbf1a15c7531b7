"""The window names what makes its images, and goes on when a GPU does not."""

import json
import sys
from pathlib import Path
from threading import Event

import pytest

from synthex_gui.app.settings import Settings, config_folder
from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.fallback import FallbackBackend
from synthex_gui.ui.commands import backend as backend_commands

sys.path.append(str(Path(__file__).parent.parent / "physics"))
from breaking_backends import Breaking

pytestmark = pytest.mark.display


def shown(window):
    return window.session.live.is_idle() and window.readouts.backend.text()


def test_a_gpu_that_fails_at_an_image_is_said_and_the_image_is_shown(
    window, qtbot, tmp_path, monkeypatch
):
    def make(choice, notice):
        assert choice == "cuda:1"
        first = Breaking(str(tmp_path / "log"), {0: "memory"})
        return FallbackBackend(first, lambda: CpuBackend(2), notice)

    monkeypatch.setattr(backend_commands, "make_backend", make)
    with qtbot.waitSignal(window.radiograph.frame_shown, timeout=60_000):
        window.backends.choose("cuda:1")
    qtbot.waitUntil(window.toast.isVisible, timeout=5_000)
    assert "not enough memory" in window.toast._text.text()
    assert json.loads((config_folder() / "settings.json").read_text())["backend"] == "cuda:1"
    with qtbot.waitSignal(window.radiograph.frame_shown, timeout=60_000):
        window.poses.go_to_preset("inlet")
    qtbot.waitUntil(lambda: shown(window) == "Breaking GPU", timeout=30_000)


@pytest.mark.trust("R1")
def test_the_menu_asks_for_cuda_where_there_is_none(window, qtbot, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    menu = window.backends.menu()
    titles = [action.text() for action in menu.actions()]
    assert titles[:2] == ["GPU if there is one", "CPU"]
    assert [action.isChecked() for action in menu.actions()][:2] == [True, False]
    menu.actions()[2].trigger()
    qtbot.waitUntil(window.toast.isVisible, timeout=60_000)
    assert "CUDA" in window.toast._text.text()
    qtbot.waitUntil(lambda: str(shown(window)).startswith("CPU, "), timeout=60_000)


def test_the_menu_names_the_gpus_once_it_is_opened(window, qtbot, monkeypatch):
    may_answer = Event()

    def listed():
        may_answer.wait(30)
        return "NVIDIA H100 PCIe, 80 GB", "NVIDIA T400, 4 GB"

    monkeypatch.setattr(backend_commands, "find_spec", lambda name: True)
    monkeypatch.setattr(backend_commands, "listed_cuda_devices", listed)
    window.settings.backend = "cuda"
    menu = window.backends.menu()
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()][2:] == ["Looking for NVIDIA GPUs…"]
    with qtbot.waitSignal(window.backends.gpus_listed, timeout=10_000):
        may_answer.set()
    actions = menu.actions()
    assert [a.text() for a in actions][2:] == [
        "GPU 0: NVIDIA H100 PCIe, 80 GB",
        "GPU 1: NVIDIA T400, 4 GB",
    ]
    assert [a.isChecked() for a in actions] == [False, False, True, False]


def test_the_menu_says_why_there_is_no_gpu(window, qtbot, monkeypatch):
    def listed():
        raise BackendError("CUDA: there is no NVIDIA driver here; install it: somewhere")

    monkeypatch.setattr(backend_commands, "find_spec", lambda name: True)
    monkeypatch.setattr(backend_commands, "listed_cuda_devices", listed)
    menu = window.backends.menu()
    with qtbot.waitSignal(window.backends.gpus_listed, timeout=10_000):
        menu.aboutToShow.emit()
    last = menu.actions()[-1]
    assert last.text() == "CUDA: there is no NVIDIA driver here"
    assert not last.isEnabled()


@pytest.mark.trust("E9")
def test_settings_take_only_what_can_be_made():
    assert Settings().backend == "auto"
    assert Settings(backend="cuda:3").backend == "cuda:3"
    for wrong in ("gpu", "cuda:", "cuda:1234", ""):
        with pytest.raises(ValueError, match="backend"):
            Settings(backend=wrong)
