"""A material as a person types it."""

from __future__ import annotations

from synthex_gui.ui.widgets.number_box import plain_number


def typed_material(text: str) -> str:
    """The name as materials are called: the density behind @ with a point."""
    formula, at, density = text.strip().partition("@")
    return f"{formula}{at}{plain_number(density)}"
