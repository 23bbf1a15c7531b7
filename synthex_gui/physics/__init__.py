"""From a scene to an image: projection backends, materials, spectra, the imaging chain."""
