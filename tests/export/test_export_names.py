"""Names of structures and tools as file names: every system takes them, and no two are one."""

from __future__ import annotations

import re

import pytest

from synthex_gui.export.dataset import RESERVED, file_names

PORTABLE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}")


@pytest.mark.parametrize(
    "names",
    [
        ("Bone", "bone"),
        ("hip left", "hip_left"),
        ("hip/left", "hip\\left"),
        ("../../evil", ".."),
        ("CON", "nul", "com1.txt"),
        ("左髋骨", "右髋骨"),
        ("δεξί", "αριστερό"),
        ("x" * 300, "x" * 300 + "y"),
        ("", " ", "."),
        ("a", "a-0123abcd"),
        ("\u00e9", "e\u0301"),
        ("trailing.", "trailing"),
    ],
)
def test_names_stay_apart_on_every_system(names):
    called = file_names([("structure", name) for name in names])
    assert len({text.casefold() for text in called.values()}) == len(names)
    for text in called.values():
        assert PORTABLE.fullmatch(text)
        assert text.split(".")[0].lower() not in RESERVED
        assert not text.endswith(".")


def test_a_structure_and_a_tool_of_one_name():
    called = file_names([("structure", "screw"), ("tool", "screw")])
    assert len(set(called.values())) == 2


def test_plain_names_stay_as_they_are():
    names = ["hemipelvis-left", "vertebrae_L5", "rib_left_1", "k-wire", "mesh-1"]
    called = file_names([("structure", name) for name in names])
    assert list(called.values()) == names


def test_a_name_is_called_the_same_in_any_order():
    items = [("structure", name) for name in ("Bone", "bone", "é", "b c")]
    forward, backward = file_names(items), file_names(items[::-1])
    assert forward == backward
