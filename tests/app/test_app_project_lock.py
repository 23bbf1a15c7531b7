"""Two windows on one project: the second is told, and no save wins in silence."""

import os
import shutil
import subprocess
import sys

import pytest

from synthex_gui.app.project_lock import ProjectFile
from synthex_gui.app.session import Session
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.edits import move_joints
from synthex_gui.scene.project import ProjectError

HOLDER = """
import sys
from pathlib import Path
from synthex_gui.app.project_lock import ProjectFile
file = ProjectFile()
print(file.take(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own_copy(small_project, tmp_path):
    """The small project and its files in a folder of its own."""
    folder = shutil.copytree(small_project.parent, tmp_path / "own")
    return folder / small_project.name


@pytest.fixture
def second(qtbot):
    session = Session(lambda: Renderer(CpuBackend(1), 1))
    yield session
    session.close()


def opened(session, path, qtbot, **options):
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(path, **options)
    qtbot.waitUntil(lambda: not session.is_busy(), timeout=30_000)


def edit(session, value):
    session.store.apply(
        "Lift", lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=value))
    )


@pytest.mark.trust("E8")
def test_the_second_window_is_told_and_may_open_a_copy(session, second, own_copy, qtbot):
    opened(session, own_copy, qtbot)
    # Under another name of the same file too.
    other_name = own_copy.parent / "link.synthex"
    other_name.symlink_to(own_copy)
    for name in (own_copy, other_name):
        with qtbot.waitSignal(second.locked) as told:
            second.open_project(name)
        assert told.args == [name]
    assert second.path is None
    opened(second, own_copy, qtbot, is_copy=True)
    assert second.path is None
    assert second.store.scene == session.store.scene


def test_a_window_opens_its_own_project_again(session, own_copy, qtbot):
    session.locked.connect(pytest.fail)
    opened(session, own_copy, qtbot)
    opened(session, own_copy, qtbot)
    assert session.path == own_copy


@pytest.mark.trust("E8")
def test_no_window_saves_over_the_project_of_another(session, second, own_copy, qtbot):
    opened(session, own_copy, qtbot)
    before = own_copy.read_bytes()
    edit(second, 9.0)
    with qtbot.waitSignal(second.problem) as told:
        assert not second.save(own_copy)
    assert "open in another window" in told.args[0]
    assert own_copy.read_bytes() == before


def test_the_next_window_has_it_when_the_first_closes_or_saves_elsewhere(
    session, second, own_copy, tmp_path, qtbot
):
    opened(session, own_copy, qtbot)
    assert session.save(tmp_path / "elsewhere.synthex")
    opened(second, own_copy, qtbot)
    assert second.path == own_copy
    second.close()
    opened(session, own_copy, qtbot)
    assert session.path == own_copy


def test_a_project_taken_while_it_was_being_read_becomes_a_copy(
    session, own_copy, gate, qtbot, settled
):
    gate.is_held = lambda scene: True
    said = []
    session.warned.connect(said.append)
    session.open_project(own_copy)
    other = ProjectFile()
    assert other.take(own_copy)
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        gate.open()
    settled()
    other.release()
    assert session.path is None
    assert any("this is a copy" in text for text in said)


@pytest.mark.trust("E8")
def test_a_file_that_was_written_by_others_is_noticed(session, own_copy, qtbot):
    opened(session, own_copy, qtbot)
    file = session.document.file
    assert not file.has_changed()
    edit(session, 3.0)
    assert session.save(own_copy)
    assert not file.has_changed()
    # The same time and size: only the content says it.
    stamp, text = own_copy.stat(), own_copy.read_text()
    own_copy.write_text(text.replace('"lift_mm": 3.0', '"lift_mm": 4.0'))
    os.utime(own_copy, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert own_copy.stat().st_size == stamp.st_size
    assert file.has_changed()
    own_copy.unlink()
    assert not file.has_changed()


@pytest.mark.trust("E8")
def test_another_process_holds_it_and_its_death_frees_it(session, own_copy, qtbot):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(own_copy)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline().strip() == "True"
        with qtbot.waitSignal(session.locked):
            session.open_project(own_copy)
        with pytest.raises(ProjectError, match="another window"):
            session.document.save(own_copy, session.store.scene)
        holder.kill()
        holder.wait(10)
        opened(session, own_copy, qtbot)
        assert session.path == own_copy
    finally:
        holder.kill()
        holder.wait(10)
        for stream in (holder.stdin, holder.stdout):
            stream.close()
