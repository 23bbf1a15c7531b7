"""From a project to files: its arrays, the sampled series, images with labels, verification."""
