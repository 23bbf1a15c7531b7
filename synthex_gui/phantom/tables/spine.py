"""Sacrum, coccyx and vertebrae, mm, origin midway between the femoral heads.

Sources: sacral curve measured on the Visible Human Female (CT and bone surface), placed as in the
TotalSegmentator example CT; lumbar places, sizes and tilts from the latter's labels, thoracic ones
from LIDC-IDRI-0001; pedicles and processes textbook (Panjabi 1992); the rest designed. Result:
L1-S1 lordosis 62 degrees, sacral slope 44, pelvic tilt 15.5, pelvic incidence 59.5.
"""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.curves import grid_points, points

# Front midline (y, z) of sacrum and coccyx from the promontory; s is arc length down this curve.
SACRUM_FRONT = points("14,84 34,77.5 54,67 71,52 81,35 86,16 85,2 80,-10")
SACRUM_END = 128.0
S2_END = 55.0
# Tables in s: half width and its slope in depth, midline depth, ala depth, front slope.
SACRUM_HALF_WIDTH = points(
    "-12,40 0,54 10,59 25,60 40,57 55,50 70,43 85,37 95,29 104,17 110,11 120,8 128,5"
)
SACRUM_WIDTH_SLOPE = points("0,.55 40,.35 70,.3 100,.1")
SACRUM_DEPTH = points("0,42 14,50 24,45 40,38 60,29 78,22 92,15 104,9 115,8 128,5")
SACRUM_ALA = points("-12,30 0,42 14,42 30,36 48,26 62,18 78,13 92,9 104,8")
SACRUM_FRONT_SLOPE = points("0,.30 20,.15 45,0 70,-.03")
# Chart points (s, n, x, r) and (s, n, r).
S1_FACET = points("24,37,20,6 18,40,21,5 14,42,21.5,4")
SACRAL_CANAL = points("8,38,8.5 24,33,7.5 45,26,5.5 66,19,4 84,13,2.5")
# One row a foramen: s, x, radius, end depth. They are funnels: straight holes project as washers.
SACRAL_FORAMINA = points("31,23.5,6.6,40 55,21.5,6,32 75,19.5,5.2,24 92,17.5,4.4,18")
FUNNEL_DEPTH = (-7.0, 0.0, 0.3, 0.6, 1.0)  # first two in mm, then shares of the end depth
FUNNEL_RADIUS = np.array([1.5, 1.2, 0.66, 0.36, 0.3])
SACRUM_WING_HU = 70.0
SACRUM_HU = (1.0, 850.0, 160.0, 115.0)  # cortex mm, cortex, trabecular, texture

LEVELS = (
    "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9", "T8", "T7", "T6", "T5", "T4", "T3",
    "T2", "T1", "C7", "C6", "C5", "C4",
)  # fmt: skip
# y, z of the body's centre, tilt (top leans forward) in degrees, half width, half depth, height.
BODIES = points(
    "12,114.5,21,26.5,17.5,27.5 1,151.5,7,25.5,17.3,28 1,188.5,-5,24.5,17,28 "
    "8,225,-14,23.5,16.5,27.5 19,259.5,-18,22.5,16,26.5 29.5,291,-17,21.5,15.5,25 "
    "40,317,-14,20.5,15.3,23.5 47,340,-11,19.5,15.2,22 52,362,-8,18.5,15,20.5 "
    "56,383.5,-4,17.8,14.7,20 57,404.5,0,17,14.2,19.5 54,425.5,5,16.3,13.5,19 "
    "48,445.5,12,15.8,12.8,18.5 40,464,18,15.3,12.2,17.5 29.5,481,24,15,11.5,17 "
    "16,497,30,15.3,11,16.5 2,512,34,16.5,10.5,16 "
    "-10,528,30,15,8.5,14 -18,545,24,13.5,8,13 -24,562,16,13,8,13 -28,579.5,6,12.5,7.8,13"
)
# L5..L1: canal y, x; pedicle x, rx, rz; transverse tip x, y, z, r; spinous length, drop, height;
# facet x, up, down; waist; wedge (front half height x (1 + w), back x (1 - w)).
LUMBAR = np.array(
    [
        [8, 12.5, 18, 7, 7.2, 46, 20, 9, 4.6, 20, 2, 9, 20, 12, 18, 0.15, 0.10],
        [8, 12, 15.5, 5.8, 7.4, 45, 25, 10, 3, 25, 3, 14, 17.5, 15, 23, 0.19, 0.04],
        [8, 11.5, 14, 5, 7.4, 48, 26, 9, 2.7, 27, 3, 15, 15.5, 15, 23, 0.20, 0],
        [8, 11.3, 12.8, 4.4, 7.4, 41, 26, 8, 2.7, 26, 3, 15, 14.5, 15, 23, 0.20, -0.02],
        [8, 11, 12.2, 4.2, 7.4, 36, 24, 7, 2.8, 25, 4, 14, 13.5, 14, 22, 0.19, -0.03],
    ]
)
LUMBOSACRAL_DISC = (0.0, 19.5, 105.0)

