"""Limits of work are ratios to a known piece of work: what is slow three times in a row is slow, a slow machine is not."""

import pytest
from patience import TooLongError, soon, within


@pytest.fixture
def clock(monkeypatch):
    """A clock that says what it is told: the CPU seconds of a run, then those of the known work, where that is asked for."""

    def tell(*pairs):
        times = [time for run, known in pairs for time in ((0.0, run, 0.0, known) if known else (0.0, run))]
        monkeypatch.setattr("patience.time.process_time", iter(times).__next__)

    return tell


@pytest.mark.parametrize("pairs", [[(0.9, None)], [(1.9, 0.06)], [(1.1, 0.03), (1.2, 0.02), (0.9, None)]])
def test_within(clock, pairs):
    clock(*pairs)
    assert within(1.0, lambda: "done") == "done"


def test_what_is_slow_three_times_is_too_slow(clock):
    runs = []
    clock((1.1, 0.03), (2.2, 0.06), (1.1, 0.01))
    with pytest.raises(TooLongError, match=r"took 1\.1 s"):
        within(1.0, lambda: runs.append(1))
    assert len(runs) == 3


def test_what_never_comes_is_given_up(monkeypatch):
    monkeypatch.setattr("patience.PATIENCE_SECONDS", 0)
    assert soon(lambda: True) and not soon(lambda: False)
