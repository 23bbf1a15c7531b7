"""Settings never keep the program from starting."""

import json
import os
import stat
import subprocess
import sys

import pytest

from synthex_gui.app.settings import (
    Settings,
    config_folder,
    load_settings,
    reset_settings,
    save_settings,
    use_writable_folder,
)

GOOD = Settings(theme="light", backend="cpu", recent=["/a", "/b"]).model_dump_json().encode()
DAMAGED = {
    "empty": b"",
    "nulls": b"\0" * 300,
    "half": GOOD[: len(GOOD) // 2],
    "one byte": b"{",
    "tail of nulls": GOOD + b"\0\0\0",
    "twice": GOOD + GOOD,
    "null": b"null",
    "true": b"true",
    "number": b"17",
    "huge number": b"9" * 5000,
    "text": b'"dark"',
    "list": b"[]",
    "list of objects": b'[{"theme": "dark"}]',
    "nested": b"[" * 200_000,
    "nested objects": b'{"recent":' * 50_000,
    "latin-1": '{"recent": ["/home/Jörg"]}'.encode("latin-1"),
    "utf-16": '{"theme": "dark"}'.encode("utf-16"),
    "theme of a newer version": b'{"theme": "sepia"}',
    "theme null": b'{"theme": null}',
    "theme a list": b'{"theme": ["dark"]}',
    "backend a number": b'{"backend": 3}',
    "backend unknown": b'{"backend": "vulkan:1"}',
    "backend with a line": b'{"backend": "cpu\\n"}',
    "recent a text": b'{"recent": "/a"}',
    "recent of numbers": b'{"recent": [1, 2]}',
    "recent null": b'{"recent": null}',
    "recent nested": b'{"recent": [["/a"]]}',
    "log a text": b'{"detailed_log": "loud"}',
    "not JSON": b"theme = dark\n",
    "too large": b" " * 2_000_000 + b"{}",
    "NaN": b'{"recent": [NaN]}',
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}


def put(data):
    path = config_folder() / "settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.trust("E9")
@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_kept_beside_and_said(data):
    path, said = put(data), []
    assert load_settings(said.append) == Settings()
    assert path.with_suffix(".bad").read_bytes() == data
    assert not path.exists()
    (text,) = said
    assert "settings.bad" in text
    # Once: the next start is as the first.
    assert load_settings(pytest.fail) == Settings()


@pytest.mark.trust("E9")
def test_a_folder_in_its_place_is_set_aside():
    path = put(b"")
    path.unlink()
    path.mkdir()
    said = []
    assert load_settings(said.append) == Settings()
    assert len(said) == 1
    save_settings(Settings(theme="light"))
    assert load_settings(pytest.fail).theme == "light"


def test_what_a_newer_version_adds_is_no_damage():
    put(json.dumps({"theme": "light", "future": {"a": [1]}, "version": 99}).encode())
    assert load_settings(pytest.fail).theme == "light"


def test_recent_files_that_no_system_takes_are_left_out_and_the_rest_is_saved():
    put(b'{"recent": ["/a", "/b\\u0000c", "/\\ud800", "/d"]}')
    settings = load_settings(pytest.fail)
    assert settings.recent == ["/a", "/d"]
    save_settings(settings)
    assert load_settings(pytest.fail).recent == ["/a", "/d"]


def test_they_are_their_owners_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHEX_CONFIG_DIR", str(tmp_path / "new"))
    save_settings(Settings())
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "settings.json").stat().st_mode) == 0o600


def test_a_folder_that_the_user_chose_keeps_its_rights(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.setenv("SYNTHEX_CONFIG_DIR", str(tmp_path))
    save_settings(Settings())
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_reset_keeps_the_old_beside():
    path = put(GOOD)
    layout = path.with_name("layout.ini")
    layout.write_text("[General]\n")
    reset_settings()
    assert load_settings(pytest.fail) == Settings()
    assert path.with_suffix(".bad").read_bytes() == GOOD
    assert layout.with_suffix(".bad").read_text() == "[General]\n"
    reset_settings()
    assert path.with_suffix(".bad").read_bytes() == GOOD


@pytest.mark.trust("E9")
@pytest.mark.parametrize("where", ["below a file", "in /proc"])
def test_a_folder_that_cannot_be_written_is_replaced_for_this_run(tmp_path, monkeypatch, where):
    (tmp_path / "file").touch()
    bad = tmp_path / "file" / "config" if where == "below a file" else "/proc/no-such-place"
    monkeypatch.setenv("SYNTHEX_CONFIG_DIR", str(bad))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert load_settings(lambda _: None) == Settings()
    said = use_writable_folder()
    assert str(bad) in said
    assert str(config_folder()) in said
    save_settings(Settings(theme="light"))
    assert load_settings(pytest.fail).theme == "light"
    assert use_writable_folder() == ""


START = """
import sys
from PySide6.QtCore import QTimer
from synthex_gui.app.session import Session
from synthex_gui.ui.window import application, main
Session.open_phantom = lambda self: QTimer.singleShot(300, check)
def check():
    from PySide6.QtWidgets import QApplication
    (window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, main.MainWindow)]
    print("said:", window.toast.text, flush=True)
    window.close()
sys.exit(application.run(sys.argv[1:]))
"""


@pytest.mark.trust("E9")
@pytest.mark.slow
@pytest.mark.display
@pytest.mark.parametrize("home", ["missing", "a file", "unreadable settings"])
def test_the_window_opens_and_says_what_is_not_kept(tmp_path, home):
    place = tmp_path / "home"
    if home == "a file":
        place.touch()
    elif home == "unreadable settings":
        place.mkdir()
        (place / "config").write_bytes(b"")
    base = place if home != "missing" else tmp_path / "no" / "such"
    if home == "missing":
        (tmp_path / "no").touch()
    names = {"HOME": "", "SYNTHEX_CONFIG_DIR": "/config", "SYNTHEX_LOG_DIR": "/log"}
    names |= {"XDG_CACHE_HOME": "/cache", "XDG_CONFIG_HOME": "/config"}
    changes = {name: f"{base}{rest}" for name, rest in names.items()}
    done = subprocess.run(
        [sys.executable, "-c", START],
        env=os.environ | changes,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "settings and unsaved work cannot be kept" in done.stdout
    assert "Traceback" not in done.stderr
