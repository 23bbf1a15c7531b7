"""SyntheX GUI: plan in-silico X-ray experiments around a CT and export annotated series."""

__version__ = "0.1.0"
