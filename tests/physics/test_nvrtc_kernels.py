"""Every kernel compiles for every GPU generation that is served, with NVIDIA's own compiler."""

from __future__ import annotations

import re
import sys

import pytest
from cuda_on_cpu import kernel_names
from nvrtc import Nvrtc

from synthex_gui.physics.backends.cuda.source import (
    FILES,
    FOLDER,
    OPTIONS,
    cuda_source,
)

# What CuPy 14 adds to a module's own options.
AS_CUPY = (*OPTIONS, "--device-as-default-execution-space")

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no NVRTC for macOS")


@pytest.fixture(scope="module")
def nvrtc():
    return Nvrtc()


@pytest.mark.parametrize("architecture", ["sm_70", "sm_75", "sm_80", "sm_90"])
def test_nvrtc_compiles_every_kernel(nvrtc, architecture):
    if architecture == "sm_70" and nvrtc.version[0] >= 13:
        pytest.skip("CUDA 13 no longer serves sm_70")
    cubin, log = nvrtc.compile(cuda_source(), architecture, *AS_CUPY)
    assert cubin.startswith(b"\x7fELF")
    missing = [name for name in kernel_names() if name.encode() + b"\0" not in cubin]
    assert not missing
    # That sm_70 will go is the one thing that it may say.
    assert not [line for line in log.splitlines() if ".cu" in line]


def test_nvrtc_finds_no_spilled_registers(nvrtc):
    """What spills to memory is slow; the arrays of the mesh walk are meant to lie there."""
    _, log = nvrtc.compile(cuda_source(), "sm_90", *AS_CUPY, "--ptxas-options=-v")
    kernels = re.findall(
        r"properties for (\w+)\n\D*(\d+) bytes stack frame, (\d+) bytes spill stores", log
    )
    assert {name for name, _, _ in kernels} == set(kernel_names())
    assert not [(name, spills) for name, _, spills in kernels if int(spills)]


def test_nvrtc_makes_no_conversion_of_a_voxel(nvrtc):
    """They run at a fraction of the rate of additions; what is left belongs to bricks and rays."""
    ptx, _ = nvrtc.compile(cuda_source(), "compute_90", *AS_CUPY)
    bodies = re.findall(r"\.entry (integrate_\w+)\((.*?)\n\}", ptx.decode(), flags=re.DOTALL)
    assert {name for name, _ in bodies} == {n for n in kernel_names() if n.startswith("integrate")}
    for name, body in bodies:
        assert body.count("ld.global") > 8, name
        assert not re.findall(r"cvt\.rn\.f32\.[us](?:8|16)|cvt\.rn\.f32\.u32", body), name
        # Three axes of a brick, the steps' borders and a brick's first step, for each variant.
        assert len(re.findall(r"cvt\.rn\.f32\.s32", body)) <= 20, name


def test_nvrtc_refuses_a_broken_kernel(nvrtc):
    with pytest.raises(AssertionError, match=r"rays\.cu"):
        nvrtc.compile(
            cuda_source().replace("add_span<T, N>(field", "add_span<T, N>(fjeld"), "sm_80"
        )


def test_nvrtc_source_needs_no_header_and_no_file_is_long():
    assert "#include" not in cuda_source()
    assert set(FILES) == {path.name for path in FOLDER.glob("*.cu")}
    for name in FILES:
        assert len((FOLDER / name).read_text().splitlines()) <= 400
    assert len(kernel_names()) == len(set(kernel_names())) >= 12
