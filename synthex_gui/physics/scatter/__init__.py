"""What scatters and where it arrives."""
