"""What the detector is: grid, response, MTF."""
