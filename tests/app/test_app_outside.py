"""A project that names files beyond its own folder is read when a person has said so."""

import shutil

import pytest

from synthex_gui.io.hashing import sha256_of
from synthex_gui.loading.project import open_project
from synthex_gui.scene.edits import move_joints
from synthex_gui.scene.project import write_project


@pytest.fixture
def scene_elsewhere(small_project, tmp_path):
    """A scene whose files lie in a folder of their own."""
    inputs = shutil.copytree(small_project.parent, tmp_path / "inputs")
    return open_project(inputs / small_project.name)[0]


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine" / "p.synthex"


@pytest.fixture
def asked(session):
    """What the window is asked to ask: (text, what an answer of yes calls)."""
    found = []
    session.outside_found.connect(lambda text, accept: found.append((text, accept)))
    return found


@pytest.mark.trust("E10")
def test_it_is_asked_once_and_read_when_accepted(
    session, scene_elsewhere, mine, asked, settled, qtbot
):
    write_project(mine, scene_elsewhere)
    session.open_project(mine)
    settled()
    assert len(asked) == 1
    text, accept = asked[0]
    assert "p.synthex" in text
    assert scene_elsewhere.ct.path in text
    assert session.path is None
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        accept()
    assert session.path == mine


def test_what_this_program_saved_is_not_asked_about(
    session, scene_elsewhere, mine, asked, qtbot, settled
):
    known = [
        source.evolve(sha256=sha256_of(source.path))
        for source in (scene_elsewhere.ct, scene_elsewhere.labels)
    ]
    write_project(mine, scene_elsewhere.evolve(ct=known[0], labels=known[1]))
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(mine)
    settled()
    assert asked == []


def test_a_late_answer_displaces_nothing(
    opened, session, scene_elsewhere, mine, asked, settled, small_project, qtbot
):
    write_project(mine, scene_elsewhere)
    session.open_project(mine)
    settled()
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(small_project)
    asked[0][1]()
    settled()
    assert session.path == small_project


def test_an_edit_made_while_it_was_asked_is_not_lost(
    opened, session, scene_elsewhere, mine, asked, settled, small_project
):
    write_project(mine, scene_elsewhere)
    session.open_project(mine)
    settled()
    session.store.apply(
        "Lift", lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=33.0))
    )
    arrivals = []
    session.arrived.connect(arrivals.append)
    asked[0][1]()
    settled()
    assert session.path == small_project
    assert len(arrivals) == 1


def test_a_circle_of_links_is_said(session, tmp_path, settled):
    circle = tmp_path / "ct.nii.gz"
    circle.symlink_to(circle)
    said = []
    session.problem.connect(said.append)
    session.open_ct(circle)
    settled()
    assert len(said) == 1
    assert "circle" in said[0]
