"""The phantom's pictures in the documentation: small, grey, all named with a text."""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_each_picture_is_named_with_a_text_and_small() -> None:
    text = (DOCS / "phantom.md").read_text(encoding="utf-8")
    named = {name: alt for alt, name in re.findall(r"!\[([^\]]*)\]\(images/([^)]+)\)", text)}
    files = sorted((DOCS / "images").glob("phantom_*.png"))
    assert {path.name for path in files} == set(named)
    assert all(len(alt) > 20 for alt in named.values())
    for path in files:
        assert path.stat().st_size <= 400_000, path.name
        with Image.open(path) as image:
            assert image.mode == "L"
            assert min(image.size) >= 900
            low, high = image.getextrema()
            assert high - low > 150, path.name


def test_the_script_makes_those_pictures() -> None:
    script = (DOCS / "make_phantom_images.py").read_text(encoding="utf-8")
    made = set(re.findall(r'"(phantom_\w+)": ', script))
    assert made == {path.stem for path in (DOCS / "images").glob("phantom_*.png")}
