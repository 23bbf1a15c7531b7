"""The tube and what shapes its beam: exposure, filters, spectrum, dose, collimator, table."""

from __future__ import annotations

import math
from typing import Any

from synthex_gui.app.frame import Frame
from synthex_gui.app.store import SceneStore
from synthex_gui.core.errors import SynthexError
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.scene.beam_presets import beam_presets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.ui.panels.scene_form import Get, Put, SceneForm
from synthex_gui.ui.widgets.forms import ValueRow, link_button, section
from synthex_gui.ui.widgets.spectrum_plot import SpectrumPlot

SIDES = (("top", "Top"), ("bottom", "Bottom"), ("left", "Left"), ("right", "Right"))
BLADES = (("top_mm", "Top"), ("bottom_mm", "Bottom"), ("left_mm", "Left"), ("right_mm", "Right"))
# A blade this far out stands beside every detector there is.
OUT_MM = 220.0


class BeamPanel(SceneForm):
    """Edits `Scene.beam`, `Scene.collimator` and `Scene.table`."""

    def __init__(self, store: SceneStore) -> None:
        super().__init__(store)
        # Own values that happen to be a preset's stay own ones: the scene cannot tell them apart.
        self._is_own = False
        only_realistic = self.note(
            "The beam acts at the realistic level; naive and heuristic images have one energy"
        )
        self.shown_when(lambda scene: scene.level != "realistic", only_realistic)
        self.add(section("Exposure"), self.refused)
        titles = [(key, preset.title) for key, preset in beam_presets().items()]
        self.choice((self._preset, self._with_preset), "Preset", [(None, "Own"), *titles], 160)
        self.number(_kvp(), "Tube voltage", " kVp", (40, 150), 80, decimals=0)
        control = self.check(
            "beam.exposure_control",
            "Exposure control",
            "Sets the mAs so that the middle of the image gets the detector's target signal",
        )
        control.setAccessibleName("Exposure control")
        mas = self.number(_mas(), "Exposure", " mAs", (0.01, 20), 2, decimals=2, step=0.1)
        target = self.number(
            "detector.target_photons",
            "Target signal",
            "",
            (5, 4000),
            1000,
            decimals=0,
            step=50,
            hint="photons",
            tooltip="Signal in the middle third, as open-field photons per 0.2 mm square",
        )
        self.shown_when(lambda scene: not scene.beam.exposure_control, mas)
        self.shown_when(lambda scene: scene.beam.exposure_control, target)
        self.number(
            (_pulses, _with_pulses),
            "Pulses",
            " /s",
            (0, 30),
            0,
            hint="0: single",
            tooltip="Pulses a second; 0 is a single exposure",
        )
        self.check("beam.noise", "Quantum and electronic noise")
        self.add(section("Filtration in total"))
        for name, label, top, decimals in (("Al", "Aluminium", 10, 1), ("Cu", "Copper", 1, 2)):
            default = 2.5 if name == "Al" else 0.0
            self.number(_filter(name), label, " mm", (0, top), default, decimals=decimals, step=0.1)
        self._plot = SpectrumPlot()
        self._rows = {
            "hvl": ValueRow("Half-value layer", "First half-value layer of the air kerma"),
            "mean": ValueRow("Mean energy"),
            "photons": ValueRow("Photons per pixel", "Central ray, open field, detector pixels"),
        }
        self.add(section("Spectrum"), self._plot, *self._rows.values())
        self._dose = {
            "mas": ValueRow("Exposure used"),
            "kerma": ValueRow("Air kerma", "At the reference point, 15 cm from the isocentre"),
            "dap": ValueRow("Dose–area product", "Within the blades, over the detector"),
        }
        self.add(section("Dose, estimated"), *self._dose.values())
        self.note("Tube output from SpekPy spectra, not measured")
        self.add(section("Tube"))
        self.number("beam.anode_deg", "Anode angle", "°", (6, 20), 12, step=0.5)
        self.check("beam.heel_effect", "Heel effect", "Less signal towards the anode")
        side = self.choice("beam.anode_side", "Anode towards", SIDES, 110)
        self.shown_when(lambda scene: scene.beam.heel_effect, side.parentWidget() or side)
        self.number("beam.focal_spot_mm", "Focal spot", " mm", (0, 2), 0.6, decimals=2, step=0.1)
        self._add_collimator()
        self.add(section("Table"))
        self.check("table.is_shown", "Table top in the beam")
        self.number(
            "table.aluminium_equivalent_mm",
            "Aluminium equivalent",
            " mm",
            (0, 3),
            0.8,
            decimals=2,
            step=0.1,
        )
        self.sync(None, store.scene)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        parts = ("beam", "collimator", "table", "carm", "level", "detector")
        if before is not None and all(getattr(before, p) is getattr(after, p) for p in parts):
            return
        super().sync(before, after)
        beam = after.beam
        try:
            rays = spectrum(beam.kvp, beam.filtration_mm, beam.anode_deg)
        except SynthexError as error:
            self.refused.setText(str(error))
            self.refused.show()
            return
        if before is None or before.beam is not beam:
            self._plot.show_spectrum(rays)
            self._rows["hvl"].set_text(f"{rays.half_value_layer_mm_al():.2f} mm Al")
            self._rows["mean"].set_text(f"{rays.mean_kev:.1f} keV")
        if not beam.exposure_control:
            camera = camera_of(after.carm)
            photons = beam.photons or rays.photons_per_pixel(
                beam.mas, camera.sdd_mm, camera.pixel_pitch_mm
            )
            self._rows["photons"].set_text(thousands(photons))

    def document_replaced(self) -> None:
        """Another document: its beam is a preset's where the values are."""
        self._is_own = False
        super().sync(None, self.store.scene)

    def show_frame(self, frame: Frame) -> None:
        """What the full image was exposed with."""
        dose = frame.dose
        for row in self._dose.values():
            row.set_text("–")
        if dose is None:
            return
        rate = f"  ×{frame.scene.beam.pulses_per_s:g}/s" if frame.scene.beam.pulses_per_s else ""
        self._dose["mas"].set_text(f"{dose.mas:.3g} mAs{rate}")
        if dose.reference_kerma_ugy is not None:
            self._dose["kerma"].set_text(f"{dose.reference_kerma_ugy:.3g} µGy")
        self._dose["dap"].set_text(f"{dose.dose_area_product_ugy_m2:.3g} µGy·m²")
        if frame.radiograph.photons is not None and frame.scene.beam.exposure_control:
            self._rows["photons"].set_text(thousands(frame.radiograph.photons))

    def _preset(self, scene: Scene) -> str | None:
        beam = scene.beam
        for key, preset in beam_presets().items():
            is_this = (preset.kvp, preset.filtration_mm) == (beam.kvp, beam.filtration_mm)
            if is_this and not self._is_own:
                return key
        return None

    def _with_preset(self, scene: Scene, key: str | None) -> Scene:
        self._is_own = key is None
        if key is None:
            return scene
        preset = beam_presets()[key]
        beam = scene.beam.evolve(kvp=preset.kvp, filtration_mm=dict(preset.filtration_mm))
        return scene.evolve(beam=beam)

    def _add_collimator(self) -> None:
        opened = link_button("Open all", "All blades out")
        opened.clicked.connect(
            lambda: self.apply(
                "Open collimator",
                lambda scene: scene.evolve(
                    collimator=scene.collimator.evolve(
                        iris_diameter_mm=None, **{name: None for name, _ in BLADES}
                    )
                ),
            )
        )
        self.add(section("Collimator, at the detector", opened))
        for name, label in BLADES:
            self.number(
                _until_out(name, OUT_MM),
                label,
                " mm",
                (0, OUT_MM),
                OUT_MM,
                decimals=0,
                step=5,
                tooltip="Distance from the central ray; at the right end the blade is out",
            )
        self.number(
            _until_out("iris_diameter_mm", 2 * OUT_MM),
            "Iris",
            " mm",
            (1, 2 * OUT_MM),
            2 * OUT_MM,
            decimals=0,
            step=5,
            hint="diameter",
        )
        self.number("collimator.rotation_deg", "Blades turned", "°", (-180, 180), 0)
        self.note("At the right end a blade, or the iris, is out of the beam")


