"""Every row has a test, and the report cannot say that all is well when it is not."""

import textwrap

import pytest

from tests.trust.marks import files_by_row
from tests.trust.report import Sum, printed, run, summed
from tests.trust.table import ROWS, Row

NAMES = [row.name for row in ROWS]


@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_a_test(name):
    assert files_by_row().get(name)


def test_no_test_names_a_row_that_is_not_there():
    assert not set(files_by_row()) - set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    (folder / "conftest.py").write_text("from tests.trust.tally import tries\n")
    text = """
        import os, pytest

        @pytest.mark.trust("I1", tried=600)
        def test_good(): pass

        @pytest.mark.trust("I2")
        def test_bad(): assert not 1, "why"

        @pytest.mark.trust("I2", "I3")
        def test_counting(tries):
            for number in range(10):
                tries.check(number != 4, f"mutant {number}")

        @pytest.mark.trust("I4")
        def test_left_out(): pytest.skip("no screen")

        def test_another(): assert False

        @pytest.mark.trust("I5")
        def test_dying(): os._exit(9)
    """
    (folder / "test_marked.py").write_text(textwrap.dedent(text))
    return summed(run(folder, True, ()))


def test_tries_are_summed_by_row(told):
    assert (told["I1"].survived, told["I1"].failed) == (600, 0)
    assert (told["I2"].survived, told["I2"].failed) == (9, 2)
    assert (told["I3"].survived, told["I3"].failed) == (9, 1)
    assert told["I4"].skipped == {"Skipped: no screen": 1}
    assert "test_dying" in told[""].broken[0]
    assert "I5" not in told


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        (Sum(survived=3), True),
        (Sum(survived=3, failed=1, broken=["t: why"]), False),
        (Sum(skipped={"no screen": 1}), False),
        (None, False),
    ],
)
def test_the_verdict(found, holds):
    rows = (Row("I1", "a fault", 5),)
    text, verdict = printed({} if found is None else {"I1": found}, rows)
    assert verdict == holds
    assert text.splitlines()[1].split()[:2] == ["I1", "a"]
    is_tried = found is not None and found.survived > 0
    assert ("fewer" in text) == is_tried
    assert ("NOT TRIED" in text) != is_tried
    assert "fewer" not in printed({"I1": Sum(survived=3)}, rows, is_quick=True)[0]
    assert not printed({"": Sum(broken=["t: died"]), "I1": Sum(survived=1)}, rows)[1]
