"""The document without files to read: what counts as edited, what is written."""

import json
from types import SimpleNamespace

import pytest

from synthex_gui.app.document import Document
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import ProjectError
from synthex_gui.scene.view_state import ViewState


@pytest.fixture
def document(qapp):
    return Document(Scene())


def change(document):
    document.store.apply("Level", lambda scene: scene.evolve(level="naive"))


def test_an_opening_takes_its_place_once(document):
    put = []
    opening = document.begin("a")
    document.arrive(opening, lambda: put.append("a"))
    document.arrive(opening, lambda: put.append("again"))
    assert put == ["a"]


def test_a_newer_opening_makes_an_older_one_void_whichever_comes_first(document):
    for order in ((0, 1), (1, 0)):
        put = []
        openings = [document.begin("a"), document.begin("b")]
        for number in order:
            document.arrive(openings[number], lambda n=number: put.append("ab"[n]))
        assert put == ["b"]


def test_a_newer_opening_stops_the_older_ones_work(document):
    class Job:
        is_cancelled = False

        def cancel(self):
            self.is_cancelled = True

    first = document.begin("a")
    first.job = Job()
    document.begin("b")
    assert first.job.is_cancelled


def test_changes_that_are_already_dirty_at_the_request_are_settled(document):
    change(document)
    put, asked = [], []
    document.arrived.connect(asked.append)
    opening = document.begin("a")
    document.arrive(opening, lambda: put.append("a"))
    assert put == ["a"]
    assert asked == []


def test_replacing_counts_documents_and_tells_of_the_view_last(document, tmp_path):
    told = []
    document.replaced.connect(lambda: told.append("replaced"))
    document.path_changed.connect(lambda: told.append("path"))
    document.view_opened.connect(lambda view: told.append(view.layout))
    number = document.number
    change(document)
    document.replace(Scene(), tmp_path / "p.synthex", ViewState(layout="room"))
    assert document.number == number + 1
    assert document.store.history.isClean()
    assert told.index("replaced") < told.index("room")
    assert "path" in told


def test_saving_writes_the_view_and_makes_it_clean(document, tmp_path):
    change(document)
    document.show_in(SimpleNamespace(taken=lambda: ViewState(layout="images")))
    path = tmp_path / "p.synthex"
    document.save(path, document.store.scene)
    assert json.loads(path.read_text())["view"]["layout"] == "images"
    assert document.path == path
    assert document.store.history.isClean()


@pytest.mark.trust("E8")
def test_saving_that_fails_leaves_it_dirty_and_the_old_file_whole(document, tmp_path, monkeypatch):
    path = tmp_path / "p.synthex"
    document.save(path, document.store.scene)
    before = path.read_bytes()
    change(document)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("synthex_gui.core.files.os.fsync", full)
    with pytest.raises(ProjectError, match=r"p\.synthex: cannot be written"):
        document.save(path, document.store.scene)
    assert not document.store.history.isClean()
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["p.synthex"]


def test_without_a_window_the_view_stays_as_it_was_opened(document, tmp_path):
    view = ViewState(layout="images", crosshair_mm=(1.0, 2.0, 3.0))
    document.replace(Scene(), None, view)
    path = tmp_path / "p.synthex"
    document.save(path, document.store.scene)
    assert ViewState.of(json.loads(path.read_text())["view"]) == view
