"""Shapes painted into a lattice of voxels."""
