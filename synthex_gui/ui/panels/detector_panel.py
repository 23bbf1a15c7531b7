"""From the patient to the counts: scatter, grid, detector."""

from __future__ import annotations

from synthex_gui.app.store import SceneStore
from synthex_gui.scene.model import Scene
from synthex_gui.ui.panels.scene_form import SceneForm
from synthex_gui.ui.widgets.forms import section

KINDS = (
    ("csi", "Caesium iodide"),
    ("ideal-energy", "Ideal, energy"),
    ("ideal-count", "Ideal, counting"),
)
DEPTHS = tuple((bits, f"{bits} bit") for bits in (8, 10, 12, 14, 16))


class DetectorPanel(SceneForm):
    """Edits `Scene.detector` and `Scene.grid`."""

    def __init__(self, store: SceneStore) -> None:
        super().__init__(store)
        only_realistic = self.note(
            "Scatter, grid and detector act at the realistic level; the other levels have none"
        )
        self.shown_when(lambda scene: scene.level != "realistic", only_realistic)
        self.add(section("Scatter"), self.refused)
        self.check("detector.scatter", "Scattered radiation", "Estimated by kernel superposition")
        self.check("grid.is_in", "Anti-scatter grid in")
        grid = (
            self.number("grid.ratio", "Grid ratio", "", (2, 20), 10),
            self.number(
                "grid.primary_transmission",
                "Lets primary through",
                "",
                (0.3, 1),
                0.7,
                decimals=2,
                step=0.05,
            ),
            self.number(
                "grid.scatter_transmission",
                "Lets scatter through",
                "",
                (0, 1),
                0.15,
                decimals=2,
                step=0.05,
            ),
        )
        self.shown_when(lambda scene: scene.grid.is_in, *grid)
        self.add(section("Detector"))
        self.choice("detector.kind", "Kind", KINDS)
        csi = (
            self.number(
                "detector.csi_mg_cm2",
                "Scintillator",
                " mg/cm²",
                (50, 400),
                200,
                decimals=0,
                step=10,
            ),
            self.number(
                "detector.mtf_h_mm2",
                "Blur",
                " mm²",
                (0, 1),
                0.25,
                decimals=2,
                step=0.05,
                hint="H",
                tooltip="The scintillator's MTF is 1 / (1 + H f²)",
            ),
            self.number(
                "detector.electronic_noise_photons",
                "Electronic noise",
                "",
                (0, 50),
                5,
                hint="photons",
                tooltip="Of one detector pixel, rms, in open-field photons",
            ),
            self.number(
                "detector.gain_spread",
                "Gain spread",
                "",
                (0, 0.2),
                0,
                decimals=3,
                step=0.01,
                tooltip="The pixels' relative deviation, which the flat field takes out",
            ),
            self.number(
                "detector.dead_pixels",
                "Dead pixels",
                "",
                (0, 0.01),
                0,
                decimals=4,
                step=0.0005,
                hint="share",
            ),
            self.number(
                "detector.saturation",
                "Saturates at",
                "",
                (0.1, 4),
                1.25,
                decimals=2,
                step=0.05,
                hint="× open field",
            ),
        )
        lag = self.number(
            "detector.lag",
            "Lag",
            "",
            (0, 0.4),
            0,
            decimals=2,
            step=0.01,
            tooltip="Part of the last pulse's signal that stays, in a pulsed live image only",
        )
        depth = self.choice("detector.bit_depth", "Counts", DEPTHS, 110)
        self.shown_when(
            lambda scene: scene.detector.kind == "csi", *csi, lag, depth.parentWidget() or depth
        )
        self.note("Ideal detectors have no blur, no saturation and no counts")
        self.sync(None, store.scene)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        parts = ("grid", "detector", "level")
        if before is None or any(getattr(before, p) is not getattr(after, p) for p in parts):
            super().sync(before, after)
