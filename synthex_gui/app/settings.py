"""Preferences: a small JSON file that never stops the program from starting."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from synthex_gui.app.private import make_private, private_folder
from synthex_gui.core.backend_names import PATTERN
from synthex_gui.core.files import WriteError, write_whole

log = logging.getLogger(__name__)

RECENT_LIMIT = 12
# Twelve paths are some kilobytes; more is another file.
MAX_BYTES = 1_000_000
KEPT = ("settings.json", "layout.ini")


class Settings(BaseModel):
    """What is remembered between runs; `recent` newest first."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    theme: Literal["dark", "light", "system"] = "dark"
    # As `physics.backends.choice.make_backend` takes it.
    backend: str = Field(default="auto", pattern=PATTERN)
    recent: list[str] = Field(default_factory=list)
    # Every step in the log, for whoever looks for a fault.
    detailed_log: bool = False

    @field_validator("recent")
    @classmethod
    def _usable(cls, paths: list[str]) -> list[str]:
        # The system refuses such a path, and no file takes half of a surrogate pair.
        return [text for text in paths if "\0" not in text and text.isprintable()]

    def remember(self, path: Path) -> None:
        """Put a file at the top of the recent ones."""
        text = str(path)
        self.recent = [text, *(item for item in self.recent if item != text)][:RECENT_LIMIT]


def config_folder() -> Path:
    """Where settings and layout are kept; ``SYNTHEX_CONFIG_DIR`` overrides it."""
    override = os.environ.get("SYNTHEX_CONFIG_DIR")
    return Path(override) if override else user_config_path("synthex-gui", appauthor=False)


def use_writable_folder() -> str:
    """Keep settings, locks and unsaved work elsewhere for this run where their folder cannot be
    written; empty, or what to tell the user of it.
    """
    folder = config_folder()
    try:
        private_folder(folder)
        # Rights do not say it all: a disk may be full, or mounted to be read only.
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        instead = tempfile.mkdtemp(prefix="synthex-gui-")
        os.environ["SYNTHEX_CONFIG_DIR"] = instead
        why = error.strerror or error
        return (
            f"{folder}: settings and unsaved work cannot be kept there ({why}). This run keeps "
            f"them in {instead}"
        )


def load_settings(say: Callable[[str], None] = log.warning) -> Settings:
    """The settings, or the defaults; `say` hears that a damaged file is kept as ``.bad``."""
    path = config_folder() / KEPT[0]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        return Settings.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        log.warning("settings could not be read: %s", type(error).__name__)
        # Kept, since a person may have edited it by hand; not read again at every start.
        kept = _set_aside(path)
        where = f"; the file was kept as {kept.name}" if kept is not None else ""
        say(f"{path}: the settings cannot be read, so the defaults are in use{where}")
        return Settings()


def reset_settings() -> None:
    """Set settings and layout aside, as ``.bad``: the next start is as the first."""
    for name in KEPT:
        _set_aside(config_folder() / name)


def save_settings(settings: Settings) -> None:
    """Write whole or not at all; a folder that cannot be written is logged, not raised."""
    path = config_folder() / KEPT[0]
    try:
        private_folder(path.parent)
        write_whole(path, settings.model_dump_json(indent=1).encode())
        make_private(path)
    except (WriteError, OSError) as error:
        log.warning("settings could not be saved: %s", error)


def _set_aside(path: Path) -> Path | None:
    """Where the file is kept now; None where there is none, or it cannot be moved."""
    kept = path.with_suffix(".bad")
    try:
        os.replace(path, kept)
    except OSError as error:
        log.warning("a file of settings could not be set aside: %s", type(error).__name__)
        return None
    return kept
