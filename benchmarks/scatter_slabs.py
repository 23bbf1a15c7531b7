"""Scatter behind water slabs: the imaging chain next to Monte Carlo of the same slabs.

`PUBLISHED` are the cases that the model's few constants were set on, `HELD_OUT` others: voltages,
thicknesses, gaps and fields between and beyond them, the field's edge, a slab that ends inside it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from known_matter import expose
from numpy.typing import NDArray
from scatter_box import slab_image
from scatter_transport import water_data

from synthex_gui.geometry.camera import Camera, look
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.detector import Detector
from synthex_gui.scene.model import Scene

Image = NDArray[np.float64]
SDD_CM, BINS, PER_BIN = 100.0, 10, 8
ENDLESS = (-np.inf, np.inf, -np.inf, np.inf)
HALF = (-np.inf, 0.0, -np.inf, np.inf)


class Slab(NamedTuple):
    """A case; `part` of the field that is compared; `sides_cm` how far the slab reaches to the left
    and right of the central ray (in x), and up and down (in y).
    """

    kvp: float
    water_cm: float
    gap_cm: float
    field_cm: float
    part: str = "centre"
    sides_cm: tuple[float, float, float, float] = ENDLESS


PUBLISHED = {
    (10, 0): (0.95, 1.31, 1.44), (10, 10): (0.29, 0.70, 1.05), (10, 30): (0.10, 0.24, 0.42),
    (20, 0): (1.58, 2.80, 3.48), (20, 10): (0.58, 1.51, 2.45), (20, 30): (0.18, 0.55, 1.00),
    (30, 0): (2.14, 4.35, 5.94), (30, 10): (0.87, 2.45, 4.13), (30, 30): (0.30, 0.92, 1.80),
}  # fmt: skip
HELD_OUT = [
    *(Slab(kvp, t, g, f) for kvp in (60.0, 120.0) for t, g, f in ((15, 5, 25), (25, 20, 15))),
    *(Slab(80.0, t, g, f) for t in (15, 25) for g, f in ((5, 15), (20, 25), (40, 30))),
    *(Slab(80.0, t, g, 30, "edge") for t, g in ((10, 0), (20, 10), (25, 30))),
    *(
        Slab(80.0, t, g, 30, part, HALF)
        for t, g in ((15, 10), (20, 30))
        for part in ("inside", "outside")
    ),
    # A thigh, a child's trunk, a head.
    Slab(80.0, 12, 20, 30, "centre", (-6.0, 6.0, -np.inf, np.inf)),
    Slab(80.0, 15, 10, 30, "centre", (-11.0, 11.0, -np.inf, np.inf)),
    Slab(80.0, 18, 20, 30, "centre", (-7.5, 7.5, -9.0, 9.0)),
]


def compare(histories: int) -> list[dict[str, Any]]:
    """Print and return every case: scatter over primary by the chain and by Monte Carlo."""
    water = water_data()
    cases = [
        (Slab(80.0, t, g, f), value)
        for (t, g), values in PUBLISHED.items()
        for f, value in zip((10, 20, 30), values, strict=True)
    ]
    numbers = []
    for case, published in [*cases, *((case, None) for case in HELD_OUT)]:
        model = model_ratio(case)
        truth = monte_carlo_ratio(case, histories, water)
        sides = [side if np.isfinite(side) else None for side in case.sides_cm]
        row = {**case._asdict(), "sides_cm": sides, "model": model, "mc": truth}
        numbers.append({**row, "published": published})
        text = f"  {_name(case)}: chain {model:.3f}, "
        text += f"Monte Carlo {truth:.3f} ({model / truth - 1:+.1%})"
        if published is not None:
            text += f", published {published:.2f} ({model / published - 1:+.1%})"
        print(text, flush=True)
    held_out = numbers[len(cases) :]
    for name, chosen in (
        ("published slabs", numbers[: len(cases)]),
        ("held-out endless slabs", [n for n in held_out if n["sides_cm"] == [None] * 4]),
        ("bodies that end in the field", [n for n in held_out if n["sides_cm"] != [None] * 4]),
    ):
        errors = [abs(n["model"] / n["mc"] - 1) for n in chosen]
        print(f"{name}: mean error {np.mean(errors):.1%}, worst {max(errors):.1%}")
    return numbers


def _name(case: Slab) -> str:
    sides = "" if case.sides_cm == ENDLESS else f", sides {case.sides_cm}"
    return (
        f"{case.kvp:g} kVp, {case.water_cm:g} cm, gap {case.gap_cm:g}, field {case.field_cm:g} cm, "
        f"{case.part}{sides}"
    )


def model_ratio(case: Slab) -> float:
    """Scatter of the imaging chain over the primary behind the slab, in the case's part."""
    size = BINS * PER_BIN
    camera = look([0.0, 0.0, 0.0], np.eye(3), 10 * SDD_CM, 10 * case.field_cm / size, size, size)
    areal = _areal(case, camera)
    both = []
    for scatter in (True, False):
        scene = Scene(
            beam=Beam(kvp=case.kvp, filtration_mm={"Al": 3.0}, heel_effect=False, noise=False),
            detector=Detector(kind="ideal-energy", scatter=scatter),
        )
        made = expose(scene, camera, [(material("water"), areal)], exit_gap_mm=10 * case.gap_cm)
        signal = made.signal.astype(np.float64)
        both.append(signal.reshape(BINS, PER_BIN, BINS, PER_BIN).mean(axis=(1, 3)))
    return _ratio(case, both[0] - both[1])


