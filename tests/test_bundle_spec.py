"""The bundle's description names what is there: read without building it."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "packaging" / "synthex.spec"


@pytest.fixture(scope="module")
def analysis(tmp_path_factory):
    """What the description hands to PyInstaller's analysis, by name."""
    given = {}

    def analyse(scripts, **options):
        given.update(options, scripts=scripts)
        return types.SimpleNamespace(pure=[], scripts=[], binaries=[], datas=[])

    hooks = types.ModuleType("PyInstaller.utils.hooks")
    hooks.copy_metadata = lambda name: [(name, "metadata")]
    parts = {"PyInstaller": types.ModuleType("PyInstaller"), "PyInstaller.utils.hooks": hooks}
    parts["PyInstaller.utils"] = types.ModuleType("PyInstaller.utils")
    names = {"Analysis": analyse, "SPECPATH": str(SPEC.parent)}
    names |= {name: lambda *_, **__: None for name in ("PYZ", "EXE", "COLLECT")}
    names["workpath"] = str(tmp_path_factory.mktemp("work"))
    with pytest.MonkeyPatch.context() as patch:
        for name, part in parts.items():
            patch.setitem(sys.modules, name, part)
        exec(compile(SPEC.read_text(encoding="utf-8"), str(SPEC), "exec"), names)
    return given


def test_every_file_it_takes_is_there(analysis):
    files = [*analysis["scripts"], *analysis["runtime_hooks"]]
    files += [source for source, place in analysis["datas"] if place != "metadata"]
    assert [path for path in files if not Path(path).exists()] == []
    places = {place for source, place in analysis["datas"] if source.endswith(".cu")}
    assert places == {"synthex_gui/physics/backends/cuda"}
    assert not {source for source, _ in analysis["datas"] if "__pycache__" in source}


def test_every_module_goes_in_and_is_found(analysis):
    hidden = set(analysis["hiddenimports"])
    # What nothing imports by a statement: commands, readers, pydicom's plug-in.
    assert {
        "synthex_gui.cli.export",
        "synthex_gui.io.child.readers",
        "synthex_gui.ui.window.application",
        "openjpeg",
        "pydicom.pixels.decoders.pylibjpeg",
    } <= hidden
    assert [name for name in hidden if importlib.util.find_spec(name) is None] == []


def test_the_versions_that_a_manifest_names_go_in(analysis):
    from synthex_gui.export.provenance import PACKAGES

    taken = {source for source, place in analysis["datas"] if place == "metadata"}
    assert {*PACKAGES, "pydicom", "pylibjpeg-openjpeg"} == taken


def test_what_it_leaves_out_is_not_needed(analysis):
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "synthex_gui").rglob("*.py"))
    )
    for name in analysis["excludes"]:
        # CuPy alone is asked for, by name and where it is installed.
        assert f"\nimport {name}" not in sources
        assert f"\nfrom {name}" not in sources
