"""Frames, cameras, C-arm kinematics and plain array types; numpy only, no state.

World: patient LPS (+x left, +y posterior, +z superior), millimetres.
Transforms are named ``target_from_source``: 4x4 float64, column vectors.
"""
