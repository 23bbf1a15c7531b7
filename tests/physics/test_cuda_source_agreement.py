"""The CUDA kernels next to the CPU backend: the same numbers, whatever the order of threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cuda_backends import KINDS, make_backend, on_fake
from cuda_on_cpu import build, needs_compiler
from fake_cupy import FakeCupy
from reference import grid, relative_rms
from scenes import OBLIQUE, ball, blobs, box, c_arm

from synthex_gui.geometry.transforms import rigid, rotation_about
from synthex_gui.physics.backends.base import Field, PlacedMesh, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cuda import field as cuda_field

HERE = Path(__file__).parent
VIEWS = [(0, 0), (90, 0), (45, 25), (-120, 40)]


@pytest.fixture(params=KINDS)
def cuda(request):
    made = make_backend(request.param)
    yield made
    made.close()


@pytest.fixture
def cpu():
    made = CpuBackend(2)
    yield made
    made.close()


def upload(backend, seed=0):
    """Two tissues of one grid, the second sparse; two labels on grids of their own; two tools."""
    shape = (70, 60, 80)
    on = grid(shape, (1.0, 1.1, 0.9), OBLIQUE)
    whole = blobs(shape, 30.0, seed).astype(np.int32)
    bone = np.where(whole > 900, whole - 900, 0).astype(np.uint16)
    backend.upload_field("water", Field(np.maximum(whole - bone, 0).astype(np.uint16), 1e-4, on))
    backend.upload_field("bone", Field(bone, 2e-4, on))
    for n, part in enumerate((whole > 1000, whole < -10)):
        mask = part.astype(np.uint8)
        backend.upload_field(f"label{n}", Field(mask, 1.0, on))
    backend.upload_mesh("ball", ball(12))
    backend.upload_mesh("box", box(10, 40, 8))


def request_of(view, size=130, quality=Quality.EXACT):
    at = rigid(rotation_about([1, 2, 0], 40.0), [9, 2, 3.0])
    return ProjectionRequest(
        c_arm(*view, size),
        ("water", "bone"),
        ("label0", "label1"),
        (PlacedMesh("ball", np.eye(4)), PlacedMesh("box", at, 2)),
        quality,
    )


def images_of(result):
    yield from result.fields.items()
    yield from result.labels_mm.items()
    yield from ((f"owned {n}", image) for n, image in enumerate(result.meshes_mm))
    yield from ((f"whole {n}", image) for n, image in enumerate(result.whole_mm))
    yield "first", result.first_mm


def bytes_of(result):
    return {name: image.tobytes() for name, image in images_of(result)}


@pytest.mark.parametrize("view", VIEWS)
def test_agrees_with_the_cpu(cuda, cpu, view):
    upload(cuda)
    upload(cpu)
    request = request_of(view)
    ours, theirs = cuda.project(request), cpu.project(request)
    # Metal takes most of the bone away: errors are measured by what was there before.
    whole = cpu.project(ProjectionRequest(request.camera, request.fields)).fields
    assert (ours.backend, theirs.backend) == ("cuda", "cpu")
    mine = dict(images_of(ours))
    for name, image in images_of(theirs):
        assert mine[name].dtype == np.float32
        assert mine[name].shape == image.shape
        if name in ours.fields:
            error = np.sqrt(np.mean((mine[name] - image) ** 2) / np.mean(whole[name] ** 2))
            # Noisy voxels of a small volume, of which the CPU's own error is most.
            assert error < (1.5e-3 if name == "water" else 5e-3)
        elif name.startswith(("owned", "whole", "first")):
            np.testing.assert_allclose(mine[name], image, rtol=1e-6, atol=1e-4)
            assert np.isfinite(image).any()


def shell(dtype=np.uint16, inside=900):
    """Something that is the same nearly everywhere, around a ball."""
    shape = (90, 80, 70)
    z, y, x = np.ogrid[:90, :80, :70]
    ball_there = (z - 40) ** 2 + (y - 38) ** 2 + (x - 30) ** 2 < 15**2
    values = np.where(ball_there, inside, 30).astype(dtype)
    return Field(values, 1e-3, grid(shape, (1.0, 1.1, 0.9), OBLIQUE))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("quality", [Quality.EXACT, Quality.FAST])
def test_what_is_the_same_everywhere_is_whole(view, quality):
    """Read once a brick or sampled at every step: the same integral."""
    backend = on_fake()
    backend.upload_field("one", shell())
    backend.upload_field("two", shell(inside=30))
    request = ProjectionRequest(c_arm(*view, 100), ("one", "two"), quality=quality)
    at_once = backend.project(request).fields
    backend._packed["one", "two"].bricks.values[...] = 3
    sampled = backend.project(request).fields
    for name, image in at_once.items():
        assert image.max() > 1.0
        np.testing.assert_allclose(image, sampled[name], rtol=2e-5, atol=1e-6)
    backend.close()


@pytest.mark.parametrize("inside", [900, 0])
def test_bricks_say_what_is_in_them(inside):
    backend = on_fake()
    one, two = shell(inside=inside), shell(inside=30)
    two.stored[:] = np.arange(90)[:, None, None] // 40
    backend.upload_field("one", one)
    backend.upload_field("two", two)
    backend.project(ProjectionRequest(c_arm(0, 0, 8), ("one", "two")))
    packed = backend._packed["one", "two"]
    nx, ny, nz = packed.size
    bricks = packed.bricks.values.reshape(nz // 8 + 1, ny // 8 + 1, nx // 8 + 1)
    voxels = packed.voxels.values.reshape(nz + 2, ny + 2, nx + 2, 2)
    for z, y, x in np.ndindex(bricks.shape):
        block = voxels[8 * z : 8 * z + 9, 8 * y : 8 * y + 9, 8 * x : 8 * x + 9].reshape(-1, 2)
        there = block.any(axis=0) @ [1, 2]
        assert bricks[z, y, x] == there + 128 * np.all(block == block[0])
    assert 0.4 < np.mean(bricks >= 128) < 1.0
    backend.close()


@pytest.mark.parametrize("view", VIEWS)
def test_naive_within_five_hundredths_of_a_percent(cuda, cpu, view):
    """A smooth field the size of a small CT: noise averages out over more slabs than are here."""
    shape = (120, 130, 140)
    field = Field(blobs(shape), 2e-5, grid(shape, (1, 1, 1), rotation_about([1, 1, 0], 12.0)))
    images = []
    for backend in (cuda, cpu):
        backend.upload_field("ct", field)
        images.append(backend.project(ProjectionRequest(c_arm(*view, 100), ("ct",))).fields["ct"])
    assert relative_rms(*images) < 5e-4


@pytest.mark.parametrize("view", VIEWS)
def test_masks_differ_at_edges_only(cuda, cpu, view):
    """Pixels on either side of the threshold lie where the label is a voxel thick."""
    shape = (60, 60, 60)
    z, y, x = np.indices(shape) - 29.5
    mask = ((x**2 + (y * 1.3) ** 2 + z**2 < 24**2) & (abs(x - 4) > 3)).astype(np.uint8)
    field = Field(mask, 1.0, grid(shape, (1, 1, 1), OBLIQUE))
    masks = []
    for backend in (cuda, cpu):
        backend.upload_field("part", field)
        request = ProjectionRequest(c_arm(*view, 160), labels=("part",))
        masks.append(backend.project(request).labels_mm["part"])
    differ = (masks[0] > 0.5) != (masks[1] > 0.5)
    assert (masks[1] > 0.5).sum() > 3000
    assert differ.mean() < 2e-3
    assert masks[1][differ].max(initial=0.0) < 1.5


@pytest.mark.parametrize("quality", list(Quality))
def test_same_bytes_in_any_order_of_threads(quality):
    seen = []
    for backwards in (False, True):
        fake = FakeCupy()
        fake.kernels.backwards = backwards
        try:
            backend = on_fake(fake)
            upload(backend)
            seen.append(bytes_of(backend.project(request_of((30, 20), quality=quality))))
            backend.close()
        finally:
            fake.kernels.backwards = False
    assert seen[0] == seen[1]


def test_pairs_stages_and_empty_bricks_change_nothing(monkeypatch):
    """Fields read together, in pieces, or with every brick taken for full: the same bytes."""
    together = on_fake()
    upload(together)
    request = request_of((30, 20))
    expected = bytes_of(together.project(request))
    kernels = together._device._cupy.launched
    assert "integrate_u16_2" in kernels
    assert "integrate_u16_1" not in kernels
    pair = together._packed["water", "bone"].bricks.values
    assert set(np.unique(pair)) >= {1, 3}
    for packed in together._packed.values():
        packed.bricks.values[...] = 3 if packed.kernel.endswith("2") else 1
    assert bytes_of(together.project(request)) == expected

    monkeypatch.setattr(cuda_field, "STAGE_BYTES", 30_000)
    apart = on_fake()
    upload(apart)
    for key in ("water", "bone"):
        alone = ProjectionRequest(request.camera, (key,), meshes=request.meshes)
        image = apart.project(alone).fields[key]
        np.testing.assert_allclose(
            image,
            np.frombuffer(expected[key], np.float32).reshape(image.shape),
            rtol=2e-4,
            atol=1e-4,
        )
    staged = on_fake()
    upload(staged)
    assert bytes_of(staged.project(request)) == expected


def test_a_field_of_its_own_type_and_one_that_is_empty(cuda, cpu):
    shape = (20, 24, 28)
    on = grid(shape, (2, 2, 2))
    values = blobs(shape).clip(0, 250)
    fields = {
        "a": Field(values.astype(np.uint8), 1e-3, on),
        "b": Field(values.astype(np.int16) - 20, 1e-3, on),
        "c": Field(np.zeros(shape, np.uint16), 1e-3, on),
        "d": Field(values.astype(np.uint16)[::2].copy(), 1e-3, grid((10, 24, 28), (2, 2, 4))),
    }
    request = ProjectionRequest(c_arm(10, 20, 60), tuple(fields), ("a", "c"))
    results = []
    for backend in (cuda, cpu):
        for key, field in fields.items():
            backend.upload_field(key, field)
        results.append(backend.project(request))
    for key in fields:
        assert relative_rms(results[0].fields[key] + 1e-6, results[1].fields[key] + 1e-6) < 5e-3
    assert results[0].first_mm is None
    assert results[0].meshes_mm == results[0].whole_mm == ()


def test_every_access_is_inside_its_memory(tmp_path):
    """The kernels with address and undefined-behaviour checks, in a process of their own."""
    needs_compiler()
    compiler = os.environ.get("CXX", "g++")
    said = subprocess.run(
        [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=False
    )
    runtime = Path(said.stdout.strip())
    if said.returncode or not runtime.is_absolute():
        pytest.skip(f"{compiler} has no AddressSanitizer")
    library = build(tmp_path, "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    finished = subprocess.run(
        [sys.executable, str(HERE / "cuda_sanitized_views.py"), str(library)],
        env={**os.environ, "LD_PRELOAD": str(runtime), "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert finished.stdout.startswith("views are finite")