def thousands(value: float) -> str:
    """Three digits, grouped as people write them."""
    if value <= 0:
        return "0"
    digits = 2 - math.floor(math.log10(value))
    return f"{round(value, digits):,.{max(digits, 0)}f}".replace(",", "\u202f")


def _kvp() -> tuple[Get, Put]:
    return (
        lambda scene: scene.beam.kvp,
        lambda scene, value: scene.evolve(beam=scene.beam.evolve(kvp=value)),
    )


def _mas() -> tuple[Get, Put]:
    # An exposure in mAs ends one given in photons.
    return (
        lambda scene: scene.beam.mas,
        lambda scene, value: scene.evolve(beam=scene.beam.evolve(mas=value, photons=None)),
    )


def _pulses(scene: Scene) -> float:
    return scene.beam.pulses_per_s or 0.0


def _with_pulses(scene: Scene, value: float) -> Scene:
    rate = round(value, 1) or None
    return scene.evolve(beam=scene.beam.evolve(pulses_per_s=rate))


def _filter(name: str) -> tuple[Get, Put]:
    def put(scene: Scene, value: float) -> Scene:
        filters = dict(scene.beam.filtration_mm) | {name: value}
        kept = {key: thickness for key, thickness in filters.items() if thickness > 0}
        return scene.evolve(beam=scene.beam.evolve(filtration_mm=kept))

    return lambda scene: scene.beam.filtration_mm.get(name, 0.0), put


def _until_out(name: str, out_mm: float) -> tuple[Get, Put]:
    def get(scene: Scene) -> Any:
        value = getattr(scene.collimator, name)
        return out_mm if value is None else value

    def put(scene: Scene, value: float) -> Scene:
        setting = None if value >= out_mm - 0.5 else value
        return scene.evolve(collimator=scene.collimator.evolve(**{name: setting}))

    return get, put
