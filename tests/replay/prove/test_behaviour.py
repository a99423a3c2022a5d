"""What new rules do otherwise: `replay accept --reference` asks the old ones."""

import json

import pytest
from test_revision import RULES
from user_repository import Repository

RULES_2 = RULES.replace("    players, Input", "    rules = 2\n    players, Input")


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Recorded by rules 1, which are committed."""
    repository = Repository(tmp_path_factory.mktemp("user") / "project", RULES)
    repository.commit(5)
    code, out = repository.replay(
        "record", "walk:Walk", "--random", "900", "--seed", "3", "--player", "Ann", "--player", "Ben", "-o", "match.replay"
    )
    assert code == 0, out
    return repository


def review(repository, rules, *options, keys="s\n"):
    """What `replay accept` says of the recording under other rules; nothing is accepted."""
    (repository.folder / "src" / "walk.py").write_text(rules)
    try:
        return repository.replay("accept", "match.replay", "--reference", "recorded", *options, keys=keys)[1]
    finally:
        (repository.folder / "src" / "walk.py").write_text(RULES)


def test_events_that_vanish_and_appear_are_counted_and_the_first_are_told_by_name(repository, tmp_path):
    rules = RULES_2.replace('self.emit("gold", player=player, amount=GOLD)', 'self.emit("gold", player=player, amount=9)')
    out = review(repository, rules, "--pictures", str(tmp_path / "new"), keys="p\no\ns\n")
    assert "states or events change, the result does not: gold" in out
    vanish, appear = out.index("events that vanish: "), out.index("events that appear: ")
    count = out[vanish:].split()[3]
    assert out[appear:].split()[3] == count and int(count) > 4 and f"and {int(count) - 4} more" in out
    first = out[vanish:appear].splitlines()[1].strip()
    assert first.startswith("tick ") and first.endswith("amount 5") and ("player Ann" in first or "player Ben" in first)
    assert first.replace("amount 5", "amount 9") in out[appear:]
    pictures = sorted(file.name for file in (tmp_path / "new").iterdir())
    tick = int(out.partition("first changed tick ")[2].split()[0])
    assert pictures == [f"match-after-{tick}.jpg", f"match-before-{tick}.jpg"] and str(tmp_path / "new" / pictures[0]) in out
    assert "no browser can run this game" in out


def test_a_field_that_differs_is_named_at_its_tick(repository):
    out = review(repository, RULES_2.replace("+= GOLD", "+= GOLD + 1"))
    line = next(line for line in out.splitlines() if "recorded 5" in line)
    assert " gold[" in line and "computed 6" in line and "vanish" not in out and "appear" not in out


def test_a_new_field_is_named_and_the_rest_behaves_the_same(repository):
    rules = RULES_2.replace("        self.x, self.gold", "        self.combo = [0, 0]\n        self.x, self.gold")
    out = review(repository, rules)
    assert "nothing changes" in out and "fields that only one of the rules has: combo" in out and "behaves the same" in out
    assert "first changed tick" not in out
    facts = json.loads(review(repository, rules, "--json").splitlines()[0])
    assert facts["same"] and facts["changed_at"] is None and facts["fields_alone"] == ["combo"]


def test_a_reference_that_cannot_be_asked_is_said(repository):
    (repository.folder / "src" / "walk.py").write_text(RULES_2)
    try:
        out = repository.replay("accept", "match.replay", "--reference", "nothing-such", keys="s\n")[1]
    finally:
        (repository.folder / "src" / "walk.py").write_text(RULES)
    assert "is no interpreter, and no revision of" in out and "1 skipped" in out and "behaves the same" not in out
