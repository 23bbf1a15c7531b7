"""Instruments and implants generated from parameters: closed meshes in the tool's own frame.

Tool frame: the tip at the origin, +z from the tip towards the tail or handle, millimetres. Each
module states what its x and y are.
"""
