"""Projection backends behind one contract (`base`)."""
