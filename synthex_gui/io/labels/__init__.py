"""Label maps and the names of their structures."""
