"""Parts inside parts: whatever their winding, what is hollow counts once."""

import json
import time

import numpy as np
import pytest
import trimesh

from synthex_gui.cli.main import main
from synthex_gui.io.meshes.door import read_mesh


def ball(radius, centre=(0, 0, 0), *, inverted=False, level=2):
    part = trimesh.creation.icosphere(level, radius)
    part.apply_translation(centre)
    if inverted:
        part.invert()
    return part


def read(tmp_path, *parts):
    path = tmp_path / "parts.stl"
    trimesh.util.concatenate(parts).export(str(path))
    loaded = read_mesh(path)
    assert loaded.mesh.is_closed
    return loaded.mesh.volume_mm3, " ".join(loaded.warnings)


def volume(radius, level=2):
    return float(trimesh.creation.icosphere(level, radius).volume)


@pytest.mark.trust("I7")
@pytest.mark.parametrize(
    ("outer", "inner", "said"),
    [
        (False, True, ""),
        (False, False, "1 part(s) lie inside another and were wound as it is; taken as cavities"),
        (True, True, "1 part(s) were inside out"),
        (True, False, "1 part(s) were inside out; turned 1 part(s) lie inside another"),
    ],
)
def test_a_hollow_ball_in_every_winding(tmp_path, outer, inner, said):
    found, text = read(tmp_path, ball(10, inverted=outer), ball(6, (1, 1, 0), inverted=inner))
    assert found == pytest.approx(volume(10) - volume(6), rel=1e-6)
    assert said in text
    assert said or not text


@pytest.mark.trust("I7")
@pytest.mark.parametrize("wound", range(16))
def test_shells_in_shells_alternate(tmp_path, wound):
    radii = (20, 15, 10, 5)
    parts = [ball(r, inverted=bool(wound >> n & 1)) for n, r in enumerate(radii)]
    found, _ = read(tmp_path, *parts)
    assert found == pytest.approx(volume(20) - volume(15) + volume(10) - volume(5), rel=1e-6)


def test_what_stands_in_an_opening_is_no_cavity(tmp_path):
    cup = trimesh.creation.annulus(8, 10, 30)
    rod = trimesh.creation.cylinder(3, 20)
    found, text = read(tmp_path, cup, rod)
    assert found == pytest.approx(cup.volume + rod.volume, rel=1e-6)
    assert text == ""


def test_two_cavities_and_a_neighbour(tmp_path):
    parts = [ball(20), ball(5, (8, 0, 0)), ball(6, (-9, 0, 0)), ball(4, (60, 0, 0))]
    found, text = read(tmp_path, *parts)
    assert found == pytest.approx(volume(20) - volume(5) - volume(6) + volume(4), rel=1e-6)
    assert "2 part(s) lie inside another" in text


@pytest.mark.trust("I7")
def test_parts_that_cross_are_said(tmp_path):
    # Within the box of the plate, but through its hole's wall.
    plate = trimesh.creation.annulus(10, 20, 8)
    pin = trimesh.creation.box((6, 2, 2))
    pin.apply_translation((10, 0, 0))
    found, text = read(tmp_path, plate, pin)
    assert found == pytest.approx(plate.volume + 24, rel=1e-6)
    assert "1 part(s) cross another" in text


def test_boxes_on_one_grid(tmp_path):
    """Rays along the axes would run along edges and through corners."""
    inner = [trimesh.creation.box((2, 2, 2)) for _ in range(8)]
    for number, part in enumerate(inner):
        part.apply_translation([4 * (number >> n & 1) - 2 for n in range(3)])
    found, text = read(tmp_path, trimesh.creation.box((12, 12, 12)), *inner)
    assert found == pytest.approx(12**3 - 8 * 8)
    assert "8 part(s) lie inside another" in text


def test_info_counts_a_hollow_part_once(tmp_path, capsys):
    path = tmp_path / "hollow.ply"
    trimesh.util.concatenate([ball(10), ball(6)]).export(str(path))
    assert main(["info", "--json", str(path)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["volume_mm3"] == pytest.approx(volume(10) - volume(6), rel=1e-6)
    assert "cavities" in facts["warnings"][0]


def test_thousands_of_bubbles_take_no_minutes(tmp_path):
    rng = np.random.default_rng(0)
    # Not nearer than their width: a lattice, and where in a cell each one lies.
    places = np.stack(np.meshgrid(*[np.arange(-6, 7, 1.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = places[np.linalg.norm(places, axis=1) < 6][:400] + rng.uniform(-0.2, 0.2, (1, 3))
    bubbles = [ball(0.2, place, level=0) for place in places]
    begin = time.process_time()
    found, text = read(tmp_path, ball(10, level=5), *bubbles)
    assert time.process_time() - begin < 10
    assert found == pytest.approx(volume(10, 5) - len(bubbles) * volume(0.2, 0), rel=1e-6)
    assert f"{len(bubbles)} part(s) lie inside" in text
