"""The C-arm: device, joints, distances, what the pose means, the level of realism."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel

from synthex_gui.app.store import SceneStore
from synthex_gui.app.stroke import Stroke
from synthex_gui.geometry.angles import angle_text, angles_from_direction
from synthex_gui.geometry.carm import field_mm
from synthex_gui.geometry.device import joint_label
from synthex_gui.scene.devices import device_by_id, devices
from synthex_gui.scene.edits import (
    aim_point_mm,
    camera_of,
    carm_device,
    move_joints,
    new_carm,
    source_to_aim_mm,
)
from synthex_gui.scene.model import Scene
from synthex_gui.scene.study import LEVELS
from synthex_gui.ui.widgets.forms import (
    LabelledWidget,
    Panel,
    Segmented,
    ValueRow,
    link_button,
    section,
)
from synthex_gui.ui.widgets.value_slider import Track, ValueSlider

# joint, hint, synonyms (Stroh 2020, table 3).
JOINTS = (
    ("orbital_deg", "LAO +", "C-over, rainbow, rotate over or back"),
    ("angulation_deg", "cranial +", "tilt, cant, roll"),
    ("swivel_deg", "wig-wag", "panel, swing"),
    ("lift_mm", "anterior +", "raise or lower, vertical column, table height"),
    ("slide_mm", "patient left +", "arm in or out, push or pull"),
    ("longitudinal_mm", "head +", "move north or south, roll the base"),
    (
        "image_rotation_deg",
        "cw +",
        "detector or camera rotation, clockwise as displayed",
    ),
)
LEVEL_TITLES = {"naive": "Naive", "heuristic": "Heuristic", "realistic": "Realistic"}
LEVEL_HELP = {
    "naive": "One energy, one material: the plain line integral",
    "heuristic": "Below −130 HU counts as air, the rest rises linearly",
    "realistic": "Full spectrum, water, bone and metal, quantum noise",
}


class CArmPanel(Panel):
    """Edits `Scene.carm` and `Scene.level`."""

    aim_requested = Signal()

    def __init__(self, store: SceneStore) -> None:
        super().__init__()
        self._store = store
        self._stroke = Stroke(store)
        self._device = QComboBox()
        for device in devices().values():
            self._device.addItem(device.name, device.id)
        self._device.activated.connect(self._choose_device)
        self._blocked = QLabel()
        self._blocked.setWordWrap(True)
        self._blocked.setProperty("role", "refusal")
        self._sliders: dict[str, ValueSlider] = {}
        aim = link_button("Aim at…", "Turn the central ray onto a structure, landmark or the CT")
        aim.clicked.connect(self.aim_requested)
        self.add(LabelledWidget("Device", self._device, 190), section("Pose", aim))
        for name, hint, synonyms in JOINTS:
            self._add_slider(name, hint, synonyms)
        self._touching = QLabel()
        self._touching.setWordWrap(True)
        self._touching.setProperty("role", "refusal")
        self._touching.hide()
        self.add(self._blocked, self._touching, section("Geometry"))
        for name, synonyms in (("sdd_mm", "SDD, SID"), ("source_isocentre_mm", "SOD")):
            self._add_slider(name, "", synonyms)
        self._rows = {
            "angles": ValueRow("Direction", "DICOM positioner angles"),
            "distance": ValueRow("Source to aim point"),
            "magnification": ValueRow("Magnification there"),
            "field": ValueRow("Field there"),
            "base": ValueRow("Base stands at"),
        }
        self.add(*self._rows.values(), section("Realism"))
        self._levels = Segmented([(level, LEVEL_TITLES[level]) for level in LEVELS])
        self._levels.chosen.connect(self._choose_level)
        self.add(self._levels)
        self._level_help = self.note()
        self._unverified = self.note()
        self.sync(None, store.scene)

    def _add_slider(self, name: str, hint: str, synonyms: str) -> None:
        label = joint_label(name)
        is_angle = name.endswith("_deg")
        slider = ValueSlider(
            label,
            "°" if is_angle else " mm",
            hint,
            f"{label}. Also called: {synonyms}" if synonyms else label,
            decimals=1 if is_angle else 0,
        )
        self._stroke.follow(
            slider,
            label,
            lambda scene, value: scene.evolve(carm=move_joints(scene.carm, **{name: value})),
        )
        self._sliders[name] = slider
        self.add(slider)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        if before is not None and before.carm is after.carm and before.level == after.level:
            return
        carm = after.carm
        device = carm_device(carm)
        limits, values = device.limits_at(carm.base_side), carm.joints
        home = device.home.as_dict()
        for name, slider in self._sliders.items():
            # Distances have no natural zero: their tick marks the value the device comes with.
            zero = home[name] if name in ("sdd_mm", "source_isocentre_mm") else 0.0
            slider.set_state(values[name], limits[name].low, limits[name].high, home[name], zero)
        self._device.setCurrentIndex(self._device.findData(device.id))
        blocked = device.blocked_by(carm.joints, carm.base_side)
        text = ""
        if carm.free_camera is not None:
            text = "Free pose: the device cannot reach it. Move a joint to return to the device."
        elif blocked:
            text = f"Beyond the device's limits: {', '.join(joint_label(name) for name in blocked)}"
        self._blocked.setText(text)
        self._blocked.setVisible(bool(text))
        camera = camera_of(carm)
        distance = source_to_aim_mm(carm)
        self._rows["angles"].set_text(angle_text(*angles_from_direction(camera.direction)))
        self._rows["distance"].set_text(f"{distance:.0f} mm")
        if distance > 0:
            width, height = field_mm(camera, distance)
            self._rows["magnification"].set_text(f"{camera.sdd_mm / distance:.2f}")
            self._rows["field"].set_text(f"{width:.0f} × {height:.0f} mm")
        side = {"right": "patient's right", "left": "patient's left", "head": "the head"}
        self._rows["base"].set_text(side[carm.base_side])
        self._levels.set_choice(after.level)
        self._level_help.setText(LEVEL_HELP[after.level])
        # Limits that no data sheet gives are estimates, and a user who plans with them should know.
        names = [joint_label(name) for name in device.unverified if name in self._sliders]
        self._unverified.setText(
            f"Without a maker's data sheet: {', '.join(names).lower()}" if names else ""
        )
        self._unverified.setToolTip(device.source)

    def joint_names(self) -> tuple[str, ...]:
        """The joints that have a slider."""
        return tuple(self._sliders)

    def show_forbidden(self, name: str, spans: list[tuple[float, float]]) -> None:
        """Mark the parts of a joint's travel in which something would touch."""
        self._sliders[name].set_forbidden(spans)

    def show_touching(self, pairs: tuple[tuple[str, str], ...]) -> None:
        """Say what touches now, by the drawn sizes of arm, table and CT."""
        text = ", ".join(f"{part} and {obstacle}" for part, obstacle in pairs)
        self._touching.setText(f"Would touch: {text}")
        self._touching.setVisible(bool(pairs))

    def nudge(self, name: str, amount: float) -> None:
        """Move a joint as its slider's arrow keys would."""
        self._sliders[name].track.nudged.emit(amount)

    def track_of(self, name: str) -> Track:
        """The slider of a joint, for tests and measurements."""
        return self._sliders[name].track

    def _choose_device(self) -> None:
        device = device_by_id(self._device.currentData())

        def edit(scene: Scene) -> Scene:
            return scene.evolve(carm=new_carm(device, aim_point_mm(scene.carm)))

        self._store.apply(f"Device {device.name}", edit)

    def _choose_level(self, level: str) -> None:
        self._store.apply(f"{level.capitalize()} image", lambda scene: scene.evolve(level=level))
