"""The recordings of a folder, to choose from: a picture, map, players, length, result, verdict. Broken files say why they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pygame

from replay.core.cache import Bounded
from replay.core.errors import ReplayError
from replay.core.text import counted
from replay.watch.control.keys import key_word
from replay.watch.model.files import Checks, ListedFile, list_recordings
from replay.watch.model.menu import LONG, Menu
from replay.watch.model.playlist import Playlist
from replay.watch.model.session import Session
from replay.watch.model.wish import KEYS, Open, open_dropped
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, GROUND, INK, PANEL, WARN, mix
from replay.watch.view.picture import open_look, small_picture
from replay.watch.window import Screen

_PICTURE = (176, 99)
_ROW = 116
_PICTURE_AT = 0.6  # of the match: something has happened by then
_MOST_PICTURES = 500
_VERDICT_COLOURS = {"ok": GOOD, "diverged": BAD, "damaged": BAD, "no end": WARN, "being recorded": ACCENT, "unverifiable": WARN}


class Browser(Screen):
    """Choose with the mouse or the arrows; Enter or a click opens."""

    caption = "recordings - replay"

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.menu: Menu[ListedFile] = Menu([], LONG, wraps=False)
        self._scroll = 0.0
        self._shown: list[tuple[str, str]] = []  # what was known of the files when they were drawn last
        self._pictures: Bounded[Any, pygame.Surface] = Bounded(_MOST_PICTURES)
        self._checks = Checks([])

    def enter(self) -> None:
        self.message = ""
        files, chosen = list_recordings(self.folder), self.menu.chosen
        self.menu = Menu(files, LONG, wraps=False)
        self.menu.chosen = min(chosen, max(len(files) - 1, 0))
        self._checks = Checks(files)
        self._checks.start()

    def leave(self) -> None:
        self._checks.stop()
        self._pictures.clear()  # one may go a long way from here

    def is_at_rest(self) -> bool:
        return [(file.verdict, file.problem) for file in self.menu.items] == self._shown

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN:
            word = key_word(event)
            if self.menu.key(word):
                self._show_chosen()
            elif word in ("Enter", "Space"):
                self.open()
            elif word in KEYS:
                self.wish = KEYS[word]
        elif event.type == pygame.MOUSEWHEEL:
            self._scroll -= event.y * 60
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            if self.menu.point(event.pos) is not None:
                self.open()
        elif event.type == pygame.DROPFILE:
            self.wish = open_dropped(self.wish, Path(event.file))

    def open(self) -> None:
        """Open the chosen one."""
        if self.menu.items:
            self.wish = Open(self.menu.item.path, playlist=Playlist(self.menu.items, self.menu.chosen, goes_on=False))

    def _show_chosen(self) -> None:
        row = self.window.paint.px(_ROW)
        room = self.window.surface.get_height() - self.window.paint.px(90)
        top = self.menu.chosen * row
        self._scroll = min(max(self._scroll, top + row - room), top)

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height), files = self.window.paint, surface.get_size(), self.menu.items
        self._shown = [(file.verdict, file.problem) for file in files]
        surface.fill(GROUND)
        head, row = paint.px(74), paint.px(_ROW)
        self._scroll = min(max(self._scroll, 0), max(len(files) * row - (height - head), 0))
        self.menu.places = []
        surface.set_clip((0, head, width, height - head))
        for index, file in enumerate(files):
            y = head + index * row - round(self._scroll)
            if -row < y - head < height:
                place = pygame.Rect(paint.px(24), y, width - 2 * paint.px(24), row - paint.px(10))
                self.menu.places.append((place, file))
                self._draw_file(surface, file, place, index == self.menu.chosen)
        surface.set_clip(None)
        paint.text(surface, "Recordings", (paint.px(26), paint.px(16)), 25, INK, bold=True)
        note = self.message or f"{self.folder}   {counted(len(files), 'file')}   Enter opens, Esc leaves"
        colour = BAD if self.message else DIM
        paint.text(surface, note, (paint.px(27), paint.px(48)), 13, colour, width=width - paint.px(50))
        if not files:
            paint.text(surface, "No recordings here yet.", (width // 2, height // 2 - paint.px(20)), 20, INK, "center")
            hint = "Play a match (arena play), or drop a .replay file on this window."
            paint.text(surface, hint, (width // 2, height // 2 + paint.px(14)), 15, DIM, "center")

    def _draw_file(self, surface: pygame.Surface, file: ListedFile, place: pygame.Rect, chosen: bool) -> None:
        paint = self.window.paint
        file.read()
        paint.panel(surface, place, 255, mix(PANEL, ACCENT, 0.2) if chosen else PANEL)
        size = (paint.px(_PICTURE[0]), paint.px(_PICTURE[1]))
        frame = pygame.Rect(place.left + 6, place.centery - size[1] // 2, *size)
        surface.blit(self._pictures.get((file.path, size), lambda: self._draw_picture(file, size)), frame)
        x, room = frame.right + paint.px(16), place.right - frame.right - paint.px(140)
        lines = file.lines if not file.problem else (file.problem,)
        ink = INK if not file.problem else DIM
        paint.text(surface, file.title or file.path.name, (x, place.top + paint.px(10)), 17, ink, bold=True, width=room)
        for index, line in enumerate((*lines, file.path.name) if file.title else lines):
            colour = BAD if file.problem and index == 0 else DIM if index < 2 else FAINT
            paint.text(surface, line, (x, place.top + paint.px(34 + 18 * index)), 13, colour, width=room)
        verdict = file.verdict or ("cannot be watched" if file.problem else "not yet checked")
        text, shade = "verified" if verdict == "ok" else verdict, _VERDICT_COLOURS.get(verdict, FAINT)
        paint.text(surface, text, (place.right - paint.px(12), place.top + paint.px(12)), 14, shade, "topright", bold=True)

    @staticmethod
    def _draw_picture(file: ListedFile, size: tuple[int, int]) -> pygame.Surface:
        """A moment of the match; with it comes the text of the result, which takes the rules to read."""
        ground = mix(GROUND, PANEL, 0.5)
        if not file.problem:
            try:
                with Session(file.path, check=False) as session:
                    if session.recording.end is not None:
                        file.lines = (*file.lines[:2], session.story.result_text(session.recording.end.result))
                    return small_picture(session, open_look(session), session.recording.ticks * _PICTURE_AT, size, ground)
            except (ReplayError, OSError) as error:
                file.problem = str(error)
        blank = pygame.Surface(size).convert()
        blank.fill(ground)
        return blank
