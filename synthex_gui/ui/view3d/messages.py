"""What VTK says goes to the log instead of a window or the terminal."""

from __future__ import annotations

import logging

import pyvista as pv


def log_vtk_messages() -> None:
    """From now on; its observers' exceptions are Python's and come by another way."""
    pv.send_errors_to_logging()
    logging.getLogger("pyvista").setLevel(logging.WARNING)
