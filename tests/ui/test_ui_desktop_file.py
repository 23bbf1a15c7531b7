"""The desktop file that the window names is shipped, and starts what is installed."""

import tomllib
from configparser import ConfigParser
from pathlib import Path

from synthex_gui.ui.window.application import DESKTOP_FILE

ROOT = Path(__file__).resolve().parents[2]


def test_the_desktop_file_of_the_window_starts_the_program():
    entry = ConfigParser(interpolation=None)
    entry.optionxform = str
    entry.read_string((ROOT / "packaging" / f"{DESKTOP_FILE}.desktop").read_text())
    values = entry["Desktop Entry"]
    program, files = values["Exec"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["gui-scripts"]
    assert program in scripts
    assert files == "%F"
    assert (values["Type"], values["Terminal"]) == ("Application", "false")


def test_the_bundle_holds_the_desktop_file_and_its_icon():
    described = (ROOT / "packaging" / "synthex.spec").read_text()
    assert f'"{DESKTOP_FILE}.desktop"' in described
    assert f'"{DESKTOP_FILE}.svg"' in described
    assert (ROOT / "resources" / "icons" / "synthex.svg").exists()
