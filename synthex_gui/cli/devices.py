"""``synthex devices``: the devices, their joints and limits, and the preset views."""

from __future__ import annotations

import argparse
from typing import Any

from synthex_gui.cli.output import say
from synthex_gui.geometry.device import JOINT_NAMES
from synthex_gui.scene.devices import devices, presets


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex devices``."""
    parser = commands.add_parser(
        "devices",
        help="list devices, joint limits and preset views",
        epilog="example: synthex devices\nexit code: 0",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the lists."""
    for device in devices().values():
        width, height = device.detector_mm
        say(f"{device.id}: {device.name}")
        say(
            f"  detector {device.columns} x {device.rows}, {device.pixel_pitch_mm:g} mm, "
            f"{width:.0f} x {height:.0f} mm; SDD {device.home.sdd_mm:g} mm, "
            f"source-isocentre {device.home.source_isocentre_mm:g} mm"
        )
        for name in JOINT_NAMES:
            limits = device.limits[name]
            mark = "  (unverified)" if name in device.unverified else ""
            say(f"  {name:22} {limits.low:8g} to {limits.high:g}{mark}")
    say("views:")
    for preset in presets().values():
        say(
            f"  {preset.id:25} primary {preset.primary_deg:+4.0f}, secondary "
            f"{preset.secondary_deg:+4.0f}   {preset.title}"
        )
    return 0
