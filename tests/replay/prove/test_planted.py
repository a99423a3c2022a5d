"""Planted bugs, each named by its check; sound games, of which none is named."""

import importlib
import inspect

import bugs
import pytest
from planted.good import GOOD

from replay.prove.conformance import CHECKS, check_game
from replay.prove.conformance.lint import lint_source
from replay.prove.conformance.processes import Sent

KINDS = ("contract", "abilities", "dependence", "rare", "surroundings")
PLANTED = {name: bug for kind in KINDS for name, bug in importlib.import_module(f"planted.{kind}").BUGS.items()}
EXPLAINED = ("the process's date", "a table that fills up")  # the others only when all is measured: it takes ten processes each


@pytest.fixture
def unexplained(monkeypatch):
    monkeypatch.setattr(Sent, "what_matters", lambda task, differences: "")


@pytest.fixture(autouse=True)
def somebody(monkeypatch):
    """Who sits at a machine with a shell."""
    monkeypatch.setenv("HOME", "of-this-machine")
    monkeypatch.setenv("LOGNAME", "ann")


def named(game, check, **options):
    """The findings of one check."""
    report = check_game(game, **{"ticks": 150, "search_lines": 0, "checks": [check], **options})
    return [finding for finding in report.findings if finding.check == check]


@pytest.mark.parametrize("name", bugs.BUGS)
def test_a_bug_of_the_field_is_caught_by_the_named_check_which_says_where(name, unexplained):
    bug = bugs.BUGS[name]
    if bug.check.startswith("lint:"):
        source = inspect.getsource(bug.match)
        messages = {finding.rule: str(finding) for finding in lint_source("import math\n" + source)}
        assert bug.where in messages[bug.check.removeprefix("lint:")]
    else:
        assert any(bug.where in str(finding) for finding in named(bugs.GAMES[name](), bug.check))


@pytest.mark.parametrize("name", [name for name in PLANTED if name not in EXPLAINED])
def test_a_planted_bug_is_caught_by_the_named_check_which_says_where(name, unexplained):
    bug = PLANTED[name]
    options = {**bug.options, "search_lines": None} if bug.check == "searched-inputs" else bug.options
    findings = named(bug.game, bug.check, **options)
    assert any(bug.where in str(finding) for finding in findings), findings


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_cause_is_named_where_a_process_with_nothing_else_different_shows_it(name):
    bug = PLANTED[name]
    finding = named(bug.game, bug.check, ticks=20)[0]
    assert bug.where in finding.message and bug.because in finding.because
    assert f"because of {finding.because}" in str(finding) and "usually" not in str(finding)


def test_a_cause_that_is_not_known_is_none():
    finding = named(PLANTED["a result that is not saved"].game, "load-run-on")[0]
    assert not finding.because and f"usually: {finding.cause}" in str(finding)


def test_chance_and_state_that_outlives_the_match_are_told_apart():
    from toys import LEAKY

    assert "a global random generator" in named(bugs.GAMES["global random"](), "two-runs", ticks=30)[0].because
    assert "state that outlives the match" in named(LEAKY, "two-runs")[0].because


def test_every_check_has_a_bug_that_it_names_and_there_are_seventy_six():
    named = [bug.check for bug in (*bugs.BUGS.values(), *PLANTED.values())]
    assert set(named) == {*CHECKS, "lint:float"} and len(named) == 76


@pytest.mark.parametrize("name", GOOD)
def test_a_sound_game_that_looks_odd_raises_no_alarm(name):
    here = [check for check in CHECKS if check not in ("other-process", "searched-inputs")]
    report = check_game(GOOD[name], ticks=65, checks=here)
    assert report.is_ok, report


@pytest.mark.parametrize("name", ["InADatabase", "OwnDice", "ReadsItsLevel", "Units", "Turns"])
def test_a_sound_game_that_looks_odd_raises_no_alarm_elsewhere(name):
    report = check_game(GOOD[name], ticks=30, checks=["other-process", "searched-inputs"], search_lines=20_000)
    assert report.passed == ["contract", "other-process", "searched-inputs"], report
