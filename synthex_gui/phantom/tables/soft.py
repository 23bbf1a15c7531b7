"""Body outline, cavities, organs and bowel, mm, origin midway between the femoral heads.

Sources: outline measured on the TotalSegmentator example CT (z -30 to 300, half depth slimmed by up
to 5 %) and LIDC-IDRI-0001 (above); organ CT numbers from the former; exponents, cavities, shapes
and bowel designed.
"""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.curves import points

TABLE_TOP_Y = 114.0
WALL_MM = 8.0  # of muscle at least between subcutaneous fat and the abdominal cavity
# z; half width, half depth, centre y, exponent; fat at the side, in front, behind.
OUTLINE = points(
    "-30,180,114,8,2.25,20,22,26 0,179,114,9,2.25,20,22,28 30,178,116,8,2.2,20,20,26 "
    "60,174,119,4,2.2,17,18,24 90,170,122,-1,2.2,16,18,24 120,168,124,-6,2.2,15,20,24 "
    "150,166,126,-9,2.2,15,22,22 180,164,126,-12,2.2,14,20,22 220,160,125,-14,2.2,13,16,22 "
    "260,157,122,-14,2.2,12,13,20 306,154,121,-11,2.3,12,12,18 351,155,120,-6,2.35,12,13,18 "
    "396,162,121,-4,2.3,12,13,18 441,172,116,0,2.2,12,12,18 470,174,110,2,2.15,12,11,17 "
    "500,171,98,4,2.1,12,9,15 520,160,88,4,2.1,11,8,13 534,140,80,3,2.1,10,8,12 "
    "545,114,73,2,2.05,9,7,11 556,91,67,0,2,7,6,9 568,75,64,-2,2,6,5,8 585,64,62,-5,2,5,5,7 "
    "615,60,62,-8,2,5,5,7"
)
# z; centre x and y, half width and half depth of the raised arm, in full from the shoulder up.
ARM = points(
    "440,132,10,46,60 480,138,12,52,62 500,146,12,52,57 520,153,10,50,53 550,164,4,47,49 "
    "615,170,-4,42,44"
)
SHOULDER_Z = 505.0
ARM_HALF_MM = 218.0  # half width of the volume, which holds the arms
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
# Chains x, y, z, r: fundus under the left dome, body, antrum across the midline.
STOMACH = points(
    "56,8,306,30 56,-26,296,30 48,-56,270,25 28,-70,244,20 0,-70,234,17 -18,-60,238,12"
)
STOMACH_GAS = points("62,-24,308,10 59,-38,304,15 55,-54,296,14 50,-68,286,10 42,-78,272,6")
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
    "470,98,72,-2 486,88,60,2 505,69,43,6 515,53,30,9 521,37,18,11 525,14,6,12"
)
# z; how close a lung comes to the midplane: right and left beside the heart, both in front.
MEDIASTINUM = points(
    "250,16,18,6 350,20,26,6 380,24,28,5 405,26,28,4 425,26,28,2 440,26,27,2 460,27,27,3 "
    "480,28,24,4 500,27,22,10 515,25,23,16 530,24,24,22"
)
LUNG_EXPONENT = 2.4
DOMES = np.array([[58.0, -8.0, 337.0], [-56.0, -8.0, 348.0]])  # left, right: x, y, top
# Chambers and great vessels as chains (x, y, z, r): right atrium, left and right ventricle, left
# atrium and its appendage, outflow and pulmonary trunk. They draw the silhouette.
HEART = (
    points("-15,-34,352,26 -16,-30,378,27 -12,-26,404,22"),
    points("11,-48,368,36 34,-44,364,36 47,-46,354,30 54,-50,346,23"),
    points("4,-62,362,29 20,-64,356,29 6,-62,388,25"),
    points("18,-4,396,24 -6,-4,398,23"),
    points("20,-14,402,18 34,-26,410,13"),
    points("6,-56,394,21 16,-46,414,16 23,-34,428,14"),
)
THORACIC_AORTA = points(
    "-6,-40,410,15 -9,-34,440,14.5 -3,-24,464,13.5 10,-8,471,13 23,8,466,13 25,24,448,12.5 "
    "23,32,400,11.5 17,24,350,11 13,6,320,11"
)
UPPER_CAVA = points("-19,-26,400,13 -21,-22,440,11.5 -20,-26,478,10.5 -13,-34,502,9")
PULMONARY_ARTERIES = (
    points("14,-30,430,12 -14,-14,428,11 -36,-4,424,9 -46,4,402,6.5 -51,12,378,5"),
    points("22,-30,432,12 32,-10,438,10.5 42,10,428,8 46,18,404,6 49,24,382,5"),
)
TRACHEA = points("0,-40,615,8.5 0,-24,545,8.5 0,-10,505,8.5 0,2,446,8.5")
BRONCHI = (points("0,2,446,5.5 30,6,428,5.5"), points("0,2,446,5.5 -30,6,424,5.5"))
HILA = ((38.0, 4.0, 424.0), (-38.0, 2.0, 416.0))
