"""DiffDRR and DeepDRR on the GPU benchmark's CT; each is skipped with its reason where absent."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

import nibabel as nib
import numpy as np
from projector_peers import Absent
from projector_scene import DETECTOR_MM, SDD_MM, SOURCE_TO_AIM_MM

from synthex_gui.geometry.arrays import Volume

# Run by another interpreter: argv is the CT, the size, the distances and the detector's side.
DEEPDRR = """
import json, sys
from time import perf_counter
from deepdrr import MobileCArm, Projector, Volume
path, size, sdd, aim, side = sys.argv[1], *map(float, sys.argv[2:])
volume = Volume.from_nifti(path, use_thresholding=True)
arm = MobileCArm(volume.center_in_world, source_to_detector_distance=sdd,
    source_to_isocenter_vertical_distance=aim, sensor_height=int(size), sensor_width=int(size),
    pixel_size=side / size)
with Projector(volume, carm=arm, step=0.5, neglog=False) as projector:
    projector()
    seconds = []
    for _ in range(10):
        start = perf_counter()
        projector()
        seconds.append(perf_counter() - start)
print(json.dumps(min(seconds)))
"""


def diffdrr_s(ct: Volume, size: int, repeats: int) -> float:
    """Seconds of a line integral by DiffDRR's trilinear renderer, one sample a voxel."""
    try:
        import torch
        from diffdrr.data import read
        from diffdrr.drr import DRR
    except ImportError as error:
        raise Absent(f"not installed ({error}); pip install synthex-gui[bench-gpu]") from error
    if not torch.cuda.is_available():
        raise Absent("PyTorch sees no CUDA device")
    with tempfile.TemporaryDirectory() as folder:
        subject = read(str(_write(ct, Path(folder))))
        drr = DRR(subject, SDD_MM, size, DETECTOR_MM / size, renderer="trilinear").to("cuda")
        rotation = torch.zeros(1, 3, device="cuda")
        shift = torch.tensor([[0.0, SOURCE_TO_AIM_MM, 0.0]], device="cuda")
        steps = {"n_points": max(ct.values.shape)}
        seconds = []
        with torch.no_grad():
            for _ in range(repeats + 1):
                torch.cuda.synchronize()
                start = perf_counter()
                drr(rotation, shift, parameterization="euler_angles", convention="ZXY", **steps)
                torch.cuda.synchronize()
                seconds.append(perf_counter() - start)
    return min(seconds[1:])


def deepdrr_s(ct: Volume, size: int, python: str | None) -> float:
    """Seconds of DeepDRR's polychromatic image, without scatter and noise, step 0.5 mm."""
    if python is None:
        raise Absent("no interpreter is given (--deepdrr PYTHON)")
    with tempfile.TemporaryDirectory() as folder:
        path = _write(ct, Path(folder))
        numbers = [str(value) for value in (size, SDD_MM, SOURCE_TO_AIM_MM, DETECTOR_MM)]
        said = subprocess.run(
            [python, "-c", DEEPDRR, str(path), *numbers],
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    if said.returncode:
        raise Absent(f"DeepDRR failed: {said.stderr.strip().splitlines()[-1:]}")
    return float(json.loads(said.stdout.strip().splitlines()[-1]))


def _write(ct: Volume, folder: Path) -> Path:
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ ct.grid.world_from_voxel
    path = folder / "ct.nii.gz"
    nib.save(nib.Nifti1Image(ct.values.transpose(2, 1, 0), ras), path)
    return path
