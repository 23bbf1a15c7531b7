"""Sizes of the parts, with their sources."""
