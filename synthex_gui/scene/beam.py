"""Tube, exposure and what shapes the beam before the patient."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf, Millimetres, Seed

# mm of a material in the beam, by its name.
Filtration = MapOf[str, Annotated[float, Field(ge=0.0, le=1000.0)]]
Hu = Annotated[float, Field(ge=-100_000.0, le=100_000.0)]
# Osmium, the densest, has 22.6.
Density = Annotated[float, Field(ge=0.0, le=30.0)]
ImageSide = Literal["top", "bottom", "left", "right"]


class Beam(Frozen):
    """Tube and exposure of one image. `photons` per pixel of the image rendered, on the central
    ray of the open field, wins over `mas` when set.

    `anode_side`: towards which side of the image the anode lies (less signal there);
    `focal_spot_mm` 0 for a point; `pulses_per_s` None for a single exposure, else `mas` is that of
    one pulse; `exposure_control` sets the exposure from the image, as a C-arm does.
    """

    # 40 to 150 kVp and take-off angles to 32 degrees are what the table of spectra holds.
    kvp: float = Field(default=80.0, ge=40.0, le=150.0)
    mas: float = Field(default=2.0, gt=0.0, le=1000.0)
    photons: float | None = Field(default=None, gt=0.0, le=1e9)
    # IEC 60601-1-3 asks for at least 2.5 mm Al.
    filtration_mm: Filtration = FrozenMap({"Al": 2.5})
    anode_deg: float = Field(default=12.0, ge=6.0, le=20.0)
    anode_side: ImageSide = "top"
    heel_effect: bool = True
    focal_spot_mm: float = Field(default=0.6, ge=0.0, le=3.0)
    pulses_per_s: float | None = Field(default=None, gt=0.0, le=60.0)
    exposure_control: bool = False
    noise: bool = True
    seed: Seed = 0


class Collimator(Frozen):
    """Four blades and an iris; distances at the detector from the principal point, None for out.

    `rotation_deg` turns the blades clockwise as displayed; `source_distance_mm` is where they
    stand, which with the focal spot gives the penumbra; `transmission` what lead lets through.
    """

    top_mm: float | None = Field(default=None, ge=0.0, le=1000.0)
    bottom_mm: float | None = Field(default=None, ge=0.0, le=1000.0)
    left_mm: float | None = Field(default=None, ge=0.0, le=1000.0)
    right_mm: float | None = Field(default=None, ge=0.0, le=1000.0)
    iris_diameter_mm: float | None = Field(default=None, gt=0.0, le=2000.0)
    rotation_deg: float = Field(default=0.0, ge=-180.0, le=180.0)
    source_distance_mm: float = Field(default=250.0, ge=50.0, le=600.0)
    transmission: float = Field(default=0.0005, ge=0.0, le=1.0)

    @property
    def is_open(self) -> bool:
        """True when no blade and no iris stands in the beam."""
        edges = (self.top_mm, self.bottom_mm, self.left_mm, self.right_mm, self.iris_diameter_mm)
        return all(edge is None for edge in edges)


class TableTop(Frozen):
    """A carbon-fibre table top under the patient: an endless slab across the world's y axis.

    `top_y_mm` the height of its upper face (LPS, posterior positive), None: where the patient
    lies, below the CT.
    """

    is_shown: bool = False
    top_y_mm: Millimetres | None = None
    thickness_mm: float = Field(default=40.0, gt=0.0, le=200.0)
    width_mm: float = Field(default=530.0, gt=0.0, le=2000.0)
    aluminium_equivalent_mm: float = Field(default=0.8, ge=0.0, le=10.0)


class HuMap(Frozen):
    """How CT numbers become matter; `points` (HU, g/cm3, material name) only for ``points``."""

    kind: Literal["water-bone", "schneider", "deepdrr", "points"] = "water-bone"
    points: tuple[tuple[Hu, Density, str], ...] = ()

    @model_validator(mode="after")
    def _rising(self) -> HuMap:
        if (self.kind == "points") != bool(self.points):
            raise ValueError("points are given for the map 'points', and only for it")
        # np.interp takes points in any order and answers nonsense.
        if any(b[0] <= a[0] for a, b in zip(self.points, self.points[1:], strict=False)):
            raise ValueError("the points' HU must rise")
        return self


class LabelFill(Frozen):
    """What a label is made of, instead of what its HU say.

    `density_g_cm3` None keeps the CT's own density where `material` is a tissue, else the
    material's nominal one; `fraction` is the part of the label's volume that is replaced (a bolus
    of contrast diluted in blood).
    """

    structure: str = Field(min_length=1, max_length=100)
    material: str
    density_g_cm3: float | None = Field(default=None, gt=0.0, le=30.0)
    fraction: float = Field(default=1.0, gt=0.0, le=1.0)


class Matter(Frozen):
    """What the CT is made of. `metal_above_hu` None: nothing becomes metal by its HU."""

    hu_map: HuMap = Field(default_factory=HuMap)
    fills: tuple[LabelFill, ...] = ()
    # Cortical bone reaches some 2000 HU; CTs are kept as 16-bit integers.
    metal_above_hu: float | None = Field(default=None, ge=500.0, le=32767.0)
    metal: str = "Ti6Al4V"
