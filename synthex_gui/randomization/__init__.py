"""Domain randomization of training images, for a loader: no Qt, VTK, numba or CuPy is imported."""

from synthex_gui.randomization.randomizer import Randomized, Randomizer

__all__ = ["Randomized", "Randomizer"]
