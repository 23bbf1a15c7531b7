"""What pyproject.toml declares is what the code imports, no more and no less."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Found at run time by their own metadata, so that no import names them.
PLUGINS = {"pylibjpeg-openjpeg": "pydicom decodes JPEG 2000 with it"}
# A part that a declared dependency pins exactly and re-exports from.
PARTS = {"pydantic_core": "pydantic"}
# Distributions that a test environment does not hold, by what is imported of them.
ABSENT = {
    "cupy": "cupy-cuda12x",
    "itk": "itk-rtk",
    "plastimatch": "plastimatch",
    "spekpy": "spekpy",
    "diffdrr": "diffdrr",
    "PyInstaller": "pyinstaller",
    # DiffDRR brings it.
    "torch": "diffdrr",
}
# Needs NumPy 1, hence an environment of its own (benchmarks/gpu.py --deepdrr).
APART = {"deepdrr"}
EXTRAS = {
    "synthex_gui": ("cuda12", "cuda13"),
    "tests": ("test", "bundle"),
    "benchmarks": ("bench", "bench-gpu", "cuda12"),
    "packaging": ("spectra", "bundle"),
}


@cache
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras):
    lines = list(project()["dependencies"])
    for extra in extras:
        lines += project()["optional-dependencies"][extra]
    return {plain(re.match(r"[\w.-]+", line).group()) for line in lines}


def imported(source):
    """Top-level names that a source imports, `import_module("name")` too."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func).rpartition(".")[2]
            if called in ("import_module", "__import__", "importorskip"):
                names.add(str(node.args[0].value))
    return {name.split(".")[0] for name in names}


def third_party(folder):
    """(distribution names, or the import's own name where none is known) of a folder's imports."""
    files = sorted((ROOT / folder).rglob("*.py"))
    own = {"synthex_gui", "tests", *(path.stem for path in files), *sys.stdlib_module_names}
    found = set().union(*(imported(path.read_text(encoding="utf-8")) for path in files))
    known = packages_distributions()
    if folder != "synthex_gui":
        # Tests, benchmarks and the makers of resources share a few helpers.
        for other in ("tests", "benchmarks", "packaging"):
            own |= {path.stem for path in (ROOT / other).rglob("*.py")}
    owners = {name: known.get(name, [ABSENT.get(name, name)]) for name in found}
    owners |= {name: [owner] for name, owner in PARTS.items()}
    return {name: {plain(item) for item in owners[name]} for name in found - own - APART}


@pytest.mark.parametrize("folder", EXTRAS)
def test_every_import_is_declared(folder):
    allowed = declared(*EXTRAS[folder])
    missing = [name for name, owners in third_party(folder).items() if not owners & allowed]
    assert not missing


def test_every_dependency_is_imported():
    used = set().union(*third_party("synthex_gui").values())
    assert declared() - used == set(PLUGINS)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import h5py", "h5py"),
        ("import scipy.fft as f", "scipy"),
        ("def late():\n    from networkx.algorithms import dag", "networkx"),
        ("import importlib\nimportlib.import_module('trimesh.creation')", "trimesh"),
        ("__import__('yaml')", "yaml"),
    ],
)
def test_every_form_of_import_is_seen(source, name):
    assert name in imported(source)
    assert imported("from . import x\nfrom .h5py import y") == set()


def test_the_lock_files_name_no_place_and_hold_what_is_declared():
    for lock, extras in (("app", ()), ("test", ("test",))):
        text = (ROOT / "packaging" / f"requirements-{lock}.lock").read_text(encoding="utf-8")
        assert not re.search(r"https?:|file:|--(extra-)?index|--find-links|^/", text, re.MULTILINE)
        locked = {plain(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
        assert declared(*extras) <= locked
