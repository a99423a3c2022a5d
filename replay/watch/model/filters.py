"""What can be chosen to go through: kinds and players, each with how many marks it would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from replay.core.game import abilities_of
from replay.watch.model.card import ListCard
from replay.watch.model.lanes import kind_name
from replay.watch.model.marks import Choice, MarkAt, Marks

_MOST_NAMED = 2  # kinds or players that a sentence names
_MOST_LETTERS = 20  # of a name in a sentence


class Option(NamedTuple):
    """A line of the card: a kind or a player."""

    kind: str | None = None
    player: int | None = None

    def is_chosen(self, choice: Choice) -> bool:
        return self.player in choice.players if self.kind is None else self.kind in choice.kinds

    def toggled(self, choice: Choice) -> Choice:
        kinds, players = [] if self.kind is None else [self.kind], [] if self.player is None else [self.player]
        return choice.toggled(kinds, players)


class Filters(ListCard[Option]):
    """The card of all options: weighty kinds first, then the recording's own markers, then the players by seat."""

    def __init__(self, marks: Marks) -> None:
        weights = marks.story.marks
        known = abilities_of(marks.story.game).event_kinds
        kinds = [*sorted((kind for kind in known if weights.get(kind)), key=lambda kind: -weights[kind]), ""]
        super().__init__([*(Option(kind) for kind in kinds), *(Option(player=seat) for seat in range(len(marks.story.names)))])
        self._marks = marks
        self._counted: tuple[list[MarkAt] | None, Choice, Counter[Option]] = (None, Choice(), Counter())

    def counts(self, choice: Choice) -> Counter[Option]:
        """How many marks there are of each kind, of the chosen players; and of each player, of the chosen kinds."""
        marks = self._marks.all()
        known, chosen, counts = self._counted
        if known is not marks or chosen != choice:
            counts = Counter(Option(mark.kind) for mark in marks if choice.is_about(mark))
            of_kinds = choice._replace(players=frozenset())
            counts.update(Option(player=player) for mark in marks if of_kinds.admits(mark) for player in mark.players)
            self._counted = marks, choice, counts
        return counts


def told(choice: Choice, names: Sequence[str]) -> str:
    """A choice in words: `death with Ann`, `3 kinds`, `marker`."""
    kinds = _listed([kind_name(kind) for kind in sorted(choice.kinds)], "kinds") or "marker"
    players = _listed([names[player] for player in sorted(choice.players)], "players")
    return f"{kinds} with {players}" if players else kinds


def _listed(words: Sequence[str], what: str) -> str:
    if len(words) > _MOST_NAMED:
        return f"{len(words)} {what}"
    return " or ".join(word if len(word) <= _MOST_LETTERS else word[: _MOST_LETTERS - 1] + "…" for word in words)