# Ribs 1..12, left: eight points x,y,z from the angle to the cartilage.
RIBS = grid_points(
    "41,6,522 49,-3,516 54,-14,509 59,-25,504 57,-38,499 51,-49,492 46,-61,487 38,-72,484|"
    "37,22,515 57,13,512 76,4,505 85,-14,495 82,-34,485 74,-54,478 60,-71,471 40,-82,467|"
    "36,40,501 62,32,506 84,16,496 97,-5,483 100,-29,469 92,-53,457 76,-73,447 55,-87,438|"
    "37,54,487 67,45,491 90,24,481 103,-1,466 106,-29,449 101,-55,431 86,-79,416 61,-96,405|"
    "37,67,467 69,56,471 91,31,462 105,3,447 110,-25,428 109,-52,407 97,-78,388 73,-96,373|"
    "38,78,443 70,66,446 91,40,439 104,11,425 111,-18,405 111,-45,384 105,-72,364 86,-94,344|"
    "37,84,418 70,76,420 91,49,414 104,20,402 113,-9,384 117,-36,364 116,-62,341 106,-85,318|"
    "36,85,390 68,79,390 90,56,384 105,28,374 116,2,357 123,-24,337 124,-47,314 117,-67,289|"
    "35,80,365 65,79,361 89,63,354 107,42,343 119,18,329 126,-6,313 127,-28,293 121,-49,273|"
    "33,75,342 58,75,334 81,68,323 100,53,311 114,35,297 125,15,282 129,-6,266 129,-28,251|"
    "32,66,312 50,69,303 68,68,292 84,60,280 97,50,268 110,38,256 120,24,245 127,7,235|"
    "31,56,280 39,56,273 48,57,266 56,56,259 65,56,254 74,55,247 82,52,240 91,50,234"
)
# Where the cartilages of ribs 1-7 meet the sternum.
STERNAL_ENDS = points(
    "18,-80,486 17,-86,466 16,-93,446 15,-98,424 14,-101,402 12,-102,384 11,-100,372"
)
# Half width, y, z, r.
STERNUM = points("24,-77,498,5 22,-83,482,5 12,-90,462,4.5 12,-97,430,4.5 13,-102,400,4.5 "
                 "8,-100,376,4 4,-97,358,2.5")  # fmt: skip
CLAVICLE = points(
    "20,-70,498,8 33,-72,504,6.3 54,-66,513,5 76,-46,521,4.6 98,-20,528,5 118,2,533,5.4 "
    "134,12,535,4.6"
)
SCAPULA = grid_points(
    "72,66,512,3.5 100,52,520,3.5 132,18,520,8|72,76,480,3.2 98,66,484,1.5 128,30,494,6|"
    "80,84,445,3.2 100,78,445,1.4 120,56,455,3.5|92,90,415,3.2 102,86,412,2 112,78,418,3.2|"
    "100,90,396,4 103,89,395,4 107,86,397,4"
)
SCAPULAR_SPINE = points("74,74,494,3 100,80,506,5 128,58,524,6 137,24,536,5.5")
# Head (x, y, z, r), then neck and shaft of the raised arm.
HUMERUS_HEAD = (150.0, 12.0, 501.0, 22.0)
HUMERUS = points(
    "154,11,507,19 158,8,518,16 162,4,534,13 165,1,552,11.8 168,-4,580,11.2 171,-6,620,11"
)
