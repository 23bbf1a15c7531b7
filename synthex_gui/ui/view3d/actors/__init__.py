"""What stands in the 3D room; each actor compares the scene before and after."""
