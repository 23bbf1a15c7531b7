"""What the beam is before the patient: heel effect, inverse square, collimation, focal spot.

All of it comes from each pixel's ray in the camera's own frame, so that a detector beside the
central ray, a mirrored image or a turned camera need no case of their own.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.beam.spectra import oblique_filtration, relative_fluence
from synthex_gui.scene.beam import Beam, Collimator, ImageSide

Image = NDArray[np.float32]
Array = NDArray[np.float64]

# Towards a side of the image, in (column, row).
_TOWARDS: dict[ImageSide, tuple[float, float]] = {
    "top": (0.0, -1.0),
    "bottom": (0.0, 1.0),
    "left": (-1.0, 0.0),
    "right": (1.0, 0.0),
}


def take_off_deg(beam: Beam, camera: Camera) -> Image:
    """(h, w) angle [degrees] between each pixel's ray and the anode's surface.

    The central ray leaves at `beam.anode_deg`; in the plane through anode and cathode a point x
    towards the cathode leaves at anode_deg + atan(x / SDD). Zero or less: behind the anode, in its
    shadow. With `heel_effect` off it is `anode_deg` everywhere. The last ones are kept, since a
    moving arm changes none of their inputs; the array is read-only.
    """
    lens = (camera.k.tobytes(), camera.width, camera.height)
    return _kept_take_off_deg(beam.anode_deg, beam.anode_side if beam.heel_effect else None, *lens)


def _take_off_deg(
    anode_deg: float, anode_side: ImageSide | None, k_bytes: bytes, width: int, height: int
) -> Image:
    """Without a side there is no heel effect."""
    if anode_side is None:
        flat = np.full((height, width), anode_deg, dtype=np.float32)
        flat.setflags(write=False)
        return flat
    camera = _at_rest(k_bytes, width, height, 1000.0)
    x, y = _detector_rays(camera)
    towards_anode = _direction(camera, anode_side)
    anode = math.radians(anode_deg)
    towards_cathode = -(x * towards_anode[0] + y * towards_anode[1])
    # Sine of the angle to a plane is the ray's component along the plane's normal.
    normal = math.sin(anode) + math.cos(anode) * towards_cathode
    angle = np.degrees(np.arcsin(normal / np.sqrt(1.0 + x**2 + y**2)))
    result = np.asarray(angle, dtype=np.float32)
    result.setflags(write=False)
    return result


_kept_take_off_deg = lru_cache(maxsize=8)(_take_off_deg)


def exposure_map(beam: Beam, camera: Camera) -> Image:
    """(h, w) open-field photons per pixel relative to the central ray.

    Fluence by take-off angle (heel effect, after the beam's filters, which stand across the central
    ray) times (SDD / r)^2 for the distance and SDD / r for the oblique pixel. The flat field
    divides it out of an image: it matters to noise, dose and raw counts. The last maps are kept,
    since a moving arm changes none of their inputs; the array is read-only.
    """
    tube = beam.model_copy(update={"mas": 1.0, "photons": None, "seed": 0})
    lens = (camera.k.tobytes(), camera.width, camera.height)
    return _exposure_map(tube.model_dump_json(), *lens)


@lru_cache(maxsize=8)
def _exposure_map(beam_json: str, k_bytes: bytes, width: int, height: int) -> Image:
    beam = Beam.model_validate_json(beam_json)
    camera = _at_rest(k_bytes, width, height, 1000.0)
    x, y = _detector_rays(camera)
    secant = np.sqrt(1.0 + x**2 + y**2)
    shape = secant**-3.0
    shape *= oblique_filtration(beam.kvp, beam.filtration_mm, secant, beam.anode_deg)
    if beam.heel_effect:
        # Not kept: it is as large as the map itself.
        angles = _take_off_deg(beam.anode_deg, beam.anode_side, k_bytes, width, height)
        shape *= relative_fluence(beam.kvp, beam.filtration_mm, angles, beam.anode_deg)
    result = shape.astype(np.float32)
    result.setflags(write=False)
    return result


def collimation_map(collimator: Collimator, beam: Beam, camera: Camera) -> Image | None:
    """(h, w) part of the open beam that blades and iris let through; None when all are out.

    A uniform focal spot f gives an edge at distance s from the source a linear penumbra of width
    f (SDD - s) / s at the detector; it is averaged over the pixel. Edges multiply, and lead lets
    `transmission` through. Not divided out by the flat field: blades stay visible. The last maps
    are kept; the array is read-only.
    """
    if collimator.is_open:
        return None
    lens = (camera.k.tobytes(), camera.width, camera.height, camera.sdd_mm)
    return _collimation_map(collimator, beam.focal_spot_mm, *lens)


@lru_cache(maxsize=8)
def _collimation_map(
    collimator: Collimator, spot_mm: float, k_bytes: bytes, width: int, height: int, sdd_mm: float
) -> Image:
    camera = _at_rest(k_bytes, width, height, sdd_mm)
    u, v = _detector_mm(camera)
    across, down = u, v
    if collimator.rotation_deg:
        turn = math.radians(collimator.rotation_deg)
        across = u * math.cos(turn) + v * math.sin(turn)
        down = v * math.cos(turn) - u * math.sin(turn)
    inside: list[Array] = [
        edge - side
        for edge, side in (
            (collimator.left_mm, -across),
            (collimator.right_mm, across),
            (collimator.top_mm, -down),
            (collimator.bottom_mm, down),
        )
        if edge is not None
    ]
    if collimator.iris_diameter_mm is not None:
        inside.append(collimator.iris_diameter_mm / 2 - np.hypot(u, v))
    distance = min(collimator.source_distance_mm, sdd_mm)
    penumbra = spot_mm * (sdd_mm - distance) / distance
    shade = np.full((height, width), 1.0 - collimator.transmission)
    for depth in inside:
        shade *= _edge(depth, penumbra, camera.pixel_pitch_mm)
    result = (shade + collimator.transmission).astype(np.float32)
    result.setflags(write=False)
    return result


def focal_blur_sigma_px(beam: Beam, camera: Camera, source_object_mm: float) -> float:
    """Standard deviation [pixels] of the focal spot's image at the detector.

    A uniform spot of width f, seen through a point at `source_object_mm` from the source (the
    isocentre or the aim point), is f (M - 1) wide with M = SDD / source_object_mm, and its
    deviation is that over sqrt(12). One width an image: exact in that plane only. 0 for an object
    that does not lie between source and detector.
    """
    if not 0.0 < source_object_mm < camera.sdd_mm:
        return 0.0
    width_mm = beam.focal_spot_mm * (camera.sdd_mm / source_object_mm - 1.0)
    return width_mm / math.sqrt(12.0) / camera.pixel_pitch_mm


def _at_rest(k_bytes: bytes, width: int, height: int, sdd_mm: float) -> Camera:
    """The camera of these intrinsics in its own frame."""
    k = np.frombuffer(k_bytes).reshape(3, 3)
    return Camera(k=k, r=np.eye(3), t=np.zeros(3), width=width, height=height, sdd_mm=sdd_mm)


def _detector_rays(camera: Camera) -> tuple[Array, Array]:
    """The x and y of each pixel's ray in the camera's frame, z = 1; they broadcast to (h, w)."""
    inverse = np.linalg.inv(camera.k)
    columns = np.arange(camera.width, dtype=np.float64)[None, :]
    rows = np.arange(camera.height, dtype=np.float64)[:, None]
    x = inverse[0, 0] * columns + inverse[0, 2]
    if inverse[0, 1]:
        x = x + inverse[0, 1] * rows
    return x, inverse[1, 1] * rows + inverse[1, 2]


def _direction(camera: Camera, side: ImageSide) -> Array:
    """(2,) unit vector in the camera's x and y that leads towards a side of the image."""
    inverse = np.linalg.inv(camera.k)[:2, :2]
    step: Array = inverse @ np.array(_TOWARDS[side])
    return step / np.linalg.norm(step)


def _detector_mm(camera: Camera) -> tuple[Array, Array]:
    """Detector mm from the principal point, to the right and down as displayed; broadcast to
    (h, w).
    """
    x, y = _detector_rays(camera)
    # Right is along the rows; K's lower left is 0, so that it has no y, and down has no x.
    right = float(np.sign(camera.k[0, 0]))
    down = float(np.sign(camera.k[1, 1]))
    return camera.sdd_mm * right * x, camera.sdd_mm * down * y


def _edge(depth_mm: Array, penumbra_mm: float, pixel_mm: float) -> Array:
    """Open part of pixels whose centre lies `depth_mm` inside an edge, averaged over the pixel."""
    half = pixel_mm / 2

    def integral(at: Array) -> Array:
        if penumbra_mm == 0.0:
            return np.maximum(at, 0.0)
        ramp = np.clip(at + penumbra_mm / 2, 0.0, penumbra_mm)
        return np.asarray(ramp**2 / (2 * penumbra_mm) + np.maximum(at - penumbra_mm / 2, 0.0))

    return (integral(depth_mm + half) - integral(depth_mm - half)) / pixel_mm
