"""What lies over the picture for a moment: the thumbnail above the seek bar, words about what the mouse
rests on, the prompt, a word to the user, damage at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import pygame

from replay.core.records import Player
from replay.read.timecode import clock
from replay.watch.model.commands import TIPS
from replay.watch.model.desk import Desk, Tip
from replay.watch.model.lanes import kind_name
from replay.watch.model.places import Thing
from replay.watch.model.scene import Colour
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GROUND, INK, PANEL, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint, put

_THUMB = (256, 144)
_MOST_KINDS = 3  # of a cluster that are named
_RING = 26  # world pixels
_HINT = "1204 (tick), 20.07s, 1:20.5, 50%, end-5s, @marker, death:3"

Thumbnail = Callable[[int, tuple[int, int]], pygame.Surface]


def draw_thumbnail(
    surface: pygame.Surface, paint: Paint, desk: Desk, thing: Thing, bottom: tuple[int, int], thumbnail: Thumbnail
) -> None:
    """Time, tick, the words of the mark and the picture at the moment under the mouse, on a card that ends at `bottom`."""
    width, height = (paint.px(side) for side in _THUMB)
    words = told_of(desk, thing)
    card = pygame.Rect(0, 0, width + 8, height + paint.px(28 + 18 * len(words)))
    card.midbottom = bottom
    card.clamp_ip(pygame.Rect(4, 4, surface.get_width() - 8, surface.get_height()))
    paint.panel(surface, card, 250)
    surface.blit(thumbnail(thing.tick, (width, height)), (card.left + 4, card.top + 4))
    moment = f"{clock(thing.tick, desk.transport.ticks_per_second)}   tick {thing.tick}"
    paint.text(surface, moment, (card.centerx, card.top + height + paint.px(8)), 14, INK, "midtop", bold=True)
    for index, (line, colour) in enumerate(zip(words, (ACCENT, DIM), strict=False)):
        place = (card.centerx, card.top + height + paint.px(26 + 18 * index))
        paint.text(surface, line, place, 13, colour, "midtop", width=width)


def told_of(desk: Desk, thing: Thing) -> list[str]:
    """The words of the mark that is meant, and of the others that are shown as one with it."""
    if thing.mark is None or thing.cluster is None:
        return []
    words, count = [desk.marks.text(thing.mark)], len(thing.cluster.marks)
    if count > 1:
        kinds = Counter(mark.kind for mark in thing.cluster.marks).most_common(_MOST_KINDS)
        what = ", ".join(f"{number} {kind_name(kind)}" for kind, number in kinds)
        words.append(f"one of {count} here" + (f": {what}" if len(kinds) > 1 else ""))
    return words


def draw_prompt(surface: pygame.Surface, paint: Paint, text: str, area: pygame.Rect, hint: str = _HINT) -> None:
    """What is being typed or asked; of a long text the end. hint: what to answer."""
    card = pygame.Rect(0, 0, min(paint.px(430), area.width - 8), paint.px(66))
    card.midbottom = (area.centerx, area.bottom - paint.px(16))
    paint.panel(surface, card, 248)
    left, room = card.left + paint.px(14), card.width - paint.px(28)
    paint.text(surface, paint.ending(text, room, 17), (left, card.top + paint.px(10)), 17, INK)
    paint.text(surface, hint, (left, card.top + paint.px(40)), 12, FAINT, width=room)


def draw_question(
    surface: pygame.Surface, paint: Paint, look: Look, players: Sequence[Player], lit: int, area: pygame.Rect, *, right: bool
) -> list[tuple[pygame.Rect, int]]:
    """Whom to take over; one of them is lit. right: at the right edge of the area, else at the left. Returns where each stands."""
    edge, head, foot = paint.px(14), paint.px(44), paint.px(30)
    room = max(area.height - head - foot - paint.px(20), 1)
    columns = min(-(-len(players) // max(room // paint.px(22), 1)), max(area.width // paint.px(190), 1))
    rows = -(-len(players) // columns)
    line = min(paint.px(34), max(room // rows, 1))
    width = min(paint.px(300) if columns == 1 else paint.px(250) * columns, area.width - paint.px(16))
    middle = area.right - width // 2 - paint.px(8) if right else area.left + width // 2 + paint.px(8)
    card = paint.card(surface, (width, head + line * rows + foot), (middle, area.centery), 240, 8)
    paint.text(surface, "Play on as", (card.left + edge, card.top + paint.px(12)), 18, INK, bold=True, width=width - 2 * edge)
    hint = "number or Enter; Esc: nobody"
    paint.text(surface, hint, (card.centerx, card.bottom - paint.px(8)), 12, FAINT, "midbottom", width=width - 2 * edge)
    places, each = [], (width - edge) // columns
    for player, one in enumerate(players):
        left = card.left + edge // 2 + player // rows * each
        place = pygame.Rect(left, card.top + head + player % rows * line, each, line)
        _draw_choice(surface, paint, look, player, one, place, player == lit)
        places.append((place, player))
    return places


def _draw_choice(
    surface: pygame.Surface, paint: Paint, look: Look, number: int, player: Player, place: pygame.Rect, is_lit: bool
) -> None:
    """One of whom to take over. number: of the seat."""
    if is_lit:
        pygame.draw.rect(surface, mix(PANEL, look.colour(number), 0.3), place, border_radius=paint.px(5))
    y, letters = place.centery, min(15.0, place.height / paint.scale * 0.75)
    paint.text(surface, str(number + 1), (place.left + paint.px(16), y), letters, DIM, "center")
    size = max(min(paint.px(7), place.height // 2 - 1), 1)
    paint.shape(surface, look.shape(number), (place.left + paint.px(38), y), size, look.colour(number))
    kind, at = player.kind.replace(":", " "), (place.right - paint.px(10), y)
    what = paint.text(surface, kind, at, letters * 0.87, DIM, "midright", width=place.width // 3)
    left = place.left + paint.px(54)
    room = max(what.left - left - paint.px(10), 0)
    paint.text(surface, player.name, (left, y), letters, INK, "midleft", bold=is_lit, width=room)


def draw_ring(
    surface: pygame.Surface, paint: Paint, colour: Colour, at: tuple[float, float], scale: float, area: pygame.Rect
) -> None:
    """Around the one in the picture who is meant. scale: of the camera."""
    surface.set_clip(area)
    radius = max(_RING * scale, paint.px(10))
    for wide, ink in ((paint.px(5), GROUND), (paint.px(3), colour)):
        pygame.draw.circle(surface, ink, at, radius + (wide - paint.px(3)) / 2, wide)
    surface.set_clip(None)


def draw_toast(surface: pygame.Surface, paint: Paint, toast: str, area: pygame.Rect) -> None:
    """What the user is told for a moment."""
    text = paint.shortened(toast, area.width - paint.px(44), 15)
    paint.note(surface, text, (area.centerx, area.top + paint.px(14)), 15, INK, "midtop", (28, 14), 235)


def draw_damage(surface: pygame.Surface, paint: Paint, damage: str, area: pygame.Rect) -> None:
    """Why the recording ends here."""
    place = (area.centerx, area.bottom - paint.px(14))
    paint.text(surface, damage, place, 14, BAD, "midbottom", width=area.width - 20)


def draw_lost(surface: pygame.Surface, paint: Paint, name: str, why: str) -> None:
    """There is no picture any more: the file changed while it was watched."""
    surface.fill(GROUND)
    (width, height), room = surface.get_size(), surface.get_width() - paint.px(60)
    for text, size, colour, up in (
        (f"{name} changed while it was watched", 20, INK, 24),
        (why, 14, BAD, -6),
        ("It is opened again as soon as it can be read. Ctrl+W closes.", 14, DIM, -32),
    ):
        paint.text(surface, text, (width // 2, height // 2 - paint.px(up)), size, colour, "center", width=room)


def draw_tooltip(surface: pygame.Surface, paint: Paint, tip: Tip, tips: Mapping[str, tuple[str, str]] = TIPS) -> None:
    """What the mouse rests on. tips: keys and words by command, out of its table."""
    if not tip.name:
        return
    keys, text = tips[tip.name]
    gap, edge = paint.px(10), paint.px(8)
    how = paint.label(paint.shortened(keys, surface.get_width() // 3, 13), 13, DIM)
    what = paint.label(paint.shortened(text, surface.get_width() - how.get_width() - gap - 2 * edge - 8, 13), 13, INK)
    card = pygame.Rect(0, 0, what.get_width() + gap + how.get_width() + 2 * edge, what.get_height() + paint.px(10))
    # Away from the edge of the window, and not under the mouse.
    if tip.at[1] > surface.get_height() // 2:
        card.midbottom = (tip.at[0], tip.at[1] - paint.px(14))
    else:
        card.midtop = (tip.at[0], tip.at[1] + paint.px(22))
    card.clamp_ip(surface.get_rect().inflate(-8, -8))
    paint.panel(surface, card, 250, radius=5)
    put(surface, what, card.left + edge, card.centery, "midleft")
    put(surface, how, card.right - edge, card.centery, "midright")
