"""What `lint` must name, and what it must leave alone: a table of planted bugs, and a corpus of good games."""

from pathlib import Path

import bugs
import pytest
import toys
from lint_planted import PLANTED, PLANTED_BETWEEN

from replay.prove.conformance.lint import lint_files, lint_source

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
GOOD_GAMES = sorted((HERE / "lint_games").glob("*.py"))


def marked_line(source):
    (line,) = [number for number, text in enumerate(source.splitlines(), 1) if text.endswith("# here")]
    return line


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_named_by_its_rule_at_its_line_and_nothing_else_is(name):
    rule, source = PLANTED[name]
    assert {(finding.rule, finding.line) for finding in lint_source(source)} == {(rule, marked_line(source))}


@pytest.mark.parametrize("name", PLANTED_BETWEEN)
def test_a_bug_between_two_files_is_named_where_the_change_is(name, tmp_path):
    for file, source in PLANTED_BETWEEN[name].items():
        (tmp_path / file).write_text(source)
    (finding,) = lint_files(sorted(tmp_path.glob("*.py")))
    assert (finding.path.name, finding.rule) == ("rules.py", "outlives")
    assert finding.line == marked_line(PLANTED_BETWEEN[name]["rules.py"])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Clock", "clock"),
        ("GlobalRandom", "random"),
        ("SetOrder", "set-order"),
        ("FloatSine", "float"),
        ("UnsavedRandom", "random"),
        ("SharedBetweenMatches", "outlives"),
        ("UnsortedListing", "files"),
    ],
)
def test_the_bugs_that_check_catches_by_running_are_named_by_reading(name, rule):
    lines = Path(bugs.__file__).read_text().splitlines()
    first = lines.index(f"class {name}(TickByTick):") + 1
    last = next(number for number in range(first, len(lines)) if not lines[number].strip() and not lines[number + 1].strip())
    findings = lint_files([Path(bugs.__file__), Path(toys.__file__)])
    assert {each.rule for each in findings if each.path.name == "bugs.py" and first <= each.line <= last} == {rule}


@pytest.mark.parametrize("path", GOOD_GAMES, ids=lambda path: path.stem)
def test_a_good_game_gives_no_alarm(path):
    assert list(map(str, lint_files([path]))) == []


def test_the_games_of_this_project_give_no_alarm():
    assert len(GOOD_GAMES) >= 10
    rules = [ROOT / "game" / name for name in ("simulation", "rules", "match", "projections")]
    files = [file for folder in rules for file in (folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")])]
    assert len(files) > 10 and list(map(str, lint_files([file for file in files if file.exists()]))) == []
    assert list(map(str, lint_files((ROOT / "replay" / "docs" / "examples").glob("*.py")))) == []
    assert list(map(str, lint_files([ROOT / "tests" / "replay" / "plain_games.py"]))) == []
