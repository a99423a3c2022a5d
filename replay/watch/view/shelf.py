"""The list of recordings as it is drawn: a head, a line for each folder, a card with a picture for each recording, a scroll bar."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from replay.watch.model.files import ListedFile
from replay.watch.model.list_commands import SEARCH_HINT
from replay.watch.model.listing import HEADS, ListedFolder, Listing
from replay.watch.model.shelf import EDGE, GAP, Shelf
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, GROUND, INK, LINE, PANEL, WARN, mix
from replay.watch.view.paint import Paint

_VERDICT_COLOURS = {"ok": GOOD, "diverged": BAD, "damaged": BAD, "no end": WARN, "being recorded": ACCENT, "unverifiable": WARN}

FindPicture = Callable[[ListedFile, tuple[int, int]], pygame.Surface | None]


def draw_shelf(
    surface: pygame.Surface, paint: Paint, shelf: Shelf, listing: Listing, message: str, is_typing: bool, find: FindPicture
) -> None:
    """The whole list. message: what the user was told last. find: the picture of a file, if there is one by now."""
    surface.fill(GROUND)
    shelf.heads.clear()
    listing.menu.places = []
    surface.set_clip(shelf.area)
    for index in shelf.seen():
        entry, box, edge = listing.menu.items[index], shelf.place(index), paint.px(EDGE)
        place = pygame.Rect(box.left + edge, box.top, box.width - 2 * edge, box.height - paint.px(GAP))
        listing.menu.places.append((place, entry))
        is_lit = index == listing.menu.chosen
        paint.panel(surface, place, 255, mix(PANEL, ACCENT, 0.2) if is_lit else PANEL)
        if isinstance(entry, ListedFolder):
            _draw_folder(surface, paint, entry, place)
        else:
            _draw_file(surface, paint, entry, place, shelf.picture, find)
    surface.set_clip(None)
    if shelf.bar.width:
        pygame.draw.rect(surface, mix(PANEL, LINE, 0.4), shelf.bar, border_radius=4)
        pygame.draw.rect(surface, FAINT, shelf.thumb, border_radius=4)
    _draw_head(surface, paint, shelf, listing, message, is_typing)
    if not any(isinstance(entry, ListedFile) for entry in listing.menu.items):
        _draw_empty(surface, paint, shelf, listing)


def _draw_head(surface: pygame.Surface, paint: Paint, shelf: Shelf, listing: Listing, message: str, is_typing: bool) -> None:
    left, width = shelf.search.left, shelf.search.width
    title = paint.text(surface, "Recordings", (left, paint.px(12)), 24, INK, bold=True)
    room = shelf.search.right - title.right - paint.px(16)
    paint.text(surface, listing.count, (shelf.search.right, title.centery), 15, DIM, "midright", width=room)
    note, ink = message or str(listing.folder), INK if message else DIM
    paint.text(surface, note, (left, paint.px(42)), 13, ink, width=width)
    box, edge = pygame.Rect(shelf.search), paint.px(10)
    pygame.draw.rect(surface, PANEL, box, border_radius=6)
    frame = BAD if listing.error else ACCENT if is_typing or listing.search else LINE
    pygame.draw.rect(surface, frame, box, 1, border_radius=6)
    if is_typing or listing.search:
        error_room = box.width // 2 if listing.error else 0
        text = paint.ending(f"{listing.search}|", box.width - 2 * edge - error_room, 15)
        typed = paint.text(surface, text, (box.left + edge, box.centery), 15, INK, "midleft")
        if listing.error:
            room = box.right - edge - typed.right - paint.px(14)
            paint.text(surface, listing.error, (box.right - edge, box.centery), 13, BAD, "midright", width=room)
    else:
        hint = f"type to search:   {SEARCH_HINT}"
        paint.text(surface, hint, (box.left + edge, box.centery), 13, FAINT, "midleft", width=box.width - 2 * edge)
    _draw_heads(surface, paint, shelf, listing)


def _draw_heads(surface: pygame.Surface, paint: Paint, shelf: Shelf, listing: Listing) -> None:
    """What the lines can be sorted by; an arrow says which way they are."""
    x, y = shelf.search.left, (shelf.search.bottom + shelf.area.top) // 2 - paint.px(2)
    for head in HEADS:
        is_on = head == listing.head
        written = paint.label(head, 13, INK if is_on else DIM, is_on)
        place = pygame.Rect(x, y - paint.px(12), written.get_width() + paint.px(18 + (14 if is_on else 0)), paint.px(24))
        if place.right > shelf.search.right:
            break
        pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.3) if is_on else PANEL, place, border_radius=6)
        surface.blit(written, written.get_rect(midleft=(place.left + paint.px(9), y)))
        if is_on:
            paint.shape(surface, "down" if listing.is_falling else "triangle", (place.right - paint.px(12), y), paint.px(5), INK)
        shelf.heads[head] = place
        x = place.right + paint.px(6)


def _draw_folder(surface: pygame.Surface, paint: Paint, folder: ListedFolder, place: pygame.Rect) -> None:
    icon = pygame.Rect(place.left + paint.px(14), place.centery - paint.px(7), paint.px(22), paint.px(15))
    pygame.draw.rect(surface, WARN, icon.move(0, -paint.px(3)).inflate(-paint.px(10), 0).move(-paint.px(5), 0), border_radius=2)
    pygame.draw.rect(surface, mix(WARN, PANEL, 0.25), icon, border_radius=2)
    right = paint.text(surface, folder.text, (place.right - paint.px(14), place.centery), 13, DIM, "midright").left
    left = icon.right + paint.px(14)
    name = ".." if folder.is_way_out else folder.path.name
    paint.text(surface, name, (left, place.centery), 16, INK, "midleft", bold=True, width=right - left - paint.px(12))


def _draw_file(
    surface: pygame.Surface, paint: Paint, file: ListedFile, place: pygame.Rect, size: tuple[int, int], find: FindPicture
) -> None:
    frame = pygame.Rect((place.left + 4, place.centery - size[1] // 2), size)
    if frame.width > place.width // 2:
        frame.width = 0  # there is no room for it
    elif (picture := find(file, size)) is not None:
        surface.blit(picture, frame)
    else:
        pygame.draw.rect(surface, mix(GROUND, PANEL, 0.5), frame, border_radius=4)
    edge = paint.px(14)
    verdict = file.verdict or ("cannot be watched" if file.problem else "not yet checked" if file.facts else "")
    text, shade = "verified" if verdict == "ok" else verdict, _VERDICT_COLOURS.get(verdict, FAINT)
    at = (place.right - edge, place.top + paint.px(11))
    right = paint.text(surface, text, at, 14, shade, "topright", bold=True, width=place.width // 3).left
    x = frame.right + edge
    title = file.facts.title if file.facts is not None else file.path.name
    ink, room = DIM if file.problem else INK, place.right - edge - x
    paint.text(surface, title, (x, place.top + paint.px(10)), 17, ink, bold=True, width=right - edge - x)
    lines = (*file.lines, file.path.name) if file.facts is not None else file.lines
    height = paint.label("Ag", 13).get_height()
    step, y = max(paint.px(18), height), place.top + max(paint.px(35), 2 * height)
    for index, line in enumerate(lines[: max((place.bottom - y) // step, 1)]):
        shade = BAD if file.problem and index == 0 else DIM if index < len(lines) - 1 else FAINT
        paint.text(surface, line, (x, y + step * index), 13, shade, width=room)


def _draw_empty(surface: pygame.Surface, paint: Paint, shelf: Shelf, listing: Listing) -> None:
    """What to do where there is nothing to choose."""
    what, then = "No recordings here yet.", "Play a match (arena play), or drop a .replay file on this window."
    if listing.problem:
        what, then = f"This folder cannot be read: {listing.problem}", "Drop a .replay file on this window, or Esc goes back."
    elif listing.search:
        what, then = "Nothing fits this search.", "Esc clears it, F1 shows the keys."
    top = max(shelf.place(len(listing.menu.items)).top, shelf.area.top)
    middle = max((top + surface.get_height()) // 2, top + paint.px(30))
    room = shelf.search.width
    paint.text(surface, what, (surface.get_width() // 2, middle - paint.px(16)), 20, INK, "center", width=room)
    paint.text(surface, then, (surface.get_width() // 2, middle + paint.px(14)), 15, DIM, "center", width=room)
