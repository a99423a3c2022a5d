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

_WORK_SECONDS = 0.03  # of each frame, while a film is made
_LINE = 46


class SaveCard:
    """clips: what there is to choose from. job: the film being made, or the last one."""

    def __init__(self, recording: Path, clips: Sequence[Clip]) -> None:
        self.recording = recording
        self.menu: Menu[Clip] = Menu(clips)
        self.job: FilmJob | None = None
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
        clip = self.menu.at(at)
        if self.job is None and clip is not None:
            self.begin(clip)
        elif self.job is not None and self.job.is_over:
            self.close()

    def begin(self, clip: Clip) -> None:
        self.job = FilmJob(self.recording, clip)

    def close(self) -> None:
        """Away with the card; a film that is not whole is given up."""
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
        paint.text(surface, "Save film", (card.left + inner, card.top + paint.px(18)), 26, INK, bold=True)
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
        for index, clip in enumerate(self.menu.items):
            place = pygame.Rect(body.left, body.top + index * paint.px(_LINE), body.width, paint.px(_LINE - 6))
            lit = index == self.menu.chosen
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.5 if lit else 0.12), place, border_radius=8)
            right = (place.right - paint.px(14), place.centery)
            minutes, seconds = divmod(round(clip.seconds), 60)
            lasts = paint.text(surface, f"{minutes}:{seconds:02}", right, 15, DIM, "midright")
            room = lasts.left - place.left - paint.px(28)
            at = (place.left + paint.px(14), place.centery)
            paint.text(surface, clip.title, at, 16, WHITE if lit else INK, "midleft", bold=True, width=room)
            self.menu.places.append((place, clip))

    @staticmethod
    def _draw_progress(surface: pygame.Surface, paint: Paint, body: pygame.Rect, job: FilmJob) -> None:
        paint.text(surface, job.clip.title, body.topleft, 16, INK, bold=True, width=body.width)
        bar = pygame.Rect(body.left, body.top + paint.px(34), body.width, paint.px(16))
        pygame.draw.rect(surface, mix(PANEL, WHITE, 0.1), bar, border_radius=6)
        done = pygame.Rect(bar.left, bar.top, round(bar.width * job.share), bar.height)
        if done.width > 2:
            pygame.draw.rect(surface, ACCENT, done, border_radius=6)
        at = (body.left, bar.bottom + paint.px(8))
        paint.text(surface, f"{job.share:.0%}   {job.done} of {job.total} pictures", at, 14, DIM, width=body.width)

    @staticmethod
    def _draw_end(surface: pygame.Surface, paint: Paint, body: pygame.Rect, job: FilmJob) -> None:
        if job.written is None:
            lines = [("The film could not be saved.", BAD, 17.0), (job.problem, INK, 14.0)]
        else:
            size = f"{job.written.bytes / 1e6:.1f} MB, {job.clip.seconds:.0f} s"
            lines = [("Saved.", GOOD, 17.0), (job.written.path.name, INK, 14.0), (f"in {job.written.path.parent}", DIM, 14.0),
                     (size, DIM, 14.0)]  # fmt: skip
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
