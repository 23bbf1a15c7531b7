"""Readers of triangle meshes, and their repair."""
