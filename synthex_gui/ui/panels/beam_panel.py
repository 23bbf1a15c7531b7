"""Tube and exposure: kVp, mAs, filters; the spectrum they give."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QCheckBox, QWidget

from synthex_gui.app.store import Gesture, SceneStore
from synthex_gui.geometry.errors import SynthexError
from synthex_gui.physics.spectra import Spectrum, spectrum
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.ui import theme
from synthex_gui.ui.widgets.forms import Panel, ValueRow, section
from synthex_gui.ui.widgets.value_slider import ValueSlider


class SpectrumPlot(QWidget):
    """Photons per keV against energy, filled, with its axis."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(120)
        self.setAccessibleName("Spectrum")
        self._spectrum: Spectrum | None = None

    def show_spectrum(self, rays: Spectrum) -> None:
        """Plot another spectrum."""
        self._spectrum = rays
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(2, 6, -2, -20)
        painter.setPen(QPen(QColor(t.hairline), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(theme.body_font(12))
        rays = self._spectrum
        if rays is None:
            return
        top_kev = 150.0
        peak = float(rays.fluence.max())
        points = [QPointF(area.left(), area.bottom())]
        for energy, value in zip(rays.energy_kev, rays.fluence, strict=True):
            x = area.left() + energy / top_kev * area.width()
            points.append(QPointF(x, area.bottom() - value / peak * area.height()))
        points.append(QPointF(points[-1].x(), area.bottom()))
        fill = QColor(t.accent)
        fill.setAlpha(60)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(t.accent), 1.4))
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(QColor(t.secondary))
        for kev in (0, 50, 100, 150):
            x = area.left() + kev / top_kev * area.width()
            align = Qt.AlignmentFlag.AlignHCenter
            box = QRectF(x - 30, area.bottom() + 3, 60, 16)
            if kev == 0:
                align, box = Qt.AlignmentFlag.AlignLeft, QRectF(x, area.bottom() + 3, 60, 16)
            elif kev == 150:
                align, box = Qt.AlignmentFlag.AlignRight, QRectF(x - 60, area.bottom() + 3, 60, 16)
            painter.drawText(box, align, f"{kev} keV" if kev else "0")


class BeamPanel(Panel):
    """Edits `Scene.beam`."""

    def __init__(self, store: SceneStore) -> None:
        super().__init__()
        self._store = store
        self._gesture: Gesture | None = None
        self._sliders: dict[str, ValueSlider] = {}
        self._only_realistic = self.note(
            "The beam acts at the realistic level; naive and heuristic images have one energy"
        )
        self.add(section("Exposure"))
        self._add("kvp", "Tube voltage", " kVp", 0, 1.0)
        self._add("mas", "Exposure", " mAs", 2, 0.1)
        self.add(section("Filtration in total"))
        self._add("Al", "Aluminium", " mm", 1, 0.1)
        self._add("Cu", "Copper", " mm", 2, 0.1)
        self._plot = SpectrumPlot()
        self._rows = {
            "hvl": ValueRow("Half-value layer", "First half-value layer of the air kerma"),
            "mean": ValueRow("Mean energy"),
            "photons": ValueRow("Photons per pixel", "In the open field, detector pixels"),
        }
        self.add(section("Spectrum"), self._plot, *self._rows.values(), section("Noise"))
        self._noise = QCheckBox("Quantum noise")
        self._noise.toggled.connect(self._set_noise)
        self.add(self._noise)
        self.note("12° tungsten anode; table made with SpekPy (casim)")
        self.sync(None, store.scene)

    def _add(self, name: str, label: str, suffix: str, decimals: int, step: float) -> None:
        slider = ValueSlider(label, suffix, decimals=decimals, step=step)
        slider.started.connect(lambda: self._begin(label))
        slider.changed.connect(lambda value: self._move(name, value))
        slider.ended.connect(self._end)
        self._sliders[name] = slider
        self.add(slider)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        if (
            before is not None
            and before.beam is after.beam
            and before.carm is after.carm
            and before.level == after.level
        ):
            return
        beam = after.beam
        self._only_realistic.setVisible(after.level != "realistic")
        self._sliders["kvp"].set_state(beam.kvp, 40, 150, 80, 40)
        self._sliders["mas"].set_state(beam.mas, 0.01, 20, 2, 0.01)
        self._sliders["Al"].set_state(beam.filtration_mm.get("Al", 0.0), 0, 10, 2.5)
        self._sliders["Cu"].set_state(beam.filtration_mm.get("Cu", 0.0), 0, 1, 0)
        blocked = self._noise.blockSignals(True)
        self._noise.setChecked(beam.noise)
        self._noise.blockSignals(blocked)
        try:
            rays = spectrum(beam.kvp, beam.filtration_mm)
        except SynthexError:
            return
        if before is None or before.beam is not after.beam:
            self._plot.show_spectrum(rays)
            self._rows["hvl"].set_text(f"{rays.half_value_layer_mm_al():.2f} mm Al")
            self._rows["mean"].set_text(f"{rays.mean_kev:.1f} keV")
        camera = camera_of(after.carm)
        photons = beam.photons or rays.photons_per_pixel(
            beam.mas, camera.sdd_mm, camera.pixel_pitch_mm
        )
        self._rows["photons"].set_text(f"{np.round(photons, -2):,.0f}".replace(",", "\u202f"))

    def _begin(self, label: str) -> None:
        self._gesture = self._store.begin_gesture(label)

    def _move(self, name: str, value: float) -> None:
        def edit(scene: Scene) -> Scene:
            beam = scene.beam
            if name in ("kvp", "mas"):
                low, high = (40.0, 150.0) if name == "kvp" else (0.001, 1000.0)
                return scene.evolve(
                    beam=beam.evolve(**{name: min(max(value, low), high), "photons": None})
                )
            filters = dict(beam.filtration_mm) | {name: max(value, 0.0)}
            kept = {key: thickness for key, thickness in filters.items() if thickness > 0}
            return scene.evolve(beam=beam.evolve(filtration_mm=kept))

        if self._gesture is not None and self._gesture.is_open:
            self._gesture.move(edit)

    def _end(self) -> None:
        if self._gesture is not None:
            self._gesture.commit()
            self._gesture = None

    def _set_noise(self, on: bool) -> None:
        self._store.apply(
            "Quantum noise", lambda scene: scene.evolve(beam=scene.beam.evolve(noise=on))
        )
