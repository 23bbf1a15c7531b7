"""Counts the tries of tests that are marked ``@pytest.mark.trust(ROW, tried=N)``.

As a plugin (``-p tests.trust.tally``) it keeps these tests alone and adds a line of JSON for each
to the file that TRUST_TALLY names: what a crash leaves of it still counts.
"""

from __future__ import annotations

import json
import os

import pytest

FILE = "TRUST_TALLY"


class Tries:
    """What a test with many tries has seen; `failed` are sentences."""

    def __init__(self) -> None:
        self.survived = 0
        self.failed: list[str] = []

    def check(self, holds: object, text: str) -> None:
        """Count a try, and go on if it failed; the test fails at its end."""
        if holds:
            self.survived += 1
        else:
            self.failed.append(text)


@pytest.fixture
def tries():
    """Counts the tries of a test that makes many, and fails it in the end if one failed."""
    found = Tries()
    yield found
    if found.failed:
        more = "\n".join(found.failed[:20])
        pytest.fail(f"{len(found.failed)} of {found.survived + len(found.failed)}:\n{more}", False)


def pytest_collection_modifyitems(config, items):
    chosen = [item for item in items if item.get_closest_marker("trust")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


def _tell(**line):
    with open(os.environ[FILE], "a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def pytest_runtest_logstart(nodeid, location):
    _tell(begun=nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    state = item.stash.setdefault(_STATE, {"seconds": 0.0, "outcome": "passed", "why": ""})
    state["seconds"] += report.duration
    if report.outcome != "passed":
        state["outcome"] = report.outcome
        state["why"] = report.longrepr[2] if report.skipped else str(call.excinfo.value)[:200]
    if call.when == "teardown":
        _tell(ended=item.nodeid, rows=_rows(item), **_counts(item, state), **state)
    return report


_STATE = pytest.StashKey[dict]()


def _rows(item):
    return sorted({name for mark in item.iter_markers("trust") for name in mark.args})


def _counts(item, state):
    if state["outcome"] == "skipped":
        return {"survived": 0, "failed": 0}
    counted = item.funcargs.get("tries") if hasattr(item, "funcargs") else None
    if isinstance(counted, Tries):
        failed = len(counted.failed) or int(state["outcome"] == "failed")
        return {"survived": counted.survived, "failed": failed}
    tried = item.get_closest_marker("trust").kwargs.get("tried", 1)
    return {"survived": tried, "failed": 0} if state["outcome"] == "passed" else FAILED


FAILED = {"survived": 0, "failed": 1}
