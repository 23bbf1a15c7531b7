"""Projection and exposure on the CPU."""
