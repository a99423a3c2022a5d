"""What the keys do that work on two recordings."""

from __future__ import annotations

from replay.core.errors import ReplayError
from replay.watch.model.alignment import END, TICK
from replay.watch.model.contrast import what_differs
from replay.watch.model.desk import Desk
from replay.watch.model.files import reason
from replay.watch.model.marks import LEAD_SECONDS
from replay.watch.model.pairing import VIEWS, Pairing
from replay.watch.model.places import Strip

_ALONE = "one recording is open: replay watch A --with B shows two, or a right click in the list (Q)"


def next_view(desk: Desk) -> None:
    """Side by side, as a ghost, A alone, B alone."""
    if (pairing := _pairing(desk)) is not None:
        pairing.view = VIEWS[(VIEWS.index(pairing.view) + 1) % len(VIEWS)]
        desk.say(pairing.view)


def next_alignment(desk: Desk) -> None:
    """By tick, by the end, by an event that both have: the one gone to last, or the first of the weightiest kind."""
    if (pairing := _pairing(desk)) is None:
        return
    shared = pairing.shared_mark(desk.last_mark)
    name = pairing.alignment.name
    if name == TICK:
        pairing.align(END)
    elif name == END and shared is not None:
        pairing.align_at(*shared)
    else:
        pairing.align(TICK)
    desk.say(f"side by side: {pairing.alignment.text}")


def shift(ticks: int, desk: Desk) -> None:
    """Put B so many ticks later beside A."""
    if (pairing := _pairing(desk)) is not None:
        pairing.alignment.shift += ticks
        desk.say(pairing.alignment.text)


def go_to_difference(direction: int, desk: Desk) -> None:
    """To the next (1) or previous (-1) tick at which something begins to differ, or to the first one (0); and stay there."""
    if (pairing := _pairing(desk)) is None:
        return
    transport, differences = desk.transport, pairing.differences
    position = transport.position if transport.requested_seek is None else transport.requested_seek
    tick = differences.neighbour(position, direction) if direction else differences.first
    if tick is None:
        desk.say(_none(pairing, direction))
        return
    if not pairing.alignment.is_tick_by_tick:
        pairing.align(TICK)
    pairing.has_stopped = True
    transport.playing = False
    transport.jump(tick)
    say_difference(desk, pairing, tick)


def say_difference(desk: Desk, pairing: Pairing, tick: int) -> None:
    """What differs at a tick, and whether it is the first one at which anything does."""
    which = "first difference" if tick == pairing.differences.first else "difference"
    try:
        words = what_differs(pairing.lines(tick, 1)) or "states that name no fields"
    except (ReplayError, OSError) as error:  # of a file that somebody writes to; the picture says it as well
        words = reason(error)
    desk.say(f"{which}, tick {tick}: {words}")


def go_to_moment_of_b(desk: Desk, pairing: Pairing, bar: Strip, x: int, near: int) -> None:
    """To the moment of A at a place of its bar; to a little before a mark of B that matters and is so near, in pixels."""
    first, last = (int(pairing.alignment.to_b(bar.x_to_tick(x + reach))) for reach in (-near, near))
    marks = [mark for mark in pairing.marks.all() if first <= mark.tick <= last and mark.weight >= 2]
    if not marks:
        desk.transport.jump(bar.x_to_tick(x))
        return
    mark = max(marks, key=lambda mark: (mark.weight, -abs(bar.tick_to_x(pairing.alignment.to_a(mark.tick)) - x)))
    desk.transport.jump(pairing.alignment.to_a(mark.tick) - LEAD_SECONDS * desk.transport.ticks_per_second)
    desk.say(f"B: {pairing.marks.text(mark)}")


def _none(pairing: Pairing, direction: int) -> str:
    differences = pairing.differences
    if not differences.is_done:
        return f"none so far: {differences.progress:.0%} compared"
    if differences.first is None:
        return differences.note or "no difference as far as both go"
    return "no difference further on" if direction > 0 else "no difference before"


def _pairing(desk: Desk) -> Pairing | None:
    """The one that is there; where there is none, the user is told how to get one."""
    if desk.pairing is None:
        desk.say(_ALONE)
    return desk.pairing
