"""The card on which one chooses what to save of a match, sees how far that is, and reads where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pygame

from replay.watch.model.menu import Menu
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, INK, PANEL, mix
from replay.watch.view.paint import Paint

from ..look.palette import WHITE
from .film import Clip, FilmJob
from .web_page import PageJob, WebPage

_WORK_SECONDS = 0.03  # of each frame, while something is made
_LINE = 46


class SaveCard:
    """clips: films to choose from; a page is offered beside them. job: what is being made, or was last."""

    def __init__(self, recording: Path, clips: Sequence[Clip]) -> None:
        self.recording = recording
        self.menu: Menu[Clip | WebPage] = Menu([*clips, WebPage()])
        self.job: FilmJob | PageJob | None = None
        self.is_open = True

    # --- asking ---

    def key(self, word: str) -> None:
        if word in ("Escape", "Ctrl+W", "Ctrl+Q", "S") or (self.job is not None and self.job.is_over):
            self.close()
        elif self.job is None and word in ("Enter", "Space"):
            self.begin(self.menu.item)
        elif self.job is None:
            self.menu.key(word)

    def click(self, at: tuple[int, int]) -> None:
        choice = self.menu.at(at)
        if self.job is None and choice is not None:
            self.begin(choice)
        elif self.job is not None and self.job.is_over:
            self.close()

    def begin(self, choice: Clip | WebPage) -> None:
        self.job = choice.job(self.recording)

    def close(self) -> None:
        """Away with the card; what is not whole is given up."""
        if self.job is not None:
            self.job.cancel()
        self.is_open = False

    def update(self) -> None:
        if self.job is not None:
            self.job.work(_WORK_SECONDS)

    # --- drawing ---

    def draw(self, surface: pygame.Surface, paint: Paint) -> pygame.Rect:
        """Returns where the card is."""
        paint.shade(surface, 160)
        width, height = surface.get_size()
        line, rows = paint.px(_LINE), max(len(self.menu.items), 2)
        size = (min(paint.px(640), width - 12), min(paint.px(128) + rows * line, height - 12))
        card = paint.card(surface, size, (width // 2, height // 2), 250, 10)
        inner = paint.px(26)
        paint.text(surface, "Save", (card.left + inner, card.top + paint.px(18)), 26, INK, bold=True)
        body = pygame.Rect(card.left + inner, card.top + paint.px(66), card.width - 2 * inner, rows * line)
        if self.job is None:
            self._draw_choices(surface, paint, body)
            foot = "arrows and Enter, or a click: save   Esc: back"
        elif not self.job.is_over:
            self._draw_progress(surface, paint, body, self.job)
            foot = "Esc: give it up"
        else:
            self._draw_end(surface, paint, body, self.job)
            foot = "any key: back"
        at = (card.centerx, card.bottom - paint.px(14))
        paint.text(surface, foot, at, 13, FAINT, "midbottom", width=card.width - inner)
        return card

    def _draw_choices(self, surface: pygame.Surface, paint: Paint, body: pygame.Rect) -> None:
        self.menu.places = []
        for index, choice in enumerate(self.menu.items):
            place = pygame.Rect(body.left, body.top + index * paint.px(_LINE), body.width, paint.px(_LINE - 6))
            lit = index == self.menu.chosen
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.5 if lit else 0.12), place, border_radius=8)
            right = (place.right - paint.px(14), place.centery)
            size = paint.text(surface, choice.size, right, 15, DIM, "midright")
            room = size.left - place.left - paint.px(28)
            at = (place.left + paint.px(14), place.centery)
            paint.text(surface, choice.title, at, 16, WHITE if lit else INK, "midleft", bold=True, width=room)
            self.menu.places.append((place, choice))

    @staticmethod
    def _draw_progress(surface: pygame.Surface, paint: Paint, body: pygame.Rect, job: FilmJob | PageJob) -> None:
        paint.text(surface, job.title, body.topleft, 16, INK, bold=True, width=body.width)
        bar = pygame.Rect(body.left, body.top + paint.px(34), body.width, paint.px(16))
        pygame.draw.rect(surface, mix(PANEL, WHITE, 0.1), bar, border_radius=6)
        done = pygame.Rect(bar.left, bar.top, round(bar.width * job.share), bar.height)
        if done.width > 2:
            pygame.draw.rect(surface, ACCENT, done, border_radius=6)
        at = (body.left, bar.bottom + paint.px(8))
        paint.text(surface, job.said, at, 14, DIM, width=body.width)

    @staticmethod
    def _draw_end(surface: pygame.Surface, paint: Paint, body: pygame.Rect, job: FilmJob | PageJob) -> None:
        if job.written is None:
            lines = [(job.gist, BAD, 17.0), (job.problem, INK, 14.0)]
        else:
            lines = [("Saved.", GOOD, 17.0), (job.written.path.name, INK, 14.0), (f"in {job.written.path.parent}", DIM, 14.0),
                     (job.gist, DIM, 14.0)]  # fmt: skip
        y = body.top
        for text, colour, letters in lines:
            for row in paragraph(paint, text, letters, body.width):
                y = paint.text(surface, row, (body.left, y), letters, colour, bold=letters > 15).bottom + paint.px(5)


def paragraph(paint: Paint, text: str, letters: float, width: int) -> list[str]:
    """A text in lines of at most that many pixels, broken between words, or anywhere in one that is too long."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if paint.label(longer, letters).get_width() <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if paint.label(lines[-1] + letter, letters).get_width() > width and lines[-1]:
                lines.append("")
            lines[-1] += letter
    return lines
