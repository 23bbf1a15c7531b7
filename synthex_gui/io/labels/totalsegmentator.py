"""Structure names of TotalSegmentator v2, task "total": the 117 classes, ids 1 to 117.

Source: Wasserthal et al. 2023, doi 10.1148/ryai.230024, class table of the v2 release
(``totalsegmentator/map_to_binary.py``, class_map["total"]).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.transforms import Matrix

TOTAL_V2: tuple[str, ...] = (
    "spleen",
    "kidney_right",
    "kidney_left",
    "gallbladder",
    "liver",
    "stomach",
    "pancreas",
    "adrenal_gland_right",
    "adrenal_gland_left",
    "lung_upper_lobe_left",
    "lung_lower_lobe_left",
    "lung_upper_lobe_right",
    "lung_middle_lobe_right",
    "lung_lower_lobe_right",
    "esophagus",
    "trachea",
    "thyroid_gland",
    "small_bowel",
    "duodenum",
    "colon",
    "urinary_bladder",
    "prostate",
    "kidney_cyst_left",
    "kidney_cyst_right",
    "sacrum",
    "vertebrae_S1",
    "vertebrae_L5",
    "vertebrae_L4",
    "vertebrae_L3",
    "vertebrae_L2",
    "vertebrae_L1",
    "vertebrae_T12",
    "vertebrae_T11",
    "vertebrae_T10",
    "vertebrae_T9",
    "vertebrae_T8",
    "vertebrae_T7",
    "vertebrae_T6",
    "vertebrae_T5",
    "vertebrae_T4",
    "vertebrae_T3",
    "vertebrae_T2",
    "vertebrae_T1",
    "vertebrae_C7",
    "vertebrae_C6",
    "vertebrae_C5",
    "vertebrae_C4",
    "vertebrae_C3",
    "vertebrae_C2",
    "vertebrae_C1",
    "heart",
    "aorta",
    "pulmonary_vein",
    "brachiocephalic_trunk",
    "subclavian_artery_right",
    "subclavian_artery_left",
    "common_carotid_artery_right",
    "common_carotid_artery_left",
    "brachiocephalic_vein_left",
    "brachiocephalic_vein_right",
    "atrial_appendage_left",
    "superior_vena_cava",
    "inferior_vena_cava",
    "portal_vein_and_splenic_vein",
    "iliac_artery_left",
    "iliac_artery_right",
    "iliac_vena_left",
    "iliac_vena_right",
    "humerus_left",
    "humerus_right",
    "scapula_left",
    "scapula_right",
    "clavicula_left",
    "clavicula_right",
    "femur_left",
    "femur_right",
    "hip_left",
    "hip_right",
    "spinal_cord",
    "gluteus_maximus_left",
    "gluteus_maximus_right",
    "gluteus_medius_left",
    "gluteus_medius_right",
    "gluteus_minimus_left",
    "gluteus_minimus_right",
    "autochthon_left",
    "autochthon_right",
    "iliopsoas_left",
    "iliopsoas_right",
    "brain",
    "skull",
    "rib_left_1",
    "rib_left_2",
    "rib_left_3",
    "rib_left_4",
    "rib_left_5",
    "rib_left_6",
    "rib_left_7",
    "rib_left_8",
    "rib_left_9",
    "rib_left_10",
    "rib_left_11",
    "rib_left_12",
    "rib_right_1",
    "rib_right_2",
    "rib_right_3",
    "rib_right_4",
    "rib_right_5",
    "rib_right_6",
    "rib_right_7",
    "rib_right_8",
    "rib_right_9",
    "rib_right_10",
    "rib_right_11",
    "rib_right_12",
    "sternum",
    "costal_cartilages",
)
"""``TOTAL_V2[id - 1]`` is the name of label `id`."""

# Fewer ids than this fit any numbering; a third of the body has more of them.
LEAST_IDS = 12
LEAST_PAIRS = 3


def fits_totalsegmentator(
    values: NDArray[Any], world_from_voxel: Matrix, present: Sequence[int]
) -> bool:
    """True when ids of a map (nz, ny, nx) without names look like task "total".

    At least 12 ids, none above 117, and of at least 3 pairs of left and right structures nearly
    all lie on their sides of each other (LPS +x is the patient's left).
    """
    if len(present) < LEAST_IDS or present[-1] > len(TOTAL_V2):
        return False
    names = dict(enumerate(TOTAL_V2, start=1))
    seen, right_way = sides(values, world_from_voxel, present, names)
    return seen >= LEAST_PAIRS and right_way >= 0.8 * seen


def sides(
    values: NDArray[Any],
    world_from_voxel: Matrix,
    present: Sequence[int],
    names: Mapping[int, str],
) -> tuple[int, int]:
    """(pairs of a left and a right structure that are there, those of which the left one lies
    further to the patient's left, LPS +x) of a map (nz, ny, nx) whose ids have these names.
    """
    number_of = {name: number for number, name in names.items()}
    pairs = [
        (left, number_of.get(names[left].replace("left", "right"), 0))
        for left in present
        if "left" in names.get(left, "")
    ]
    pairs = [pair for pair in pairs if pair[1] in present]
    if not pairs:
        return 0, 0
    # Two million voxels tell on which side an organ lies as well as all of them do.
    stride = max(1, round((values.size / 2e6) ** (1 / 3)))
    coarse = values[::stride, ::stride, ::stride]
    nz, ny, nx = coarse.shape
    k, j, i = np.ogrid[0:nz, 0:ny, 0:nx]
    x_mm = world_from_voxel[0, 0] * i + world_from_voxel[0, 1] * j + world_from_voxel[0, 2] * k
    ids = coarse.ravel()
    longest = max(present) + 1
    counts = np.bincount(ids, minlength=longest)
    sums = np.bincount(ids, weights=np.broadcast_to(x_mm, coarse.shape).ravel(), minlength=longest)
    means = sums / np.maximum(counts, 1)
    seen = [(left, right) for left, right in pairs if counts[left] and counts[right]]
    return len(seen), sum(bool(means[left] > means[right]) for left, right in seen)
