"""The document: frozen, validated, JSON; presets and devices; the project file."""
