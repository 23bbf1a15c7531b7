"""Two-dimensional views: one QPainter widget, the radiograph and the slices on it."""
