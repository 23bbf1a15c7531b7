"""The 3D room: the only VTK view."""
