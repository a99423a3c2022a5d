"""Sixteen changes that somebody makes to rules by accident, in a repository with a history: each is red, and `--reference recorded`
names the cause's own fields or events at its very tick."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from user_repository import Repository

RULES = """
from typing import NamedTuple

import numpy as np
from replay import PlainGame
from mine import GOLD


class Held(NamedTuple):
    left: bool = False
    right: bool = False
    fire: bool = False


class Walk(PlainGame):
    players, Input, event_kinds = 2, Held, ("shot", "gold", "tired")

    def start(self, config):
        self.x, self.gold, self.heat, self.power = [0, 0], [0, 0], [0, 0], [1.0, 1.0]
        self.big = 2**31 - 2000

    def step(self, inputs):
        order = range(2)
        for player in order:
            self.move(player, inputs[player])
        for player in order:
            if inputs[player].fire:
                self.fire(player)
        if self.tick > 150:
            self.gold[0] += 0

    def move(self, player, held):
        self.x[player] += 3 * (held.right - held.left)
        self.big += held.right
        if held.right and self.x[player] % 9 == 0:
            self.gold[player] += GOLD
            self.emit("gold", player=player, amount=GOLD)

    def fire(self, player):
        self.emit("shot", player=player, luck=self.random.randrange(100))
        self.heat[player] = min(self.heat[player] + 2, 20)
        self.power[player] = self.power[player] * 0.9 + 0.1 * self.heat[player]
        if self.heat[player] > 10:
            self.emit("tired", player=player)
            self.heat[player] = 0


"""

MOST_LINES, MOST_WORDS = 8, 60  # of a report until it names the cause: the guide's page `tests` tells what that means in minutes

# what was changed: (before, after, what the report has to name)
ACCIDENTS = {
    "a constant": ("self.heat[player] + 2,", "self.heat[player] + 3,", "heat"),
    "a speed": ("+= 3 * (held", "+= 4 * (held", "x"),
    "a limit": ("heat[player] > 10", "heat[player] > 12", "tired"),
    "off by one": ("heat[player] > 10", "heat[player] >= 10", "tired"),
    "a sign": ("held.right - held.left", "held.left - held.right", "x"),
    "a comparison": ("self.x[player] % 9 == 0", "self.x[player] % 9 != 0", "gold"),
    "the order of players": ("order = range(2)", "order = (1, 0)", "shot"),
    "the order of phases": (
        "            self.move(player, inputs[player])\n        for player in order:\n"
        "            if inputs[player].fire:\n                self.fire(player)\n",
        "            if inputs[player].fire:\n                self.fire(player)\n"
        "        for player in order:\n            self.move(player, inputs[player])\n",
        "gold",
    ),
    "an extra draw": ("    def fire(self, player):\n", "    def fire(self, player):\n        self.random.random()\n", "random"),
    "another range of a draw": ("randrange(100)", "randrange(101)", "shot"),
    "float in another order": (
        "self.power[player] * 0.9 + 0.1 * self.heat[player]",
        "(self.power[player] * 9 + self.heat[player]) / 10",
        "power",
    ),
    "a float in 32 bits": ("= self.power[player] * 0.9 + ", "= float(np.float32(self.power[player])) * 0.9 + ", "power"),
    "an integer in 32 bits": ("self.big += held.right", "self.big = int(np.int32(self.big & 0x7fffffc0)) + held.right", "big"),
    "events swapped": (
        '            self.gold[player] += GOLD\n            self.emit("gold", player=player, amount=GOLD)',
        '            self.gold[player] += GOLD\n            self.emit("gold", player=1 - player, amount=GOLD)',
        "gold",
    ),
    "an event left out": ('            self.emit("tired", player=player)\n', "", "tired"),
    "a rule of late": ("self.gold[0] += 0", "self.gold[0] += 1", "gold"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Thirty commits; recorded at the twentieth, and nothing that matters since."""
    repository = Repository(tmp_path_factory.mktemp("accidents") / "project", RULES)
    repository.commit(5)
    for number in range(29):
        if number == 19:
            code, out = repository.replay("record", "walk:Walk", "--random", "300", "--seed", "3", "-o", "match.replay")
            assert code == 0, out
        (repository.folder / "NOTES").write_text(f"{number}\n")
        repository.commit(5)
    return repository


@pytest.mark.parametrize("name", ACCIDENTS)
def test_an_accident_is_red_and_its_cause_is_named_at_the_tick(repository, name):
    before, after, cause = ACCIDENTS[name]
    assert RULES.count(before) == 1
    rules = repository.folder / "src" / "walk.py"
    rules.write_text(RULES.replace(before, after))
    try:
        code, out = repository.replay("verify", "match.replay", "--json", "--reference", "recorded", "--junit", "report.xml")
    finally:
        rules.write_text(RULES)
    facts = json.loads(out.splitlines()[0])
    assert code == 1 and facts["verdict"] == "diverged", out
    assert facts["reference_tick"] is not None and facts["first_bad_tick"] - facts["reference_tick"] in (0, 1), facts[
        "reference_note"
    ]
    theirs, ours = (facts["reference_events"] or {"reference": [], "here": []}).values()
    named = {part["path"] for part in facts["reference_fields"]}
    named |= {event["kind"] for event in (*theirs, *ours) if (event in theirs) != (event in ours)}
    named |= {event["kind"] for event in theirs if theirs != ours}
    assert any(cause in one for one in named), (facts["reference_tick"], named)
    assert len(facts["reference_fields"]) <= 8
    lines, words = until_named(ElementTree.parse(repository.folder / "report.xml").getroot().find(".//failure").text, cause)
    print(f"read until the cause: {lines} lines, {words} words: {name}")
    assert lines <= MOST_LINES and words <= MOST_WORDS


def until_named(text, cause):
    """How much of a report is read until a line of fields or events names the cause: lines, and words."""
    lines = text.splitlines()
    number = next(number for number, line in enumerate(lines, 1) if re.match(rf"  (event \w+ \w+:  )?{cause}\b", line))
    return number, sum(len(line.split()) for line in lines[:number])


def test_a_report_that_does_not_name_the_cause_is_found_out():
    assert until_named("first bad tick\n  gold[0]    recorded 5\n  event computed only:  shot  player Ann", "shot") == (3, 12)
    with pytest.raises(StopIteration):
        until_named("first bad tick 5: gold\n", "gold")
