"""The error of a plan."""

from __future__ import annotations

from synthex_gui.core.errors import SynthexError


class PlanError(SynthexError):
    """A plan that this scene cannot follow."""
