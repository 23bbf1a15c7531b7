"""Windows, views and panels."""
