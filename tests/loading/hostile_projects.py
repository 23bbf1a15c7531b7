"""Projects that nobody saved: damaged, false, or made to reach where they should not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Document = dict[str, Any]
# Turns a sound document into a hostile one, in place or by returning other text.
Change = Callable[[Document], Any]
HUGE = 10**4000
UNIT = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]


def at(place: str, value: Any) -> Change:
    """Put a value at ``scene.tools.0.name``."""

    def change(document: Document) -> None:
        *way, last = place.split(".")
        inner: Any = document
        for step in way:
            inner = inner[int(step) if isinstance(inner, list) else step]
        inner[int(last) if isinstance(inner, list) else last] = value

    return change


def text(content: str) -> Change:
    """Another file altogether."""
    return lambda document: content


def raw(place: str, number: str) -> Change:
    """A number that Python's own JSON would not write."""

    def change(document: Document) -> str:
        at(place, "@@")(document)
        return json.dumps(document).replace('"@@"', number)

    return change


def case(**parts: Any) -> Change:
    """A plan of one case."""
    return at("scene.plan.study", {"cases": [{"kind": "case", "name": "anna", **parts}]})


def pose(**entries: float) -> Change:
    """The tool's pose with some entries of its unit matrix replaced: ``m00=2``."""
    rows = [list(row) for row in UNIT]
    for name, value in entries.items():
        rows[int(name[1])][int(name[2])] = value
    return at("scene.tools.0.world_from_tool", rows)


