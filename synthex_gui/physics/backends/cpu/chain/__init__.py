"""The imaging chain's stages on the CPU."""
