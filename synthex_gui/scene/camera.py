"""A camera without joints: given from outside, or of a view beyond a device's reach."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from synthex_gui.geometry.camera import Camera, CameraError
from synthex_gui.scene.frozen import MOST_MM, Frozen

Vector3 = tuple[float, float, float]
Matrix3 = tuple[Vector3, Vector3, Vector3]


class FreeCamera(Frozen):
    """`K` and `R` (3, 3), `t` (3,) mm: ``synthex-camera-1``, world LPS mm to pixels.

    `sdd_mm` the source-to-detector distance; `source_isocentre_mm` None for a camera from outside,
    which has no isocentre. ValidationError where `geometry.camera.Camera` would refuse it: R not a
    rotation within 1e-6 (its determinant is named), K not upper triangular, no pixels.
    """

    # Named as in the literature and in the camera of an exported image.
    K: Matrix3
    R: Matrix3
    t: Vector3
    width: int
    height: int
    sdd_mm: float
    source_isocentre_mm: float | None = Field(default=None, gt=0.0, le=MOST_MM)

    @model_validator(mode="after")
    def _is_camera(self) -> Self:
        # One judge for both: what the geometry refuses must not get into a document.
        try:
            self.camera()
        except CameraError as error:
            raise ValueError(str(error)) from None
        return self

    @classmethod
    def of(cls, camera: Camera, source_isocentre_mm: float | None = None) -> FreeCamera:
        """From the geometry's camera."""
        return cls(
            K=camera.k.tolist(),
            R=camera.r.tolist(),
            t=camera.t.tolist(),
            width=camera.width,
            height=camera.height,
            sdd_mm=camera.sdd_mm,
            source_isocentre_mm=source_isocentre_mm,
        )

    def camera(self) -> Camera:
        """As the geometry package takes it."""
        return Camera(
            k=np.array(self.K),
            r=np.array(self.R),
            t=np.array(self.t),
            width=self.width,
            height=self.height,
            sdd_mm=self.sdd_mm,
        )
