"""``python -m tests.trust_report``: what the program survives, tried and counted.

One line a row of ``tests/trust/table.py``; exit status 1 when a try failed or a row was not tried.
"""

from __future__ import annotations

import argparse
import sys

from tests.trust.marks import TESTS
from tests.trust.report import printed, run, summed
from tests.trust.table import ROWS


def main() -> int:
    """Run the marked tests and print the tally."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust_report", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few tries a row, some minutes")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="these rows alone (I1, E1, ...)")
    options = parser.parse_args()
    rows = [row for row in ROWS if not options.rows or row.name in options.rows]
    if len(rows) < len(options.rows):
        parser.error("no such row; they stand in tests/trust/table.py")
    text, holds = printed(summed(run(TESTS, options.quick, options.rows)), rows, options.quick)
    print(text)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
