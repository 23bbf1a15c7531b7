"""The columns of controls at either side."""
