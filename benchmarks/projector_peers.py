"""Other projectors on the same scene, each skipped with its reason when it is not installed."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from projector_scene import (
    DETECTOR_MM,
    SDD_MM,
    SOURCE_TO_AIM_MM,
    best_of,
)

from synthex_gui.physics.backends.base import Field


class Absent(Exception):
    """A peer that is not installed, or does not run here."""


def rtk_joseph(field: Field, size: int, repeats: int) -> tuple[float, NDArray[np.float32]]:
    """(seconds, image) of RTK's JosephForwardProjectionImageFilter, as rows towards the feet."""
    try:
        import itk
        from itk import RTK as rtk
    except ImportError as error:
        raise Absent("itk-rtk is not installed (pip install itk-rtk)") from error
    image_type = itk.Image[itk.F, 3]
    volume = itk.image_from_array(
        np.maximum(field.stored, 0).astype(np.float32) * np.float32(field.scale)
    )
    spacing = [float(s) for s in field.grid.spacing_mm]
    volume.SetSpacing(spacing)
    # RTK turns about its y and shoots from +z: patient x -> -x, y (posterior) -> z, z -> y.
    direction = np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    volume.SetDirection(direction)
    half = np.array([s * (n - 1) / 2 for s, n in zip(spacing, field.stored.shape[::-1])])
    volume.SetOrigin([float(v) for v in direction @ -half])
    geometry = rtk.ThreeDCircularProjectionGeometry.New()
    geometry.AddProjection(SOURCE_TO_AIM_MM, SDD_MM, 0.0)
    source = rtk.ConstantImageSource[image_type].New()
    pitch = DETECTOR_MM / size
    source.SetSize([size, size, 1])
    source.SetSpacing([pitch, pitch, 1.0])
    source.SetOrigin([-pitch * (size - 1) / 2, -pitch * (size - 1) / 2, 0.0])
    source.SetConstant(0.0)
    joseph = rtk.JosephForwardProjectionImageFilter[image_type, image_type].New()
    joseph.SetGeometry(geometry)
    joseph.SetInput(0, source.GetOutput())
    joseph.SetInput(1, volume)
    joseph.Update()

    def again() -> None:
        joseph.Modified()
        joseph.Update()

    seconds = best_of(repeats, again)
    return seconds, itk.array_from_image(joseph.GetOutput())[0, ::-1, ::-1]


def plastimatch_exact(field: Field, size: int) -> float:
    """Seconds of plastimatch's exact (Siddon) ray tracer, as it reports them itself."""
    try:
        from importlib.metadata import PackageNotFoundError, distribution

        files = distribution("plastimatch").files or []
    except PackageNotFoundError as error:
        raise Absent("plastimatch is not installed (pip install plastimatch)") from error
    program = next(
        (Path(str(item.locate())) for item in files if "plastimatch/bin/plastimatch" in str(item)),
        None,
    )
    if program is None:
        raise Absent("plastimatch has no program in its package")
    with tempfile.TemporaryDirectory() as folder:
        _write_mha(Path(folder) / "ct.mha", field.stored - np.int16(1000), field.grid.spacing_mm)
        command = [str(program), "drr", "-i", "exact", "-t", "raw", "-P", "inline"]
        command += ["-r", f"{size} {size}", "-z", f"{DETECTOR_MM} {DETECTOR_MM}"]
        command += ["--sad", f"{SOURCE_TO_AIM_MM}", "--sid", f"{SDD_MM}", "-o", "0 0 0"]
        command += ["-n", "0 1 0", "--vup", "0 0 1", "-O", f"{folder}/drr", f"{folder}/ct.mha"]
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    found = re.search(r"[Tt]otal time:?\s*([0-9.]+)", said.stdout)
    if said.returncode or not found:
        raise Absent(f"plastimatch gave no time: {(said.stdout + said.stderr)[-300:]!r}")
    return float(found.group(1))


def _write_mha(path: Path, values: NDArray[Any], spacing: NDArray[Any]) -> None:
    sizes = values.shape[::-1]
    offset = [-s * (n - 1) / 2 for s, n in zip(spacing, sizes)]
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"Offset = {offset[0]} {offset[1]} {offset[2]}\n"
        f"ElementSpacing = {spacing[0]} {spacing[1]} {spacing[2]}\n"
        f"DimSize = {sizes[0]} {sizes[1]} {sizes[2]}\nElementType = MET_SHORT\n"
        "ElementDataFile = LOCAL\n"
    )
    with path.open("wb") as file:
        file.write(header.encode())
        file.write(np.ascontiguousarray(values, "<i2").tobytes())


def memory_of(size: int) -> dict[str, float]:
    """Peak memory in GiB of a child that projects a noisy CT of size^3 once (FAST, 1536^2), and
    of the CT itself."""
    run = [sys.executable, str(Path(__file__).with_name("projector.py")), "--memory-of", str(size)]
    said = subprocess.run(run, capture_output=True, text=True, check=False, timeout=900)
    if said.returncode:
        raise Absent(f"a CT of {size}^3 did not fit: {said.stderr[-200:]!r}")
    return {"peak_gib": float(said.stdout), "ct_gib": 2 * size**3 / 2**30}


@contextlib.contextmanager
def skipping(name: str) -> Any:
    """Print why a peer is left out, and go on."""
    try:
        yield
    except Absent as reason:
        print(f"  {name}: left out, {reason}")
