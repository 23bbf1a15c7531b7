"""The built-in phantom: an anthropomorphic torso CT made by code, with labels and landmarks."""

from synthex_gui.phantom.build import Phantom, build, build_phantom
from synthex_gui.phantom.store import cached, cached_steps, label_csv, landmark_json, write_files
from synthex_gui.phantom.trunk.parameters import PhantomError, PhantomParameters

__all__ = [
    "Phantom",
    "PhantomError",
    "PhantomParameters",
    "build",
    "build_phantom",
    "cached",
    "cached_steps",
    "label_csv",
    "landmark_json",
    "write_files",
]
