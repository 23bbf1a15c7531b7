"""Preferences: a small JSON file that never stops the program from starting."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthex_gui.core.backend_names import PATTERN
from synthex_gui.core.files import WriteError, write_whole

log = logging.getLogger(__name__)

RECENT_LIMIT = 12


class Settings(BaseModel):
    """What is remembered between runs; `recent` newest first."""

    model_config = ConfigDict(extra="ignore", validate_assignment=True)

    theme: Literal["dark", "light", "system"] = "dark"
    # As `physics.backends.choice.make_backend` takes it.
    backend: str = Field(default="auto", pattern=PATTERN)
    recent: list[str] = Field(default_factory=list)

    def remember(self, path: Path) -> None:
        """Put a file at the top of the recent ones."""
        text = str(path)
        self.recent = [text, *(item for item in self.recent if item != text)][:RECENT_LIMIT]


def config_folder() -> Path:
    """Where settings and layout are kept; ``SYNTHEX_CONFIG_DIR`` overrides it."""
    override = os.environ.get("SYNTHEX_CONFIG_DIR")
    return Path(override) if override else user_config_path("synthex-gui", appauthor=False)


def load_settings() -> Settings:
    """The settings, or the defaults; a damaged file is kept beside as ``.bad``."""
    path = config_folder() / "settings.json"
    try:
        return Settings.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        log.warning("settings could not be read (%s); starting with the defaults", error)
        # Kept, since a person may have edited it by hand; not read again at every start.
        try:
            os.replace(path, path.with_suffix(".bad"))
        except OSError as move_error:
            log.warning("%s could not be set aside: %s", path, move_error)
        return Settings()


def save_settings(settings: Settings) -> None:
    """Write whole or not at all; a folder that cannot be written is logged, not raised."""
    try:
        write_whole(config_folder() / "settings.json", settings.model_dump_json(indent=1).encode())
    except WriteError as error:
        log.warning("settings could not be saved: %s", error)
