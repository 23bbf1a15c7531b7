"""A free camera about an anchor: the view, the source's distance, the patient turned and moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from synthex_gui.experiment.errors import PlanError
from synthex_gui.geometry.angles import direction_from_angles, head_up_rotation
from synthex_gui.geometry.arrays import LabelMap
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.transforms import Matrix, Vector, rotation_z, transform_points
from synthex_gui.loading.placing import near_detector_mm
from synthex_gui.scene.assets import SceneAssets, default_aim_mm
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.distributions import Value
from synthex_gui.scene.edits import aim_point_mm, carm_device
from synthex_gui.scene.model import CArm, Scene
from synthex_gui.scene.study import Anchor, Study


def anchor_mm(scene: Scene, anchor: Anchor, assets: SceneAssets) -> Vector:
    """(3,) where an anchor lies in a case's scene, LPS mm.

    Raises PlanError naming every landmark or structure that the case lacks.
    """
    if anchor.kind == "aim":
        return aim_point_mm(scene.carm)
    if anchor.kind == "ct":
        return default_aim_mm(scene, assets)
    if anchor.kind == "structure":
        if assets.labels is None:
            raise PlanError(f"there are no labels for the anchor: {', '.join(anchor.names)}")
        return _centroid_mm(assets.labels, anchor.names)
    places = {item.name: item.position for item in scene.landmarks}
    missing = [name for name in anchor.names if name not in places]
    if missing:
        raise PlanError(f"the anchor's landmark is not there: {', '.join(missing)}")
    middle: Vector = np.mean([places[name] for name in anchor.names], axis=0)
    return middle


def _centroid_mm(labels: LabelMap, names: tuple[str, ...]) -> Vector:
    """(3,) the mean of the structures' voxels."""
    missing = [name for name in names if not set(labels.ids_of(name)) & set(labels.boxes)]
    if missing:
        raise PlanError(f"the anchor's structure is not there: {', '.join(missing)}")
    ids = sorted({label_id for name in names for label_id in labels.ids_of(name)})
    spans = np.array([labels.boxes[label_id] for label_id in ids if label_id in labels.boxes])
    low, high = spans[:, :, 0].min(axis=0), spans[:, :, 1].max(axis=0) + 1
    # Of the structures' box alone: the whole map may have 100 million voxels.
    part = labels.values[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
    middle = np.argwhere(np.isin(part, ids)).mean(axis=0)[::-1] + low
    centre: Vector = transform_points(labels.grid.world_from_voxel, middle[None])[0]
    return centre


def free_camera(carm: CArm, study: Study, values: Mapping[str, Value], at_mm: Vector) -> FreeCamera:
    """The camera of one pose, in the patient's own frame.

    The anchor `at_mm` lies on the central ray at ``source_isocentre_mm`` from the source (0.8 of
    the SDD without that factor), the detector at the DICOM angles ``view.primary_deg`` and
    ``view.secondary_deg``, rows towards the feet, turned clockwise as displayed by
    ``view.rotation_deg``. Then the patient turns by Rz Ry Rx about the anchor, about the world's
    axes, and moves by x, y, z: to the camera that is the same as its own move the other way.
    """

    def of(name: str, default: float = 0.0) -> float:
        return float(values.get(name, default))

    device = carm_device(carm)
    sdd_mm = carm.joints.sdd_mm
    # As a new pose in the window has it.
    distance_mm = of("source_isocentre_mm", near_detector_mm(sdd_mm))
    if not distance_mm > 0.0:
        raise PlanError(f"source_isocentre_mm is {distance_mm:g}; the source is before the anchor")
    direction = direction_from_angles(of("view.primary_deg"), of("view.secondary_deg"))
    r: Matrix = rotation_z(-of("view.rotation_deg")) @ head_up_rotation(direction)
    room = look(
        at_mm - distance_mm * direction,
        r,
        sdd_mm,
        device.pixel_pitch_mm,
        device.columns,
        device.rows,
    )
    # x in the room is R (x - a) + a + m for a point x of the patient.
    turn = _patient_turn(values)
    move = np.array([of(f"patient.{axis}_mm") for axis in "xyz"])
    camera = replace(
        _within(room, study.border_px), r=r @ turn, t=r @ (at_mm + move - turn @ at_mm) + room.t
    )
    return FreeCamera.of(camera, distance_mm)


def _within(camera: Camera, border_px: int) -> Camera:
    width, height = camera.width - 2 * border_px, camera.height - 2 * border_px
    if width < 1 or height < 1:
        raise PlanError(f"a border of {border_px} pixels leaves nothing of the detector")
    return camera.cropped(border_px, border_px, width, height)


def _patient_turn(values: Mapping[str, Value]) -> Matrix:
    angles = [float(values.get(f"patient.r{axis}_deg", 0.0)) for axis in "xyz"]
    # Small letters: about the fixed axes of the world, x first.
    result: Matrix = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return result
