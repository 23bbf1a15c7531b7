"""Every control of the panels changes exactly its field, in its direction, and undo restores it.

The tables name every control there is: the walk over the widgets fails where one is missing.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from hands import click, controls_of, drag_slider, pick, type_number, type_text
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QComboBox

from synthex_gui.scene.beam import LabelFill
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import move_joints, new_carm

pytestmark = pytest.mark.display


@dataclass(frozen=True)
class Slider:
    """Dragged to the right the field rises, unless it starts at its end."""

    field: str
    points: int = 20
    scale: float = 1.0


@dataclass(frozen=True)
class Check:
    """Clicked, a yes or no turns round."""

    field: str
    on: Any = True
    off: Any = False


@dataclass(frozen=True)
class Pick:
    """An entry chosen with the arrow keys gives the field this value (None: any other)."""

    field: str
    title: str
    value: Any = None


@dataclass(frozen=True)
class Choice:
    """Clicked beside another one that stands."""

    field: str
    value: Any


@dataclass(frozen=True)
class Text:
    """Typed, Enter."""

    field: str
    text: str


@dataclass(frozen=True)
class Press:
    """A button that edits."""

    field: str


@dataclass(frozen=True)
class View:
    """Belongs to the view: the scene stays, `look(window)` changes; `None`: opens something."""

    look: Any = None
    entry: str = ""


def joints(**names):
    return {title.replace("_", " "): f"carm.joints.{joint}" for title, joint in names.items()}


CARM_FIELDS = joints(
    Orbital_rotation="orbital_deg",
    Angulation="angulation_deg",
    Swivel="swivel_deg",
    Lift="lift_mm",
    Slide="slide_mm",
    Along_table="longitudinal_mm",
    Image_rotation="image_rotation_deg",
    Source_to_detector="sdd_mm",
    Source_to_isocentre="source_isocentre_mm",
)
BEAM_FIELDS = {
    "Tube voltage": "beam.kvp",
    "Exposure": "beam.mas",
    "Target signal": "detector.target_photons",
    "Pulses": "beam.pulses_per_s",
    "Aluminium": "beam.filtration_mm.Al",
    "Copper": "beam.filtration_mm.Cu",
    "Anode angle": "beam.anode_deg",
    "Focal spot": "beam.focal_spot_mm",
    "Blades turned": "collimator.rotation_deg",
    "Aluminium equivalent": "table.aluminium_equivalent_mm",
}
# At the right end they are out of the beam, so these start there.
BLADES = {
    "Top": "collimator.top_mm",
    "Bottom": "collimator.bottom_mm",
    "Left": "collimator.left_mm",
    "Right": "collimator.right_mm",
    "Iris": "collimator.iris_diameter_mm",
}
DETECTOR_FIELDS = {
    "Grid ratio": "grid.ratio",
    "Lets primary through": "grid.primary_transmission",
    "Lets scatter through": "grid.scatter_transmission",
    "Scintillator": "detector.csi_mg_cm2",
    "Blur": "detector.mtf_h_mm2",
    "Electronic noise": "detector.electronic_noise_photons",
    "Gain spread": "detector.gain_spread",
    "Dead pixels": "detector.dead_pixels",
    "Saturates at": "detector.saturation",
    "Lag": "detector.lag",
}
POSE = "tools.0.world_from_tool"
TOOL_FIELDS = {
    "Left": f"{POSE}.0.3",
    "Posterior": f"{POSE}.1.3",
    "Superior": f"{POSE}.2.3",
    "Turn about left": POSE,
    "Turn about posterior": POSE,
    "Turn about superior": POSE,
    "Diameter": "tools.0.source.parameters.diameter_mm",
    "Length": "tools.0.source.parameters.length_mm",
    "Trocar tip length": "tools.0.source.parameters.tip_mm",
}


def both(fields, **how):
    """A slider and the box over it, of each field."""
    sliders = {f"slider:{name}": Slider(path, **how) for name, path in fields.items()}
    return sliders | {f"box:{name}": Slider(path, **how) for name, path in fields.items()}


def window_of(window):
    return window.workspace.radiograph.window


def shown(overlay):
    return lambda window: window.panels.image.shows(overlay)


TABLES = {
    "carm": {
        "combo:Device": Pick("carm", "Siemens Cios Fusion", None),
        **both(CARM_FIELDS),
        "choice:Naive": Choice("level", "naive"),
        "choice:Heuristic": Choice("level", "heuristic"),
        "choice:Realistic": Choice("level", "realistic"),
        "button:Aim at…": View(),
    },
    "beam": {
        "combo:Preset": Pick("beam", "Chest PA", None),
        **both(BEAM_FIELDS),
        **both(BLADES, points=-20),
        "check:Exposure control": Check("beam.exposure_control"),
        "check:Quantum and electronic noise": Check("beam.noise"),
        "check:Heel effect": Check("beam.heel_effect"),
        "combo:Anode towards": Pick("beam.anode_side", "Left", "left"),
        "check:Table top in the beam": Check("table.is_shown"),
        "button:Open all": Press("collimator.top_mm"),
    },
    "detector": {
        **both(DETECTOR_FIELDS),
        "check:Scattered radiation": Check("detector.scatter"),
        "check:Anti-scatter grid in": Check("grid.is_in"),
        "combo:Kind": Pick("detector.kind", "Ideal, counting", "ideal-count"),
        "combo:Counts": Pick("detector.bit_depth", "12 bit", 12),
    },
    "tool": {
        **both(TOOL_FIELDS),
        "text:Name": Text("tools.0.name", "guide"),
        "combo:Material": Text("tools.0.material", "nitinol"),
        "box:Priority": Slider("tools.0.priority"),
        "button:Remove tool": Press("tools"),
        "button:Reset": Press("tools.0.source.parameters"),
    },
    "matter": {
        "combo:Map": Pick("matter.hu_map.kind", "Schneider 2000", "schneider"),
        "check:High HU are metal": Check("matter.metal_above_hu", 3000.0, None),
        **both({"Above": "matter.metal_above_hu"}),
        "combo:Metal": Pick("matter.metal", "316L", "316L"),
        "combo:Structure": View(lambda w: 0),
        "combo:Material": View(lambda w: w.panels.matter._material.currentText(), "blood"),
        "slider:Part replaced": View(lambda w: w.panels.matter._part.value),
        "box:Part replaced": View(lambda w: w.panels.matter._part.value),
        "button:Fill structure": Press("matter.fills"),
        "button:Remove": Press("matter.fills"),
        "button:From a file…": View(),
    },
    "image": {
        "choice:Raw": Choice("processing.look", "raw"),
        "choice:Log": Choice("processing.look", "log"),
        "choice:Clinical": Choice("processing.look", "clinical"),
        **both({"Local contrast": "processing.contrast", "Edge enhancement": "processing.edge"}),
        "check:Bone dark, as in fluoroscopy": Check("processing.bone_dark"),
        "slider:Window": View(window_of),
        "box:Window": View(window_of),
        "slider:Level": View(window_of),
        "box:Level": View(window_of),
        "button:Auto": View(window_of),
        "check:Outlines of structures": View(shown("structures")),
        "check:Outlines of tools": View(shown("tools")),
        "check:Landmarks with names": View(shown("landmarks")),
        "combo:With": View(lambda w: w.session.live.compare_level, "Naive"),
        "choice:Divider": View(lambda w: w.workspace.radiograph.mode),
        "choice:Beside": View(lambda w: w.workspace.radiograph.mode),
        "choice:Blend": View(lambda w: w.workspace.radiograph.mode),
        "slider:Share of the second image": View(lambda w: w.workspace.radiograph.opacity),
        "box:Share of the second image": View(lambda w: w.workspace.radiograph.opacity),
        "box:Frame": View(),
        "check:Bone is bright in the file": View(),
        "button:Real X-ray…": View(),
    },
}
CASES = [(panel, key) for panel, table in TABLES.items() for key in table]


def start_scene(scene):
    """Every control has a use and room to move in both directions."""
    carm = move_joints(new_carm(device_by_id("artis-zee"), (0.0, 0.0, 0.0)), sdd_mm=1100.0)
    (tool,) = scene.tools
    source = tool.source.evolve(parameters={"length_mm": 200.0, "tip_mm": 4.0, "diameter_mm": 2.0})
    return scene.evolve(
        carm=carm,
        tools=(tool.evolve(source=source),),
        grid=scene.grid.evolve(is_in=True),
        matter=scene.matter.evolve(fills=(LabelFill(structure="rod", material="lung"),)),
        level="realistic",
    )


def prepared(scene, panel, key):
    """What a control needs to be seen, or to have something to change."""
    if key in ("slider:Target signal", "box:Target signal"):
        return scene.evolve(beam=scene.beam.evolve(exposure_control=True))
    if key == "button:Open all":
        return scene.evolve(collimator=scene.collimator.evolve(top_mm=20.0))
    if panel == "matter" and key in ("slider:Above", "box:Above", "combo:Metal"):
        return scene.evolve(matter=scene.matter.evolve(metal_above_hu=2000.0))
    if key in ("choice:Realistic",):
        return scene.evolve(level="naive")
    if key == "choice:Log":
        return scene.evolve(processing=scene.processing.evolve(look="raw"))
    if "Local contrast" in key or "Edge enhancement" in key:
        return scene.evolve(processing=scene.processing.evolve(look="clinical"))
    return scene


def leaves(scene):
    """Every value of the document by its path."""
    found = {}

    def walk(path, value):
        if isinstance(value, dict):
            for key, item in value.items():
                walk(f"{path}.{key}", item)
        elif isinstance(value, list) and value:
            for number, item in enumerate(value):
                walk(f"{path}.{number}", item)
        else:
            found[path[1:]] = value

    walk("", scene.model_dump(mode="json"))
    return found


def changed(before, after):
    first, second = leaves(before), leaves(after)
    return {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)}


@pytest.fixture(scope="module")
def standing(module_window):
    """The window with images that stand: the panels are looked at, not the radiograph."""
    module_window.commands["live"].setChecked(False)
    return module_window


@pytest.fixture(scope="module")
def start(module_window):
    """The document that every test begins with."""
    return start_scene(module_window.session.store.scene)


def bring(window, panel):
    """The panel in front, its tool or structure chosen."""
    panels = window.panels
    if panel == "tool":
        window.selection.select(None)
        window.selection.select(window.session.store.scene.tools[0].name)
    elif panel == "matter":
        panels.show_matter("rod")
    else:
        panels.show_panel(getattr(panels, panel))
    # Rows of what was shown before go at the end of the turn.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    return getattr(panels, panel)


@pytest.mark.parametrize("panel", TABLES)
def test_every_control_of_a_panel_is_in_its_table(standing, start, panel):
    store = standing.session.store
    store.apply("Start", lambda _: start)
    assert set(controls_of(bring(standing, panel))) == set(TABLES[panel])


@pytest.mark.parametrize(("panel", "key"), CASES, ids=[f"{p}-{k}" for p, k in CASES])
def test_a_control_changes_its_field_alone_and_undo_restores_it(standing, start, qtbot, panel, key):
    case, store = TABLES[panel][key], standing.session.store
    store.apply("Start", lambda _: prepared(start, panel, key))
    qtbot.waitUntil(lambda: not standing.session.is_busy(), timeout=20_000)
    control = controls_of(bring(standing, panel))[key]
    before, steps = store.scene, store.history.index()
    if isinstance(case, View):
        if case.look is not None:
            look_changes(standing, control, key, case)
        assert store.scene is before
        return
    act(control, case)
    qtbot.waitUntil(lambda: store.history.index() == steps + 1, timeout=3_000)
    after = store.scene
    paths = changed(before, after)
    assert paths
    assert all(path == case.field or path.startswith(f"{case.field}.") for path in paths), paths
    check_value(case, leaves(before).get(case.field), leaves(after).get(case.field))
    standing.commands["undo"].trigger()
    assert store.scene == before
    qtbot.waitUntil(lambda: not standing.session.is_busy(), timeout=20_000)


def act(control, case):
    if isinstance(case, Slider):
        if hasattr(control, "track") or control.metaObject().className() == "Track":
            drag_slider(control, case.points)
        else:
            step = control.singleStep() * (3 if case.points > 0 else -3)
            type_number(control, control.value() + step)
    elif isinstance(case, Pick):
        pick(control, case.title)
    elif isinstance(case, Text):
        type_text(control, case.text)
    else:
        click(control)


def check_value(case, before, after):
    if isinstance(case, Slider) and isinstance(after, float | int):
        if case.points > 0:
            assert after > (before or 0.0)
        else:
            # Out of the beam (null) comes first.
            assert before is None
            assert after > 0
    elif isinstance(case, Check):
        assert {before, after} == {case.on, case.off}
    elif isinstance(case, Choice | Pick) and case.value is not None:
        assert after == case.value
    elif isinstance(case, Text):
        assert after == case.text


def look_changes(window, control, key, case):
    panel = controls_of(bring(window, "image")) if "Share of" in key or "choice" in key else {}
    if panel:
        # There is nothing to say of how two images are compared before there are two.
        pick(panel["combo:With"], "Naive")
        click(panel["choice:Beside" if key == "choice:Divider" else "choice:Divider"])
    if "Share of" in key:
        click(panel["choice:Blend"])
    look = case.look(window)
    kind = key.partition(":")[0]
    if kind == "slider":
        drag_slider(control, -20)
    elif kind == "box":
        type_number(control, control.value() - 2 * control.singleStep())
    elif isinstance(control, QComboBox) and case.entry:
        (type_text if control.isEditable() else pick)(control, case.entry)
    elif kind in ("check", "choice", "button"):
        click(control)
    else:
        return
    assert case.look(window) != look
    if panel:
        pick(panel["combo:With"], "Nothing")
