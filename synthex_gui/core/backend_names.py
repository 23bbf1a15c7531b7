"""What makes the images, as a user names it: the one list of choices."""

from __future__ import annotations

import re

# Choice -> as shown. A kind with several devices takes a number too: `cuda:1`.
TITLES = {"auto": "GPU if there is one", "cpu": "CPU", "cuda": "NVIDIA GPU"}
NUMBERED = ("cuda",)
PATTERN = "^(" + "|".join(TITLES) + "|(" + "|".join(NUMBERED) + r"):\d{1,3})$"
USAGE = ", ".join(TITLES) + " or " + " or ".join(f"{kind}:N" for kind in NUMBERED)
METAVAR = "|".join((*TITLES, *(f"{kind}:N" for kind in NUMBERED)))


def is_backend_choice(choice: str) -> bool:
    """True for a word of `TITLES`, or one of `NUMBERED` with a colon and a number of 1-3 digits."""
    return re.fullmatch(PATTERN, choice) is not None


def backend_title(choice: str) -> str:
    """As shown to people: `cuda:1` is "NVIDIA GPU 1"."""
    kind, _, number = choice.partition(":")
    return f"{TITLES[kind]} {number}".rstrip()
