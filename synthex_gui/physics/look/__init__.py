"""What is shown of a signal."""
