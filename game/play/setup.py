"""What one chooses before a match: map, mode, limits, and who sits on the eight seats. Remembered from match to match."""

from __future__ import annotations

import getpass
from dataclasses import asdict, dataclass, field
from typing import Any

from replay.core.errors import UsageError

from .. import rules
from ..arena import arena_names
from ..bots import TEMPERAMENTS
from ..match import ARENA

NAMES = ("Ada", "Bo", "Cleo", "Dax", "Edda", "Finn", "Gus", "Hana")
PEOPLE = ("mouse", "keys", "pad1", "pad2", "pad3", "pad4")
EMPTY = "empty"
CHOICES = (*PEOPLE, *TEMPERAMENTS, EMPTY)
SCORE_LIMITS = (5, 10, 15, 25, 50, 99)
SECONDS = (60, 120, 180, 300, 600, 900)
_TITLES = {"mouse": "keyboard and mouse", "keys": "arrow keys", EMPTY: "-"}


def title_of(choice: str) -> str:
    """What a seat's choice is called."""
    if choice in TEMPERAMENTS:
        return f"bot, {choice}"
    return _TITLES.get(choice) or f"gamepad {choice[-1]}"


def person_name() -> str:
    """What the user of this machine is called."""
    try:
        return getpass.getuser()[:20].title() or "You"
    except (OSError, KeyError, ImportError):
        return "You"


@dataclass
class Setup:
    """seats: for each of the eight who plays there, one of CHOICES."""

    map: str = "plaza"
    mode: str = "ffa"
    score_limit: int = 15
    seconds: int = 180
    seats: list[str] = field(default_factory=lambda: ["mouse", "hunter", "brawler", "collector", *[EMPTY] * (rules.PLAYERS - 4)])

    @classmethod
    def from_settings(cls, settings: Any) -> Setup:
        """What was remembered, as far as it still makes sense."""
        setup = cls()
        if not isinstance(settings, dict):
            return setup
        checks = {"map": arena_names(), "mode": rules.MODES, "score_limit": range(1, 1000), "seconds": range(1, 24 * 3600 + 1)}
        for name, allowed in checks.items():
            if settings.get(name) in allowed:
                setattr(setup, name, settings[name])
        seats = settings.get("seats")
        if isinstance(seats, list) and len(seats) == rules.PLAYERS and all(choice in CHOICES for choice in seats):
            setup.seats = list(seats)
        return setup

    def to_settings(self) -> dict[str, Any]:
        return asdict(self)

    def with_bots(self, count: int) -> None:
        """One person with keyboard and mouse against so many bots. Raises UsageError for too many."""
        if not 1 <= count <= rules.PLAYERS - 1:
            raise UsageError(f"expected 1 to {rules.PLAYERS - 1} bots, got {count}")
        bots = [TEMPERAMENTS[index % len(TEMPERAMENTS)] for index in range(count)]
        self.seats = ["mouse", *bots, *[EMPTY] * (rules.PLAYERS - 1 - count)]

    def cycle(self, seat: int, step: int) -> None:
        """The next choice for a seat that no other seat has; bots and empty seats may repeat."""
        index = CHOICES.index(self.seats[seat])
        while True:
            index = (index + step) % len(CHOICES)
            if CHOICES[index] not in PEOPLE or CHOICES[index] not in self.seats:
                self.seats[seat] = CHOICES[index]
                return

    @property
    def taken(self) -> list[str]:
        return [choice for choice in self.seats if choice != EMPTY]

    @property
    def problem(self) -> str:
        """Why this cannot be started; empty if it can."""
        return "" if len(self.taken) >= 2 else "a match needs two players"

    def config(self) -> dict[str, int | str]:
        return ARENA.default_config(map=self.map, mode=self.mode, score_limit=self.score_limit, seconds=self.seconds)

    def names(self) -> list[str]:
        """A name for each seat that is taken: people by the machine's user, bots by ours."""
        names, people, bots = [], 0, 0
        for choice in self.taken:
            if choice in PEOPLE:
                people += 1
                names.append(person_name() if people == 1 else f"Player {people}")
            else:
                names.append(NAMES[bots])
                bots += 1
        return names