# name -> (change, a word that the refusal says)
DAMAGED: dict[str, tuple[Change, str]] = {
    "empty": (text(""), "empty"),
    "nulls": (text("\0" * 4096), "JSON"),
    "null": (text("null"), "not a SyntheX project"),
    "a list": (text("[1, 2]"), "not a SyntheX project"),
    "half": (lambda document: json.dumps(document)[:200], "JSON"),
    "lists 200,000 deep": (text("[" * 200_000), "nested"),
    "objects 200,000 deep": (text('{"a":' * 200_000 + "1" + "}" * 200_000), "nested"),
    "deep in the view": (
        lambda document: json.dumps(document).replace(
            '"view": {}', '"view": ' + "[" * 200_000 + "]" * 200_000
        ),
        "nested",
    ),
    "an integer of 5,000 digits": (raw("scene.beam.seed", "9" * 5000), "digits"),
    "a version of 5,000 digits": (raw("version", "9" * 5000), "digits"),
    "a version of 4,000 digits": (at("version", HUGE), "newer"),
    "a newer version": (at("version", 99), "newer"),
    "version 0": (at("version", 0), "version"),
    "a version in quotes": (at("version", "2"), "version"),
    "a version that is true": (at("version", True), "version"),
    "another program's": (at("format", "napari"), "not a SyntheX project"),
    "no scene": (lambda document: document.pop("scene") and None, "scene"),
    "a scene that is text": (at("scene", "all of it"), "scene"),
    "a field of another program": (at("scene.shader", "glsl"), "shader"),
    "NaN": (raw("scene.beam.kvp", "NaN"), "NaN"),
    "Infinity": (raw("scene.tools.0.world_from_tool.0.3", "-Infinity"), "Infinity"),
    "1e999": (raw("scene.beam.mas", "1e999"), "finite"),
    "NaN in the view": (
        lambda document: json.dumps(document).replace('"view": {}', '"view": {"a": NaN}'),
        "NaN",
    ),
}
VALUES: dict[str, tuple[Change, str]] = {
    "kVp of 1e308": (at("scene.beam.kvp", 1e308), "kvp"),
    "kVp of 4,000 digits": (at("scene.beam.kvp", HUGE), "kvp"),
    "kVp in words": (at("scene.beam.kvp", "eighty"), "kvp"),
    "a seed of 4,000 digits": (at("scene.beam.seed", HUGE), "seed"),
    "a seed below 0": (at("scene.beam.seed", -1), "seed"),
    "filters as a list": (at("scene.beam.filtration_mm", ["Al"]), "filtration_mm"),
    "a filter nobody sells": (at("scene.beam.filtration_mm", {"Kryptonite": 1.0}), "Kryptonite"),
    "a landmark at 1e308": (at("scene.landmarks.0.position", [1e308, 0, 0]), "'middle'"),
    "a landmark of two numbers": (at("scene.landmarks.0.position", [0, 0]), "'middle'"),
    "a landmark of 4,000 digits": (at("scene.landmarks.0.position", [HUGE, 0, 0]), "'middle'"),
    "a landmark without a name": (at("scene.landmarks.0.name", ""), "name"),
    "a name of 10,000 letters": (at("scene.tools.0.name", "x" * 10_000), "name"),
    "two tools of one name": (
        lambda document: document["scene"]["tools"].append(document["scene"]["tools"][0]),
        "same name",
    ),
    "a joint of 1e308": (at("scene.carm.joints.orbital_deg", 1e308), "orbital_deg"),
    "a joint of 4,000 digits": (at("scene.carm.joints.lift_mm", HUGE), "lift_mm"),
    "a joint that is null": (at("scene.carm.joints.lift_mm", None), "lift_mm"),
    "a joint too many": (at("scene.carm.joints.warp_deg", 1), "joints"),
    "a distance of 0": (at("scene.carm.joints.sdd_mm", 0), "sdd_mm"),
    "a device that no maker has": (at("scene.carm.device", "warp-drive"), "warp-drive"),
    "half a character": (at("scene.tools.0.name", "wire\ud800"), "half"),
    "a structure of half a character": (at("scene.shown_structures", ["\ud800"]), "half"),
    "a tool at 1e308": (pose(m03=1e308), "'wire'"),
    "a singular pose": (pose(m22=0), "determinant 0"),
    "a mirrored pose": (pose(m22=-1), "determinant -1"),
    "a scaled pose": (pose(m00=2, m11=2, m22=2), "determinant 8"),
    "a sheared pose": (pose(m01=0.5), "'wire'"),
    "a pose of 1e308": (pose(m00=1e308, m11=1e308), "'wire'"),
    "a projective pose": (pose(m30=1), "0 0 0 1"),
    "a pose of three rows": (at("scene.tools.0.world_from_tool", UNIT[:3]), "'wire'"),
    "a mirrored device": (
        at("scene.carm.world_from_device", [[-1.0, 0, 0, 0], *UNIT[1:]]),
        "determinant -1",
    ),
    "a tool nobody makes": (at("scene.tools.0.source.tool", "flux-capacitor"), "flux-capacitor"),
    "a tool 4,000 digits long": (
        at("scene.tools.0.source.parameters", {"length_mm": HUGE}),
        "'wire'",
    ),
    "a tool of a kind": (at("scene.tools.0.source", {"kind": "pickle", "path": "x"}), "pickle"),
    "a material nobody knows": (at("scene.tools.0.material", "unobtainium"), "unobtainium"),
    "a rank of 4,000 digits": (at("scene.tools.0.priority", HUGE), "priority"),
    "a density of 1e308": (
        at("scene.matter.hu_map", {"kind": "points", "points": [[0, 1e308, "water"]]}),
        "points",
    ),
    "a table at 1e308": (at("scene.table.top_y_mm", 1e308), "top_y_mm"),
    "a plan of 1e308 images": (at("scene.plan.count", 1e308), "count"),
    "a plan that varies by 1e308": (
        at("scene.plan.joints", {"lift_mm": {"kind": "uniform", "low": -1e308, "high": 1e308}}),
        "low",
    ),
    "a plan's factor of no kind": (at("scene.plan.joints", {"lift_mm": {"low": 0}}), "lift_mm"),
    "a camera with a mirror": (
        at(
            "scene.carm.free_camera",
            {
                "K": [[-1e3, 0, 32], [0, 1e3, 32], [0, 0, 1]],
                "R": [[-1, 0, 0], [0, 1, 0], [0, 0, 1]],
                "t": [0, 0, 500],
                "width": 64,
                "height": 64,
                "sdd_mm": 1000,
            },
        ),
        "determinant",
    ),
    "a camera at 1e308": (
        at(
            "scene.carm.free_camera",
            {
                "K": [[1e308, 0, 32], [0, 1e308, 32], [0, 0, 1]],
                "R": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
                "t": [0, 0, 1e308],
                "width": 64,
                "height": 64,
                "sdd_mm": 1e308,
            },
        ),
        "camera",
    ),
    "cases of one name": (
        at(
            "scene.plan.study",
            {"cases": [{"kind": "case", "name": "anna", "ct": {"kind": "phantom"}}] * 2},
        ),
        "anna",
    ),
    "a case as heavy as 1e308": (case(ct={"kind": "phantom"}, weight=1e308), "'anna' "),
    "a case's phantom with a head": (
        case(ct={"kind": "phantom", "parameters": {"head": 1}}),
        "anna",
    ),
    "a case of unobtainium": (
        case(ct={"kind": "phantom"}, fills=[{"structure": "a", "material": "unobtainium"}]),
        "unobtainium",
    ),
    "phantoms beyond all seeds": (
        at(
            "scene.plan.study",
            {"cases": [{"kind": "phantoms", "first_seed": 2**31 - 1, "count": 9}]},
        ),
        "seed",
    ),
    "shown structures as a number": (at("scene.shown_structures", 7), "shown_structures"),
    "a phantom of 1e308 mm": (
        at("scene.ct", {"kind": "phantom", "parameters": {"spacing_mm": 1e308}}),
        "spacing_mm",
    ),
    "a phantom of 4,000 digits": (
        at("scene.ct", {"kind": "phantom", "parameters": {"seed": HUGE}}),
        "seed",
    ),
    "a phantom with a head": (
        at("scene.ct", {"kind": "phantom", "parameters": {"head": 1}}),
        "head",
    ),
}
PATHS: dict[str, tuple[Change, str]] = {
    "up to /etc/passwd": (at("scene.ct.path", "../" * 30 + "etc/passwd"), "outside"),
    "/etc/passwd": (at("scene.ct.path", "/etc/passwd"), "outside"),
    "labels from /etc": (at("scene.labels.path", "/etc/passwd"), "outside"),
    "a mesh from /etc": (
        at("scene.tools.0.source", {"kind": "mesh", "path": "/etc/passwd"}),
        "outside",
    ),
    "a case from /etc": (case(ct={"kind": "file", "path": "/etc/passwd"}), "outside"),
    "an endless device": (at("scene.ct.path", "/dev/zero"), "outside"),
    "a URL": (at("scene.ct.path", "file:///etc/passwd"), "URL"),
    "the web": (at("scene.labels.path", "https://example.org/ct.nii.gz"), "URL"),
    "a drive": (at("scene.ct.path", "C:\\Windows\\win.ini"), "Windows"),
    "a share": (at("scene.ct.path", "\\\\server\\share\\ct.nii.gz"), "Windows"),
    "NUL in a path": (at("scene.ct.path", "ct\0.nii.gz"), "NUL"),
    "half a character in a path": (at("scene.ct.path", "ct\ud800.nii.gz"), "half"),
    "an empty path": (at("scene.ct.path", ""), "path"),
    "a path of 10,000 letters": (at("scene.ct.path", "x" * 10_000), "path"),
    "a missing file": (at("scene.ct.path", "gone.nii.gz"), "gone.nii.gz"),
    "a circle of links": (at("scene.ct.path", "circle/ct.nii.gz"), "circle"),
    "a link that leads out": (at("scene.ct.path", "way-out"), "outside"),
    "a folder that leads out": (at("scene.ct.path", "etc/passwd"), "outside"),
    "the project itself": (at("scene.ct.path", "hostile.synthex"), "hostile.synthex"),
    "a path that is a list": (at("scene.ct.path", ["ct.nii.gz"]), "path"),
}
HOSTILE = DAMAGED | VALUES | PATHS


def write(change: Change, sound: Path, folder: Path) -> Path:
    """A hostile copy of a sound project, with its inputs beside it."""
    for item in sound.parent.iterdir():
        if item.name.startswith(("ct.", "labels.")):
            (folder / item.name).write_bytes(item.read_bytes())
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "way-out").symlink_to("/etc/passwd")
    (folder / "etc").symlink_to("/etc", target_is_directory=True)
    document = json.loads(sound.read_text(encoding="utf-8"))
    document["view"] = {}
    content = change(document)
    path = folder / "hostile.synthex"
    path.write_text(content if isinstance(content, str) else json.dumps(document))
    return path
