"""What the tube sends: spectra, shape, table top, dose."""
