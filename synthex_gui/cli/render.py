"""``synthex render``: one image of a CT, of meshes, or of the phantom."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from synthex_gui.cli.backends import add_backend_argument
from synthex_gui.cli.detector_arguments import add_detector_arguments
from synthex_gui.cli.output import follow, usage, warn
from synthex_gui.cli.source_arguments import add_ct_arguments, add_label_arguments, numbers_of
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute, write_together
from synthex_gui.loading import material_map
from synthex_gui.scene.study import LEVELS

DESCRIPTION = """\
Render one image. Without --ct and --mesh the scene is the built-in phantom; with --mesh alone it
is the meshes. Nothing else is added: no table, grid, collimator or air."""
EXAMPLES = """\
examples:
  synthex render --view ap --out ap.png
  synthex render --ct pelvis.nii.gz --view inlet --level naive --size 768 --out inlet.tif
  synthex render --ct ct.nrrd --mesh screw.stl:Ti6Al4V:pose.json --joints orbital_deg=30 --out i.tif
  synthex render --mesh cup.stl:CoCr --quantity path-mm:mesh-1 --out cup.tif

Meshes are called mesh-1, mesh-2 ... in the order given; path-mm: also takes a file's stem, which
is not written. FILE.tif holds the raw float32 image, FILE.png the display; FILE.json beside it
holds the camera and what was asked.
exit codes: 0 done, 1 failed (one line says why), 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex render``."""
    parser = commands.add_parser(
        "render",
        help="render one image",
        description=DESCRIPTION,
        epilog=f"{EXAMPLES}\n\n{material_map.HELP}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--ct", metavar="FILE", help="CT: DICOM folder, NIfTI, NRRD, MHA/MHD")
    add_ct_arguments(parser)
    add("--labels", metavar="FILE", help="label map on its own grid")
    add_label_arguments(parser)
    add(
        "--mesh",
        metavar="FILE:MATERIAL[:POSE.json]",
        action="append",
        default=[],
        help='a tool; POSE.json is {"world_from_tool": 4x4}; may be repeated, where two overlap '
        "the later one is there",
    )
    add("--mesh-unit", choices=("mm", "cm", "m"), help="unit of all mesh files")
    pose = parser.add_mutually_exclusive_group()
    pose.add_argument("--view", metavar="ID", help="preset view (default ap); see synthex devices")
    pose.add_argument("--joints", metavar="NAME=VALUE,...", help="joint values, the rest at home")
    pose.add_argument("--camera", metavar="CAMERA.json", help="K, R, t, width, height, sdd_mm")
    add("--device", metavar="ID", help="device (default cios-fusion)")
    add("--level", choices=LEVELS, default="realistic", help="level of realism (default realistic)")
    add("--size", type=int, metavar="N", help="columns over the same field (default: detector's)")
    add(
        "--quantity",
        metavar="line-integral|signal|path-mm:NAME",
        help="what the image holds (default: line-integral, at the realistic level signal)",
    )
    add("--beam", metavar="ID", help="voltage and filters by name: pelvis-ap, chest-pa, rqa-5, ...")
    add("--kvp", type=float, metavar="KV", help="tube voltage (default 80)")
    exposure = parser.add_mutually_exclusive_group()
    exposure.add_argument("--mas", type=float, metavar="MAS", help="exposure (default 2)")
    exposure.add_argument("--photons", type=float, metavar="N", help="photons per open-field pixel")
    exposure.add_argument(
        "--exposure-control",
        action="store_true",
        help="set the exposure so that the middle of the image gets the detector's target",
    )
    add("--filter", metavar="Al=2.5,Cu=0.1", help="the whole filtration in mm (default Al=2.5)")
    add("--anode-deg", type=float, metavar="DEG", help="anode angle (default 12)")
    add("--focal-spot-mm", type=float, metavar="MM", help="focal spot, 0 a point (default 0.6)")
    add("--material-map", metavar="FILE", help="what the CT is made of, JSON as shown below")
    add_detector_arguments(add)
    add("--no-noise", action="store_true", help="expected signal, no quantum noise")
    add("--seed", type=int, default=0, help="seed of the noise (default 0)")
    add(
        "--look",
        choices=("raw", "log", "clinical"),
        help="picture of the signal in a .png: linear, fixed log window (default), or as a "
        "radiographer is used to see it",
    )
    add("--bone-dark", action="store_true", help="bone dark in a .png's log or clinical look")
    add("--window", metavar="LOW,HIGH", help="values shown black and white in a .png, log image")
    add("--threads", type=int, metavar="N", help="threads (default: all processors)")
    add_backend_argument(parser, "auto", "auto: a GPU where CuPy is installed")
    add("--out", metavar="FILE", required=True, help="FILE.tif or FILE.png")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Render and write; returns the exit code."""
    from synthex_gui.cli import scene_arguments
    from synthex_gui.export.still import display_file, look_file, quantity_image
    from synthex_gui.export.writers.image import tiff32
    from synthex_gui.loading.resolve import resolve
    from synthex_gui.physics.backends.choice import make_backend
    from synthex_gui.physics.beam.dose import scene_dose
    from synthex_gui.physics.render import Renderer

    out = Path(options.out)
    if out.suffix.lower() not in (".tif", ".tiff", ".png"):
        return usage("render", f"--out {out}: the name must end in .tif or .png")
    if options.camera and options.size:
        return usage(
            "render", "--size cannot be given with --camera, which has its own width and height"
        )
    # Refused before minutes are spent on an image that cannot be written as asked.
    if options.look == "clinical" and options.window:
        return usage(
            "render", "--window does not go with --look clinical, which has its own look-up table"
        )
    if options.look and options.quantity not in (None, "signal"):
        return usage("render", "--look is for the signal, not for another --quantity")
    if options.size is not None and not 1 <= options.size <= 8192:
        return usage("render", "--size must be 1 to 8192")
    scene = scene_arguments.scene_of(options)
    resolved = follow(resolve(scene))
    for text in resolved.assets.warnings:
        warn(text)
    scene, pose_warning = scene_arguments.posed(options, scene, resolved.assets)
    if pose_warning:
        warn(pose_warning)
    is_signal = scene.level == "realistic" or options.look is not None
    quantity = options.quantity or ("signal" if is_signal else "line-integral")
    wanted = quantity.removeprefix("path-mm:") if quantity.startswith("path-mm:") else None
    tool = None if wanted is None else scene_arguments.tool_called(scene, wanted)
    structures = () if wanted is None or tool is not None else (wanted,)
    quantity = quantity if tool is None else f"path-mm:{tool}"
    renderer = Renderer(make_backend(options.backend, warn, options.threads), options.threads)
    renderer.set_assets(resolved.assets)
    try:
        radiograph = renderer.render(scene, size=options.size, structures=structures)
        for text in renderer.notices(scene, radiograph.camera):
            warn(text)
    finally:
        renderer.backend.close()
    image = quantity_image(radiograph, quantity)
    dose = scene_dose(scene, radiograph.camera, radiograph.mas)
    is_realistic = scene.level == "realistic"
    record = {
        "quantity": quantity,
        "level": scene.level,
        "backend": radiograph.backend,
        "camera": scene_arguments.camera_record(scene, options.size),
        "beam": scene.beam.model_dump(mode="json") if is_realistic else None,
        "matter": scene.matter.model_dump(mode="json") if is_realistic else None,
        "detector": scene.detector.model_dump(mode="json") if is_realistic else None,
        "grid": scene.grid.model_dump(mode="json") if is_realistic else None,
        "photons_per_pixel": radiograph.photons,
        "mas": radiograph.mas,
        "dose": None if dose is None else dose.to_json(),
        "device": scene.carm.device,
        "view": options.view or (None if options.joints or options.camera else "ap"),
        "display": None,
    }
    if out.suffix.lower() == ".png":
        window = _window(options.window) if options.window else None
        if quantity == "signal":
            data, record["display"] = look_file(image, scene.processing, window)
        else:
            data, record["display"] = display_file(image, quantity, window)
    else:
        data = tiff32(image)
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    # Through a link, as any program writes.
    write_together({absolute(out): data, out.with_name(out.name + ".json"): text.encode()})
    return 0


def _window(text: str) -> tuple[float, float]:
    low, high = numbers_of("--window", text, 2)
    if not low < high:
        raise SynthexError(f"--window {text}: LOW must be below HIGH")
    return low, high
