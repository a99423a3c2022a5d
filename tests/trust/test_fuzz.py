"""The fuzzer itself: a small budget of cases here; `python -m tests.fuzz --minutes 30` by hand."""

import json
import random

import pytest
from fuzz import way
from fuzz.damage import make_case
from fuzz.planted import PLANTED
from fuzz.seeds import install_toys
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.slow
def test_damage_with_repaired_checksums_is_refused_or_named_within_a_second_and_256_mb(program, budget):
    said, code = program("tests.fuzz", "--cases", budget(600), "--commands", 25, "--jobs", 1, "--seed", 5, "--minutes", 600)
    assert code == 0, said
    figures = json.loads(said)
    assert figures["cases"] == budget(600)
    assert {"ok", "diverged", "incomplete", "unreadable", "unverifiable"} <= figures["outcomes"].keys()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False))
def test_hypothesis_finds_no_damage_that_gets_through(tmp_path_factory, rng):
    """The same damage, chosen by hypothesis, which shrinks what it finds."""
    case = make_case(rng)
    path = tmp_path_factory.mktemp("case") / "case.replay"
    path.write_bytes(case.data)
    way.loader(path, case, shared=True)


# How many cases a bug takes depends on the seed: with this one at most 300, where 2,000 may be needed.
SOON = {
    "no limit of inflating": 8,
    "no limit of containers": 4,
    "no check of ticks": 1,
    "no check of bases": 1,
    "no check of commands": 5,
    "no limit of depth": 1,
    "no count of input events": 5,
    "no check of checksums": 8,
    "no check of types": 1,
    "no bound of messages": 1,
}


LONG = {"no limit of inflating", "no limit of containers"}  # hundreds of megabytes, for many seconds


@pytest.mark.slow
@pytest.mark.parametrize("bug", [pytest.param(bug, marks=[pytest.mark.deep] * (bug in LONG)) for bug in PLANTED])
def test_a_planted_bug_is_found_within_300_cases(program, bug):
    options = ("--planted", bug, "--seed", SOON[bug], "--cases", 300, "--minutes", 600, "--jobs", 1, "--commands", 0)
    said, code = program("tests.fuzz", *options)
    assert code == 1 and json.loads(said)["finding"], said


def test_a_case_is_the_same_whenever_it_is_made():
    assert make_case(random.Random("1:5")) == make_case(random.Random("1:5"))


def test_the_toys_are_installed_for_the_command_line(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install_toys(tmp_path / "site"))
    from replay import find_game

    assert find_game("bank").name == "bank"
