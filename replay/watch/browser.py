"""The recordings of a folder, to choose from: a picture, map, players, length, result, verdict. Broken files say why they are."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pygame

from replay.core.errors import ReplayError
from replay.core.installed import find_game
from replay.core.names import SUFFIX
from replay.core.recording import Recording
from replay.core.timecode import clock
from replay.core.verify import Verdict, verify
from replay.watch.model.session import FRESH_SECONDS, Session
from replay.watch.view.paint import ACCENT, BAD, DIM, FAINT, GOOD, GROUND, INK, PANEL, WARN, mix
from replay.watch.view.view import Camera
from replay.watch.viewer import Watch
from replay.watch.window import Screen, key_word

_PICTURE = (176, 99)
_ROW = 116
_PICTURE_AT = 0.6  # of the match: something has happened by then


@dataclass
class Entry:
    """A file of the folder. problem: why it cannot be watched."""

    path: Path
    title: str = ""
    lines: tuple[str, ...] = ()
    problem: str = ""
    verdict: str = ""
    picture: pygame.Surface | None = None
    looked: bool = False


def list_recordings(folder: Path) -> list[Entry]:
    """The recordings below a folder, newest first."""
    files = [path for path in folder.rglob(f"*{SUFFIX}") if path.is_file()] if folder.is_dir() else []
    return [Entry(path) for path in sorted(files, key=lambda path: (-path.stat().st_mtime, path.name))]


def look_into(entry: Entry) -> None:
    """Fill in what the header and the seal say."""
    entry.looked = True
    try:
        with Recording(entry.path) as recording:
            header = recording.header
            made = datetime.fromtimestamp(header.created_ms / 1000).strftime("%Y-%m-%d %H:%M")
            try:
                words = getattr(find_game(header.game), "config_text", lambda _: "")(header.config)
            except Exception:  # the config comes from a file
                words = ""
            length = clock(recording.ticks, header.ticks_per_second)
            entry.title = f"{header.game}  {words}"
            entry.lines = (
                ", ".join(player.name for player in header.players),
                f"{made}   {length}   {recording.path.stat().st_size / 1000:.0f} kB",
            )
            if recording.damage is not None:
                fresh = recording.state == "cut" and time.time() - entry.path.stat().st_mtime < FRESH_SECONDS
                entry.verdict = "being recorded" if fresh else "no end" if recording.state == "cut" else "damaged"
                entry.lines = (*entry.lines, str(recording.damage))
            if not recording.ticks:
                entry.problem = "holds no tick"
    except ReplayError as error:
        entry.problem = str(error)
    except OSError as error:
        entry.problem = error.strerror or str(error)


class Browser(Screen):
    """Choose with the mouse or the arrows; Enter or a click opens."""

    def __init__(
        self, folder: str | os.PathLike[str], message: str = "", *, back: Callable[[], Screen | None] | None = None
    ) -> None:
        self.folder = Path(folder)
        self.back = back
        self.message = message
        self.chosen = 0
        self.entries: list[Entry] = []
        self._scroll = 0.0
        self._places: list[tuple[pygame.Rect, int]] = []
        self._stop = threading.Event()
        self._worker: threading.Thread | None = None

    def enter(self) -> None:
        pygame.display.set_caption("recordings - replay")
        self.entries = list_recordings(self.folder)
        self.chosen = min(self.chosen, max(len(self.entries) - 1, 0))
        self._stop.clear()
        self._worker = threading.Thread(target=self._check_all, name="replay-browser", daemon=True)
        self._worker.start()

    def leave(self) -> None:
        self._stop.set()

    def _check_all(self) -> None:
        """Verify one after the other, while somebody looks."""
        for entry in self.entries:
            if self._stop.is_set():
                return
            if not entry.looked:
                look_into(entry)
            if not entry.problem and not entry.verdict:
                try:
                    found = verify(entry.path)
                except OSError as error:
                    entry.problem = str(error)
                    continue
                entry.verdict = found.verdict.value
                if found.verdict is Verdict.UNVERIFIABLE:
                    entry.problem = found.message

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN:
            word = key_word(event)
            moves = {"Down": 1, "Up": -1, "PageDown": 5, "PageUp": -5, "Home": -(10**6), "End": 10**6}
            if word in moves:
                self.chosen = min(max(self.chosen + moves[word], 0), max(len(self.entries) - 1, 0))
                self._show_chosen()
            elif word in ("Enter", "Space"):
                self.open()
            elif word in ("Escape", "Ctrl+Q", "Ctrl+W"):
                self.next = self.back() if self.back is not None else None
                self.done = True
            elif word == "F11":
                self.window.toggle_fullscreen()
        elif event.type == pygame.MOUSEWHEEL:
            self._scroll -= event.y * 60
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            for place, index in self._places:
                if place.collidepoint(event.pos):
                    self.chosen = index
                    self.open()
        elif event.type == pygame.DROPFILE:
            self._open(Path(event.file))

    def open(self) -> None:
        """Open the chosen one."""
        if self.entries:
            self._open(self.entries[self.chosen].path)

    def _open(self, path: Path) -> None:
        try:
            self.next = Watch(path, back=lambda: Browser(self.folder, back=self.back))
        except ReplayError as error:
            self.message = f"{path.name}: {error}"
        except OSError as error:
            self.message = f"{path.name}: {error.strerror or error}"

    def _show_chosen(self) -> None:
        row = self.window.paint.px(_ROW)
        room = self.window.surface.get_height() - self.window.paint.px(90)
        top = self.chosen * row
        self._scroll = min(max(self._scroll, top + row - room), top)

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.fill(GROUND)
        head = paint.px(74)
        row = paint.px(_ROW)
        self._scroll = min(max(self._scroll, 0), max(len(self.entries) * row - (height - head), 0))
        self._places = []
        surface.set_clip((0, head, width, height - head))
        for index, entry in enumerate(self.entries):
            y = head + index * row - round(self._scroll)
            if -row < y - head < height:
                place = pygame.Rect(paint.px(24), y, width - 2 * paint.px(24), row - paint.px(10))
                self._places.append((place, index))
                self._draw_entry(surface, entry, place, index == self.chosen)
        surface.set_clip(None)
        paint.text(surface, "Recordings", (paint.px(26), paint.px(16)), 25, INK, bold=True)
        words = f"{self.folder}   {len(self.entries)} files   Enter opens, Esc leaves"
        paint.text(
            surface,
            self.message or words,
            (paint.px(27), paint.px(48)),
            13,
            BAD if self.message else DIM,
            width=width - paint.px(50),
        )
        if not self.entries:
            paint.text(surface, "No recordings here yet.", (width // 2, height // 2 - paint.px(20)), 20, INK, "center")
            words = "Play a match (arena play), or drop a .replay file on this window."
            paint.text(surface, words, (width // 2, height // 2 + paint.px(14)), 15, DIM, "center")

    def _draw_entry(self, surface: pygame.Surface, entry: Entry, place: pygame.Rect, chosen: bool) -> None:
        paint = self.window.paint
        if not entry.looked:
            look_into(entry)
        paint.panel(surface, place, 255, mix(PANEL, ACCENT, 0.2) if chosen else PANEL)
        size = tuple(paint.px(side) for side in _PICTURE)
        picture = pygame.Rect(place.left + 6, place.centery - size[1] // 2, *size)
        if entry.picture is None or entry.picture.get_size() != size:
            entry.picture = self._picture(entry, (size[0], size[1]))
        surface.blit(entry.picture, picture)
        x, room = picture.right + paint.px(16), place.right - picture.right - paint.px(140)
        lines = entry.lines if not entry.problem else (entry.problem,)
        title = entry.title or entry.path.name
        paint.text(surface, title, (x, place.top + paint.px(10)), 17, INK if not entry.problem else DIM, bold=True, width=room)
        for index, line in enumerate((*lines, entry.path.name) if entry.title else lines):
            colour = BAD if entry.problem and index == 0 else DIM if index < 2 else FAINT
            paint.text(surface, line, (x, place.top + paint.px(34 + 18 * index)), 13, colour, width=room)
        verdict = entry.verdict or ("cannot be watched" if entry.problem else "not yet checked")
        shade = {"ok": GOOD, "diverged": BAD, "damaged": BAD, "no end": WARN, "being recorded": ACCENT, "unverifiable": WARN}.get(
            verdict, FAINT
        )
        verdict = "verified" if verdict == "ok" else verdict
        paint.text(surface, verdict, (place.right - paint.px(12), place.top + paint.px(12)), 14, shade, "topright", bold=True)

    def _picture(self, entry: Entry, size: tuple[int, int]) -> pygame.Surface:
        made = pygame.Surface(size).convert()
        made.fill(mix(GROUND, PANEL, 0.5))
        if not entry.problem:
            try:
                with Session(entry.path, check=False) as session:
                    if session.recording.end is not None:
                        entry.lines = (*entry.lines[:2], session.view.result_text(session.recording.end.result))
                    camera = Camera.fit((0, 0, *size), session.view.world)
                    session.view.draw(made, session.scene(session.recording.ticks * _PICTURE_AT, camera, None, {"small": True}))
            except (ReplayError, OSError) as error:
                entry.problem = str(error)
        return made
