"""What one chooses before a match: map, mode, limits, and who sits on the eight seats. Remembered from match to match."""

from __future__ import annotations

import getpass
from dataclasses import asdict, dataclass, field
from typing import Any

from replay.core.errors import UsageError

from .. import rules
from ..arena import arena_names
from ..bots import LEVELS, TEMPERAMENTS
from ..match import ARENA
from .options import clean_name

NAMES = ("Ada", "Bo", "Cleo", "Dax", "Edda", "Finn", "Gus", "Hana")
PEOPLE = ("mouse", "keys", "pad1", "pad2", "pad3", "pad4")
EMPTY = "empty"
COUNTDOWN_SECONDS = 3
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
    """seats: for each of the eight who plays there, one of CHOICES. level: of all bots. called: the seats' typed names, or ""."""

    map: str = "plaza"
    mode: str = "ffa"
    score_limit: int = 15
    seconds: int = 180
    level: str = LEVELS[0]
    seats: list[str] = field(default_factory=lambda: ["mouse", "hunter", "brawler", "collector", *[EMPTY] * (rules.PLAYERS - 4)])
    called: list[str] = field(default_factory=lambda: [""] * rules.PLAYERS)

    @classmethod
    def from_settings(cls, settings: Any) -> Setup:
        """What was remembered, as far as it still makes sense."""
        setup = cls()
        if not isinstance(settings, dict):
            return setup
        checks = {
            "map": arena_names(),
            "mode": rules.MODES,
            "score_limit": range(1, 1000),
            "seconds": range(1, 24 * 3600 + 1),
            "level": LEVELS,
        }
        for name, allowed in checks.items():
            if type(settings.get(name)) in (str, int) and settings[name] in allowed:
                setattr(setup, name, settings[name])
        seats = settings.get("seats")
        if isinstance(seats, list) and len(seats) == rules.PLAYERS and all(choice in CHOICES for choice in seats):
            people = [choice for choice in seats if choice in PEOPLE]
            setup.seats = list(seats) if len(set(people)) == len(people) else setup.seats
        called = settings.get("called")
        if isinstance(called, list) and len(called) == rules.PLAYERS and all(isinstance(name, str) for name in called):
            setup.called = [clean_name(name) for name in called]
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
        return ARENA.default_config(
            map=self.map, mode=self.mode, score_limit=self.score_limit, seconds=self.seconds, countdown=COUNTDOWN_SECONDS
        )

    def names(self, own: str = "") -> list[str]:
        """A name for each seat that is taken: a typed one, else the user's own (`own`, or what the machine calls the user) for the
        first person, and one of ours for the rest; none twice."""
        names: list[str] = []
        people = bots = 0
        for choice, called in zip(self.seats, self.called, strict=True):
            if choice == EMPTY:
                continue
            if choice in PEOPLE:
                people += 1
                usual = (own or person_name()) if people == 1 else f"Player {people}"
            else:
                usual = NAMES[bots]
                bots += 1
            names.append(_unlike(called or usual, names))
        return names


def _unlike(name: str, others: list[str]) -> str:
    """The name, with a number if somebody is called so already."""
    number = 2
    unlike = name
    while unlike in others:
        unlike, number = f"{name} {number}", number + 1
    return unlike