def monte_carlo_ratio(case: Slab, histories: int, water: Any) -> float:
    """The same by Monte Carlo."""
    rays = spectrum(case.kvp, {"Al": 3.0})
    cumulative = np.cumsum(rays.fluence) / rays.fluence.sum()
    _, scatter = slab_image(
        7,
        histories,
        rays.energy_kev,
        cumulative,
        case.water_cm,
        case.gap_cm,
        SDD_CM,
        case.field_cm,
        case.sides_cm,
        BINS,
        water,
    )
    # Per incident energy of the mean pixel; the open field falls off towards the corners.
    line = (np.arange(64) + 0.5) / 64 * case.field_cm - case.field_cm / 2
    falling = (1.0 + (line[:, None] ** 2 + line**2) / SDD_CM**2) ** -1.5
    opened = (1.0 + _squared(case) / SDD_CM**2) ** -1.5
    return _ratio(case, scatter * falling.mean() / opened)


def _squared(case: Slab) -> Image:
    """(BINS, BINS) squared distance [cm2] of each bin from the centre."""
    line = (np.arange(BINS) + 0.5) / BINS * case.field_cm - case.field_cm / 2
    result: Image = line[:, None] ** 2 + line**2
    return result


def _areal(case: Slab, camera: Camera) -> NDArray[np.float32]:
    """(h, w) water met by each ray, which leaves through the exit face or through a side."""
    line = ((np.arange(camera.width) + 0.5) / camera.width - 0.5) * case.field_cm
    x, y = np.meshgrid(line, line)
    entry = SDD_CM - case.gap_cm - case.water_cm
    depth = np.full(x.shape, case.water_cm)
    for slope, (low, high) in (
        (x / SDD_CM, case.sides_cm[:2]),
        (y / SDD_CM, case.sides_cm[2:]),
    ):
        side = np.where(slope > 0, high, low) / np.where(slope == 0, 1e-12, slope)
        depth = np.minimum(depth, np.maximum(side - entry, 0.0))
    path = depth * np.sqrt(1.0 + (x**2 + y**2) / SDD_CM**2)
    return path.astype(np.float32)


def _ratio(case: Slab, scatter: Image) -> float:
    """Scatter in the case's part over the primary on the central ray behind the whole slab."""
    rays = spectrum(case.kvp, {"Al": 3.0})
    weight = rays.fluence * rays.energy_kev
    mu = material("water").mass_attenuation(rays.energy_kev)
    primary = float(weight @ np.exp(-mu * case.water_cm) / weight.sum())
    parts = {
        "centre": scatter[3:7, 3:7],
        "edge": np.concatenate([scatter[0, 3:7], scatter[-1, 3:7], scatter[3:7, 0]]),
        "inside": scatter[3:7, 2:4],
        "outside": scatter[3:7, 6:8],
    }
    return float(parts[case.part].mean() / primary)
