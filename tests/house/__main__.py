"""``python -m tests.house``: the house in numbers; ``tests/test_house.py`` judges them."""

from __future__ import annotations

import statistics

from tests.house import graph, names, shapes


def main() -> None:
    """Print rooms, arrows, circles, sizes, and what crosses, is unused or stands twice."""
    arrows, between = graph.arrows(), graph.between_rooms()
    lines = [
        len(path.read_text(encoding="utf-8").splitlines())
        for path in graph.modules().values()
        if path.name != "__init__.py"
    ]
    by_room = graph.files_by_room()
    _say("rooms (folders)", len(by_room))
    _say("files", len(lines))
    _say("lines of a file, median and most", f"{statistics.median(lines):.0f}, {max(lines)}")
    _say("arrows between files", sum(map(len, arrows.values())))
    _say("arrows between rooms", sum(map(len, between.values())))
    _list("circles of files", [" ".join(part) for part in graph.circles(arrows)])
    _list("circles of rooms", [" ".join(part) for part in graph.circles(between)])
    _say("files over 400 lines", sum(count > 400 for count in lines))
    _list("rooms with more than 20 files", [r for r, n in by_room.items() if n > 20])
    _list("private names imported across modules", names.private_imports())
    _list("names nothing uses", names.unused_names())
    reasons = shapes.reasons()
    _list(
        f"same-shape runs of {shapes.LEAST_LINES} lines and more",
        [
            f"{pair}: {reasons.get(frozenset({pair.one[0], pair.other[0]}), 'NO REASON')}"
            for pair in shapes.pairs()
        ],
    )


def _say(what: str, value: object) -> None:
    print(f"{what}: {value}")


def _list(what: str, items: list[str]) -> None:
    _say(what, len(items))
    for item in items:
        print(f"    {item}")


if __name__ == "__main__":
    main()
