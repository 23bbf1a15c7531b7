"""The scatter model against Monte Carlo of the same slabs.

python benchmarks/scatter_monte_carlo.py [--histories N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from scatter_slabs import compare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000, help="photons a case")
    parser.add_argument("--json", type=Path, help="write the numbers there")
    arguments = parser.parse_args()
    numbers: list[dict[str, Any]] = compare(arguments.histories)
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
