"""What an actor may ask of the 3D view: the few plotter calls that never render by themselves."""

from __future__ import annotations

from typing import Any, Protocol


class Plotter(Protocol):
    """Add and remove; the view repaints once per event turn when something changed."""

    def add_mesh(self, mesh: Any, **options: Any) -> Any:
        """As pyvista's, with ``render=False``."""
        ...

    def remove_actor(self, actor: Any, **options: Any) -> Any:
        """As pyvista's, with ``render=False``."""
        ...
