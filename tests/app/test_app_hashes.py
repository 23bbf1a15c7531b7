"""A project is saved with the hashes of its files as they were read, and without waiting."""

import os
import shutil

import pytest

from synthex_gui.app import inputs
from synthex_gui.io.hashing import sha256_of
from synthex_gui.scene.project import read_project


@pytest.fixture
def project(small_project, tmp_path):
    """A copy that a test may write to."""
    return shutil.copytree(small_project.parent, tmp_path / "project") / small_project.name


@pytest.fixture
def no_hashing(monkeypatch):
    """The children that may hash have a copy of their own of this."""

    def fail(*_):
        raise AssertionError("hashed in this process")

    monkeypatch.setattr("synthex_gui.io.hashing._of_file", fail)


def write_again(path):
    before = path.stat().st_mtime_ns
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(0, before + 1_000_000_000))


def open_in(session, project, qtbot):
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(project)


def test_a_saved_project_has_the_hashes(session, project, qtbot, settled, no_hashing):
    open_in(session, project, qtbot)
    settled()
    assert not session.inputs.lacks_hashes_of(session.store.scene)
    assert session.save(project)
    scene, _ = read_project(project)
    assert scene.ct.sha256 is not None
    assert scene.labels.sha256 is not None


def test_a_file_written_between_reading_and_hashing_does_not_get_the_later_hash(
    session, project, qtbot, settled, monkeypatch
):
    ct = project.parent / "ct.nii.gz"
    as_read = sha256_of(ct)
    hash_all = inputs._hash_all

    def late(files):
        write_again(ct)
        return (yield from hash_all(files))

    monkeypatch.setattr(inputs, "_hash_all", late)
    open_in(session, project, qtbot)
    settled()
    warned = []
    session.warned.connect(warned.append)
    assert session.save(project)
    scene, _ = read_project(project)
    assert scene.ct.sha256 is None
    assert scene.labels.sha256 is not None
    assert sha256_of(ct) != as_read
    qtbot.waitUntil(lambda: bool(warned), timeout=5000)
    assert "ct.nii.gz" in warned[0]


def test_a_file_written_while_it_is_hashed_neither(session, project, qtbot, settled, monkeypatch):
    ct = project.parent / "ct.nii.gz"
    load_steps = inputs.load_steps

    def slow(kind, path):
        digest = yield from load_steps(kind, path)
        if path == str(ct):
            write_again(ct)
        return digest

    monkeypatch.setattr(inputs, "load_steps", slow)
    open_in(session, project, qtbot)
    settled()
    assert session.save(project)
    assert read_project(project)[0].ct.sha256 is None


def test_saving_after_a_checksum_that_failed_reads_nothing(
    session, project, qtbot, settled, no_hashing, monkeypatch
):
    ct = project.parent / "ct.nii.gz"

    def gone(files):
        ct.rename(ct.with_name("away.nii.gz"))
        return (yield from hash_all(files))

    hash_all = inputs._hash_all
    monkeypatch.setattr(inputs, "_hash_all", gone)
    open_in(session, project, qtbot)
    settled()
    assert session.inputs.lacks_hashes_of(session.store.scene)
    problems = []
    session.problem.connect(problems.append)
    assert session.save(project)
    assert problems == []
    assert session.store.history.isClean()
    # It can be read again later: then the hash comes too.
    monkeypatch.setattr(inputs, "_hash_all", hash_all)
    ct.with_name("away.nii.gz").rename(ct)
    session.inputs.learn(session.store.scene)
    settled()
    assert session.save(project)
    assert read_project(project)[0].ct.sha256 is not None


def test_a_hash_saved_before_stays_where_nothing_else_is_known(
    session, project, qtbot, settled, monkeypatch
):
    open_in(session, project, qtbot)
    settled()
    assert session.save(project)
    known = read_project(project)[0].ct.sha256
    session.inputs._hashes.clear()
    monkeypatch.setattr(inputs, "load_steps", lambda *_: iter(()))
    open_in(session, project, qtbot)
    settled()
    session.inputs._hashes.clear()
    assert session.save(project)
    assert read_project(project)[0].ct.sha256 == known
