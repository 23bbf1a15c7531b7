"""Projection and exposure on an NVIDIA GPU."""
