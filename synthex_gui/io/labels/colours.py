"""Colours for labels that have none: far apart in hue, the same for the same id every time."""

from __future__ import annotations

import colorsys
import re

# Successive multiples of the golden angle never bunch up, however many labels there are.
GOLDEN_ANGLE_DEG = 137.50776405003785


def default_colour(label_id: int) -> str:
    """``#rrggbb`` of a label id; lightness alternates so that hue neighbours still differ."""
    hue = (label_id * GOLDEN_ANGLE_DEG) % 360.0 / 360.0
    lightness = (0.56, 0.68, 0.46)[label_id % 3]
    r, g, b = colorsys.hls_to_rgb(hue, lightness, 0.62)
    return hex_colour(r, g, b)


def hex_colour(r: float, g: float, b: float) -> str:
    """``#rrggbb`` of three shares 0..1."""
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, share))):02x}" for share in (r, g, b))


def parse_colour(text: str) -> str | None:
    """``#rrggbb`` of "#abc", "#aabbcc", "aabbcc", "r g b" or "r,g,b" (0..1 or 0..255), or None."""
    clean = text.strip().lower()
    if re.fullmatch(r"#?[0-9a-f]{6}", clean):
        return "#" + clean.removeprefix("#")
    if re.fullmatch(r"#[0-9a-f]{3}", clean):
        return "#" + "".join(2 * letter for letter in clean[1:])
    words = re.findall(r"[0-9.]+", clean)
    if len(words) not in (3, 4):
        return None
    try:
        numbers = [float(word) for word in words[:3]]
    except ValueError:
        return None
    if max(numbers) > 255:
        return None
    is_share = max(numbers) <= 1 and any("." in word for word in words[:3])
    scale = 1.0 if is_share else 255.0
    return hex_colour(*(number / scale for number in numbers))
