"""The base of every error a user may see: one line that says what is wrong and what to do."""


class SynthexError(Exception):
    """Wrong input or an impossible request; its text is one line fit for a dialog or a terminal."""
