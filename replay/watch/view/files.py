"""The list of what is watched one after the other: the current one lit, and what is known of each."""

from __future__ import annotations

import pygame

from replay.watch.model.files import ListedFile
from replay.watch.model.playlist import Playlist
from replay.watch.model.scene import Colour
from replay.watch.model.survey import Survey, badge_of
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, INK, PANEL, WARN, mix
from replay.watch.view.paint import Paint

_VERDICTS: dict[str, tuple[str, Colour]] = {
    "": ("not yet checked", FAINT),
    "ok": ("verified", GOOD),
    "diverged": ("diverged", BAD),
    "damaged": ("damaged", BAD),
    "being recorded": ("being recorded", ACCENT),
}
_MOODS = {"good": GOOD, "bad": BAD, "waiting": DIM, "unknown": WARN}


def verdict_of(file: ListedFile) -> tuple[str, Colour]:
    """What is known of a file, in a word or two."""
    return ("cannot be watched", BAD) if file.problem else _VERDICTS.get(file.verdict, (file.verdict, WARN))


def draw_files(surface: pygame.Surface, paint: Paint, playlist: Playlist, survey: Survey, area: pygame.Rect) -> None:
    """A card at the left of the area, with as many files as there is room for. survey: of the current one."""
    edge, head, row = paint.px(12), paint.px(40), paint.px(40)
    rows = max(min((area.height - head - paint.px(28)) // row, len(playlist.files)), 1)
    card = pygame.Rect(area.left + 8, area.top + 8, min(paint.px(390), area.width - 16), head + rows * row + paint.px(8))
    paint.panel(surface, card, 240)
    count = paint.text(surface, playlist.text, (card.right - edge, card.top + paint.px(14)), 13, DIM, "topright")
    room = count.left - card.left - 2 * edge
    paint.text(surface, "Recordings", (card.left + edge, card.top + paint.px(11)), 17, INK, bold=True, width=room)
    playlist.places = []
    for line, index in enumerate(playlist.shown(rows)):
        place = pygame.Rect(card.left + edge // 2, card.top + head + line * row, card.width - edge, row - 2)
        verdict = badge_of(survey) if index == playlist.at else None
        _draw_file(surface, paint, playlist, index, place, (verdict[0], _MOODS[verdict[1]]) if verdict is not None else None)
        playlist.places.append((place, index))


def _draw_file(
    surface: pygame.Surface, paint: Paint, playlist: Playlist, index: int, place: pygame.Rect, verdict: tuple[str, Colour] | None
) -> None:
    file, is_current = playlist.files[index], index == playlist.at
    if is_current:
        pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.24), place, border_radius=paint.px(5))
    number = paint.text(surface, str(index + 1), (place.left + paint.px(26), place.top + paint.px(5)), 13, FAINT, "topright")
    left = number.right + paint.px(10)
    text, colour = verdict or verdict_of(file)
    badge = paint.text(
        surface,
        text,
        (place.right - paint.px(8), place.top + paint.px(6)),
        12,
        colour,
        "topright",
        bold=True,
        width=place.width // 2,
    )
    ink = FAINT if file.problem else INK
    room = max(badge.left - left - paint.px(8), paint.px(20))
    paint.text(surface, file.path.name, (left, place.top + paint.px(4)), 14, ink, bold=is_current, width=room)
    below = file.problem or (file.lines[1] if file.is_read else "")
    paint.text(surface, below, (left, place.top + paint.px(21)), 11, DIM, width=place.right - left - paint.px(8))
