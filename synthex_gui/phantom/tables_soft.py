"""Body outline, cavities, organs and bowel, mm, origin midway between the femoral heads.

Sources: outline measured on the TotalSegmentator example CT (z -30 to 300, half depth slimmed by up
to 5 %) and LIDC-IDRI-0001 (above); organ CT numbers from the former; exponents, cavities, shapes
and bowel designed.
"""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.curves import points

TABLE_TOP_Y = 114.0
WALL_MM = 8.0  # of muscle at least between subcutaneous fat and the abdominal cavity
# z; half width, half depth, centre y, exponent; fat at the side, in front, behind.
OUTLINE = points(
    "-30,180,114,8,2.25,20,22,26 0,179,114,9,2.25,20,22,28 30,178,116,8,2.2,20,20,26 "
    "60,174,119,4,2.2,17,18,24 90,170,122,-1,2.2,16,18,24 120,168,124,-6,2.2,15,20,24 "
    "150,166,126,-9,2.2,15,22,22 180,164,126,-12,2.2,14,20,22 220,160,125,-14,2.2,13,16,22 "
    "260,157,122,-14,2.2,12,13,20 306,154,121,-11,2.3,12,12,18 351,155,120,-6,2.35,12,13,18 "
    "396,162,121,-4,2.3,12,13,18 441,172,116,0,2.2,12,12,18 486,176,104,3,2.1,12,10,16 "
    "520,170,92,6,2.1,11,9,14 545,140,80,8,2.1,10,8,12"
)
# z, half width, half depth, centre y of the abdominal cavity; it tapers to a point below, or a line
# crosses the pubis.
CAVITY = points(
    "-26,6,6,-18 -18,30,24,-16 -6,46,38,-13 15,54,52,4 45,68,66,-2 70,84,68,-22 100,104,66,-34 "
    "140,124,68,-36 200,128,75,-39 250,122,79,-37 300,118,84,-30 330,112,80,-26 350,70,66,-24 "
    "385,38,58,-22 440,30,58,-20 500,28,44,-12"
)
CAVITY_EXPONENT = 2.3
PSOAS = points(
    "30,22,262,8 36,14,230,14 42,6,190,19 50,-2,150,23 62,-12,110,22 74,-26,75,18 84,-38,40,16 "
    "92,-36,5,15 104,-12,-40,11 108,8,-55,7"
)
# Centre, semi-axes, HU.
BLADDER = ((0, -28, 22), (44, 36, 34), 6)
REPRODUCTIVE = ((0, 12, 8), (20, 14, 22), 42)
KIDNEY_LEFT = ((68, 28, 242), (27, 22, 54), 32)
KIDNEY_RIGHT = ((-68, 28, 226), (27, 22, 54), 32)
LIVER_RIGHT = ((-62, -18, 296), (66, 78, 66), 58)
LIVER_LEFT = ((-20, -46, 300), (80, 50, 44), 58)
SPLEEN = ((96, 22, 300), (36, 38, 55), 50)
STOMACH = ((46, -42, 280), (50, 42, 36), 38)
STOMACH_GAS = ((46, -70, 296), (26, 20, 16), -940)
ABDOMINAL_AORTA = points("14,2,330,11 10,-16,270,10 6,-22,180,9")
VENA_CAVA = points("-14,-10,320,12 -12,-22,250,12 -8,-24,175,11")
# Points; haustra, low and high radius; gas threshold.
COLON = {
    "ascending": (points("-105,-20,90 -112,-14,130 -112,-6,180 -104,-14,225"), 28, 15, 25, 0.93),
    "transverse": (
        points("-104,-20,225 -70,-64,205 -20,-80,188 35,-78,196 85,-46,240 104,0,268"),
        30, 11, 19, 0.25,
    ),
    "descending": (
        points("106,10,262 116,18,210 114,14,150 104,-8,100 78,-30,78"), 26, 8, 13, 0.9,
    ),
    "sigmoid": (
        points("78,-30,78 45,-25,66 20,5,70 8,42,62 0,62,40 0,64,10"), 24, 8, 14, 0.6,
    ),
}  # fmt: skip

# z, half width, half depth, centre y of a lung's outer wall (superellipse, exponent 2.4).
LUNGS = points(
    "256,98,64,12 282,112,76,4 306,118,82,0 351,121,91,-14 396,112,93,-8 441,106,87,-5 "
    "470,97,72,-2 486,86,60,2 505,66,42,6 515,48,28,9 521,30,16,11 525,6,4,12"
)
LUNG_EXPONENT = 2.4
DOMES = np.array([[58.0, -8.0, 337.0], [-56.0, -8.0, 348.0]])  # left, right: x, y, top
# Chambers and great vessels as chains (x, y, z, r): right atrium, ventricles to the apex, left
# atrium, outflow and pulmonary trunk.
HEART = (
    points("-20,-28,360,30 -20,-26,384,29 -14,-22,410,15"),
    points("6,-50,364,34 32,-50,362,37 52,-56,352,27 62,-60,346,19"),
    points("20,-6,392,26 -4,-4,394,25"),
    points("4,-58,388,25 8,-48,414,17 14,-34,432,13"),
)
THORACIC_AORTA = points(
    "-4,-34,420,14 -8,-30,450,14 2,-10,468,13 16,12,462,12.5 20,28,440,12 18,32,400,11.5 "
    "14,22,350,11 13,6,320,11"
)
TRACHEA = points("0,14,539,8.5 0,8,500,8.5 0,2,446,8.5")
BRONCHI = (points("0,2,446,5.5 30,6,428,5.5"), points("0,2,446,5.5 -30,6,424,5.5"))
HILA = ((30.0, 2.0, 428.0), (-30.0, 2.0, 420.0))
