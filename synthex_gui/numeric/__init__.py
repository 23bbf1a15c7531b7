"""One place that compiles kernels and starts threads."""
