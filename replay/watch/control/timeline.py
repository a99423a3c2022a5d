"""What is asked of the seek bar beyond going somewhere: what it shows, what one goes through, and the lists over the picture."""

from __future__ import annotations

import time

from replay.watch.model.desk import Desk
from replay.watch.model.filters import Filters, told
from replay.watch.model.highlights import Highlights
from replay.watch.model.lanes import Lane
from replay.watch.model.marks import EVERYTHING, LEAD_SECONDS, Choice, MarkAt, index_of
from replay.watch.model.places import Places, Thing
from replay.watch.model.timeline import KINDS, PLAYERS, TOGETHER

_NEARER = 1.22  # a notch of the wheel, or a press of the key
_NOTCH_SHARE = 0.1  # of what is seen, a notch along
_DOUBLE_SECONDS = 0.4  # two clicks that follow one another so soon are one double click
_DOUBLE_PIXELS = 4
_LANES = {KINDS: "a lane for each kind", PLAYERS: "a lane for each player", TOGETHER: "no lanes"}


# --- marks ---


def go_to_mark(desk: Desk, mark: MarkAt) -> None:
    """To a little before a mark, and on to the next one from there."""
    desk.last_mark = mark
    desk.transport.jump(mark.tick - LEAD_SECONDS * desk.transport.ticks_per_second)
    desk.say(desk.marks.text(mark))


def go_on(direction: int, desk: Desk) -> None:
    """To the next mark of those one goes through, or to the one before, and say which of them it is."""
    transport, last, choice = desk.transport, desk.last_mark, desk.timeline.wanted
    lead = LEAD_SECONDS * transport.ticks_per_second
    position = transport.position if transport.requested_seek is None else transport.requested_seek
    # On the way to the mark one asked for, "next" and "previous" mean its neighbours.
    is_on_way = last is not None and last.tick - lead - 1 <= position <= last.tick + 1
    mark = desk.marks.neighbour(last if last is not None and is_on_way else position, direction, choice)
    goals, what = desk.marks.goals(choice), told(choice, desk.marks.story.names)
    is_all = desk.timeline.progress is None
    if mark is None:
        desk.say(f"no {what} {'further on' if direction > 0 else 'before'}{'' if is_all else ' yet'}")
        return
    go_to_mark(desk, mark)
    number = 1 + (index_of(mark, goals) or 0)
    desk.say(f"{what}: {number} of {len(goals)}{'' if is_all else ' so far'}   {desk.marks.text(mark)}")


def choose(desk: Desk, choice: Choice) -> None:
    """Show and go through these marks alone."""
    desk.timeline.choice = choice
    desk.say(f"only {told(choice, desk.marks.story.names)}" if choice else "all events")


def choose_lane(desk: Desk, lane: Lane) -> None:
    """What this lane is of, too, or no longer; a lane of a mixture says nothing."""
    choice = desk.timeline.choice
    if lane.player is not None:
        choose(desk, choice.toggled(players=[lane.player]))
    elif lane.kinds:
        choose(desk, choice.toggled(kinds=lane.kinds))


def clear_filter(desk: Desk) -> None:
    choose(desk, EVERYTHING)


def next_lanes(desk: Desk) -> None:
    desk.timeline.next_mode()
    desk.say(_LANES[desk.timeline.mode])


# --- the part that is seen ---


def zoom(notches: float, desk: Desk) -> None:
    """Nearer to the moment where one is, or further."""
    desk.timeline.span.zoom(_NEARER**notches, desk.transport.position)


def turn(desk: Desk, places: Places, x: int, nearer: float, along: float) -> None:
    """The wheel over the bar: nearer to what is under the mouse, or along by notches."""
    if places.bar is None:
        return
    if nearer:
        desk.timeline.span.zoom(_NEARER**nearer, places.bar.x_to_tick(x))
    if along:
        desk.timeline.span.pan(along * _NOTCH_SHARE * (places.bar.ticks - places.bar.start))


def drag(desk: Desk, places: Places, pixels: int) -> None:
    """Pull what the bar shows along with the mouse."""
    if places.bar is not None:
        desk.timeline.span.pan(-pixels / places.bar.pixels_per_tick)


class DoubleClick:
    """Whether a click is the second one of two."""

    def __init__(self) -> None:
        self._at, self._since = (0, 0), -_DOUBLE_SECONDS

    def is_second(self, at: tuple[int, int]) -> bool:
        """A click at this place of the screen: was the one before it just now, and here?"""
        before, since = self._at, self._since
        self._at, self._since = at, time.monotonic()
        is_near = abs(at[0] - before[0]) + abs(at[1] - before[1]) <= _DOUBLE_PIXELS
        return is_near and self._since - since < _DOUBLE_SECONDS


# --- lists ---


def press(desk: Desk, word: str) -> bool:
    """A key while a list is open. False if it means what it always does."""
    timeline = desk.timeline
    if timeline.card is None or desk.switches.hidden:
        return False
    if word == "Escape":
        timeline.card = None
    elif word == "Enter":
        enter(desk, timeline.card.menu.chosen)
    else:
        return timeline.card.key(word)
    return True


def enter(desk: Desk, line: int) -> None:
    """Take a line of the list: go to the highlight, or choose the kind or player."""
    card = desk.timeline.card
    if card is None or line >= len(card.menu.items):
        return
    card.menu.chosen = line
    if isinstance(card, Filters):
        choose(desk, card.menu.item.toggled(desk.timeline.choice))
    elif isinstance(card, Highlights):
        desk.transport.jump(card.menu.item.tick - LEAD_SECONDS * desk.transport.ticks_per_second)
        desk.say(card.menu.item.title)


def click(desk: Desk, thing: Thing) -> bool:
    """A click on something of the bar or of a list that is not a moment. False if it is something else."""
    if thing.name == "lane" and thing.lane is not None:
        choose_lane(desk, thing.lane)
    elif thing.name in ("highlight", "option"):
        enter(desk, thing.line)
    else:
        return thing.name == "card"
    return True
