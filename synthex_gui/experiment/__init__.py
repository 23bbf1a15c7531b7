"""A plan to scenes; nothing is rendered here."""
