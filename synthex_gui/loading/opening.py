"""The scene that the application opens on: the phantom's pelvis, AP, on a Cios Fusion."""

from __future__ import annotations

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.loading.placing import first_pose
from synthex_gui.phantom import Phantom
from synthex_gui.scene.assets import SceneAssets, default_aim_mm, preset_aim_mm
from synthex_gui.scene.devices import device_by_id, preset_by_id
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import LandmarkItem, PhantomSource

DEFAULT_DEVICE = "cios-fusion"
# What a pelvic image is read by; all of them at once would hide it.
OPENING_STRUCTURES = ("hemipelvis-left", "hemipelvis-right", "upper-sacrum")
# Aims at the pelvis by the structures that the inlet view names.
PELVIS_PRESET = "inlet"


def phantom_scene(phantom: Phantom) -> Scene:
    """The opening scene with the phantom's landmarks."""
    scene = Scene(
        ct=PhantomSource(parameters=phantom.parameters.model_dump()),
        labels=PhantomSource(parameters=phantom.parameters.model_dump()),
    )
    assets = SceneAssets(ct=phantom.ct, labels=phantom.labels)
    return posed_for_phantom(scene, assets, phantom.landmarks)


def posed_for_phantom(scene: Scene, assets: SceneAssets, landmarks: tuple[Landmark, ...]) -> Scene:
    """The pelvis' middle on the central ray of an AP view, and the landmarks."""
    scene = as_delivered(scene).evolve(
        landmarks=tuple(LandmarkItem.of(item) for item in landmarks),
        shown_structures=OPENING_STRUCTURES,
    )
    aim = preset_aim_mm(scene, assets, preset_by_id(PELVIS_PRESET))
    if aim is None:
        aim = default_aim_mm(scene, assets)
    carm, _ = first_pose(device_by_id(DEFAULT_DEVICE), aim)
    return scene.evolve(carm=carm)


def as_delivered(scene: Scene) -> Scene:
    """A new project's image as a C-arm gives it: anti-scatter grid in, clinical look."""
    return scene.evolve(
        grid=scene.grid.evolve(is_in=True), processing=scene.processing.evolve(look="clinical")
    )
